"""The amounts and the status of a card hold, folded from its stored events: the order of arrival does not matter.

Nothing is ever incremented in place (house.md 5). Does not live here: storing events, which is
``services/payments/converge.py``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from api.domain.charging.state import HoldStatus


class HoldEventKind(StrEnum):
    """What may be noted about a hold."""

    PLACE_REQUESTED = "place_requested"
    PLACE_SUCCEEDED = "place_succeeded"
    PLACE_FAILED = "place_failed"
    ACTION_REQUIRED = "action_required"
    CAPTURE_REQUESTED = "capture_requested"
    CAPTURE_SUCCEEDED = "capture_succeeded"
    CAPTURE_FAILED = "capture_failed"
    RELEASE_REQUESTED = "release_requested"
    RELEASE_SUCCEEDED = "release_succeeded"
    RELEASE_FAILED = "release_failed"
    EXPIRED = "expired"
    PASSED_ON = "passed_on"
    """Another charge of the driver has it now; to the processor, and to the totals, it is the same hold."""
    EXTEND_REQUESTED = "extend_requested"
    EXTEND_SUCCEEDED = "extend_succeeded"
    EXTEND_FAILED = "extend_failed"


@dataclass(frozen=True, slots=True)
class HoldTotals:
    """The fold: minor units of the hold's currency. ``authorized = captured + released`` once the hold ended."""

    authorized: int
    captured: int
    released: int
    status: HoldStatus


_ENDS = (
    (HoldEventKind.CAPTURE_SUCCEEDED, HoldStatus.CAPTURED),
    (HoldEventKind.EXPIRED, HoldStatus.EXPIRED),
    (HoldEventKind.RELEASE_SUCCEEDED, HoldStatus.RELEASED),
)
_OPEN = (
    (HoldEventKind.CAPTURE_FAILED, HoldStatus.CAPTURE_FAILED),
    (HoldEventKind.RELEASE_FAILED, HoldStatus.RELEASE_FAILED),
    (HoldEventKind.CAPTURE_REQUESTED, HoldStatus.CAPTURING),
    (HoldEventKind.RELEASE_REQUESTED, HoldStatus.RELEASING),
    (HoldEventKind.PLACE_SUCCEEDED, HoldStatus.PLACED),
    (HoldEventKind.PLACE_FAILED, HoldStatus.DECLINED),
    (HoldEventKind.ACTION_REQUIRED, HoldStatus.NEEDS_ACTION),
)


def fold(events: Iterable[tuple[str, int | None]]) -> HoldTotals:
    """Fold ``(kind, amount_minor)`` pairs, in any order and with repetitions, into totals.

    An end that the processor reported outranks what we asked for; a capture outranks every other end, since money
    that moved cannot be undone by a later word. A hold that stands outranks a decline, which comes before it or never.
    """
    amounts: dict[str, int] = {}
    for kind, amount in events:
        amounts[kind] = max(amounts.get(kind, 0), amount or 0)
    authorized = amounts.get(HoldEventKind.PLACE_SUCCEEDED, 0)
    if authorized:  # a raise counts from the total that it led to, and only for a hold that stood
        authorized = max(authorized, amounts.get(HoldEventKind.EXTEND_SUCCEEDED, 0))
    captured = amounts.get(HoldEventKind.CAPTURE_SUCCEEDED, 0)
    status = next((status for kind, status in (*_ENDS, *_OPEN) if kind in amounts), HoldStatus.PENDING)
    ended = status in {HoldStatus.CAPTURED, HoldStatus.EXPIRED, HoldStatus.RELEASED}
    return HoldTotals(authorized, captured, authorized - captured if ended else 0, status)
