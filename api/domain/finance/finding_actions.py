"""What can be done about the money behind a finding, when it is possible, and by which roles. Pure.

An action is possible by the facts of the charge; which of them its reason suggests is in ``finding_reasons.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from api.domain.charging.state import HOLD_ENDED, RUNNING, ChargingStatus, HoldStatus
from api.domain.errors import Conflict
from api.domain.finance.finding import MOVERS, WORKERS, Action, Actor, FindingState, check_role
from api.domain.finance.finding_reasons import suggested_for

_C, _H = ChargingStatus, HoldStatus
DECIDABLE = RUNNING | {_C.ENDED, _C.START_FAILED, _C.ABANDONED, _C.NEEDS_FINANCE}
"""Statuses of a charge that staff can end with a sum (``domain/charging/table_bill.py``)."""


MONEY = frozenset({Action.CAPTURE, Action.RELEASE, Action.REFUND, Action.WRITE_OFF})
"""Those with an amount, a limit, and a second person above it."""
ROLES: dict[Action, frozenset[str]] = {
    Action.ASK_PROCESSOR: MOVERS,
    Action.CAPTURE: MOVERS & WORKERS,
    Action.RELEASE: MOVERS & WORKERS,
    Action.REFUND: MOVERS,
    Action.WRITE_OFF: MOVERS & WORKERS,
    Action.SETTLE_OTHERWISE: MOVERS & WORKERS,
    Action.SEND_RECEIPT: MOVERS,
    Action.DISPUTE_CDR: MOVERS & WORKERS,
}
"""Support may refund, send a receipt and ask; what needs the books in mind is for finance."""


class ActionNotPossible(Conflict):
    """The facts do not allow it, or no longer. Facts: ``action``, ``state``."""


@dataclass(frozen=True, slots=True)
class MoneyFacts:
    """What is known of the charge, the refund or the dispute that a finding is about; all of it may be unknown."""

    status: ChargingStatus | None = None
    hold: HoldStatus | None = None
    hold_minor: int = 0
    at_processor: bool = False
    """There is an object of ours that the processor can be asked about."""
    asked_minor: int = 0
    """Of the bill of a settled charge: what may still be waived."""
    receivable_minor: int = 0
    has_receipt: bool = False
    has_partner: bool = False
    unpaid_refund: bool = False
    """The finding is about a refund that failed or was denied, and was not paid otherwise yet."""
    request_waits: bool = False
    """What was asked for about the finding waits for a second person: asking twice would move the money twice."""


@dataclass(frozen=True, slots=True)
class PossibleAction:
    """One action that is possible now; ``suggested``: what the reason calls for."""

    action: Action
    roles: frozenset[str]
    suggested: bool


def _decidable(facts: MoneyFacts) -> bool:
    """Say whether staff may end the charge: its hold stands, and nothing settles it by rule any more."""
    return facts.status in DECIDABLE and facts.hold is not None and facts.hold not in HOLD_ENDED


_POSSIBLE: dict[Action, Callable[[MoneyFacts], bool]] = {
    Action.ASK_PROCESSOR: lambda facts: facts.at_processor,
    Action.CAPTURE: lambda facts: _decidable(facts) and facts.hold is _H.PLACED,
    Action.RELEASE: lambda facts: _decidable(facts) or facts.hold in (_H.CAPTURE_FAILED, _H.RELEASE_FAILED),
    Action.REFUND: lambda facts: facts.status is _C.SETTLED and facts.asked_minor > 0,
    Action.WRITE_OFF: lambda facts: facts.receivable_minor > 0,
    Action.SETTLE_OTHERWISE: lambda facts: facts.unpaid_refund,
    Action.SEND_RECEIPT: lambda facts: facts.has_receipt,
    Action.DISPUTE_CDR: lambda facts: facts.has_partner,
}


def actions_of(reason: str, state: FindingState, facts: MoneyFacts) -> tuple[PossibleAction, ...]:
    """Return what can be done now, what the reason suggests first; nothing once the finding is resolved."""
    if state is FindingState.RESOLVED:
        return ()
    wanted = suggested_for(reason)
    possible = [each for each in Action if _POSSIBLE[each](facts) and not (facts.request_waits and each in MONEY)]
    possible.sort(key=lambda each: wanted.index(each) if each in wanted else len(wanted))
    return tuple(PossibleAction(each, ROLES[each], each in wanted) for each in possible)


def check_action(action: Action, actor: Actor, *, reason: str, state: FindingState, facts: MoneyFacts) -> None:
    """Raise RoleMissing or ActionNotPossible unless this person may do this now."""
    check_role(actor, ROLES[action])
    if action not in {each.action for each in actions_of(reason, state, facts)}:
        raise ActionNotPossible("action_not_possible", action=str(action), state=str(state))
