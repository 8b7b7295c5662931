"""What to tell a driver about the money on their card, and what changes on day 31 after a release (CK12).

We let go at once; the bank shows it when it likes: after about a week, after 30 days at the latest. From day 31 on the
bank is whom to ask first, with the letter that this hold's history makes. Texts are in ``release_texts.py``.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.charging.state import HoldStatus

USUALLY, LATEST = timedelta(days=7), timedelta(days=30)


class Advice(StrEnum):
    """What the driver should know or do."""

    BEING_RESERVED = "being_reserved"
    CONFIRM_WITH_BANK = "confirm_with_bank"
    NOTHING_RESERVED = "nothing_reserved"
    RESERVED = "reserved"
    BEING_RELEASED = "being_released"
    CHARGED_IN_FULL = "charged_in_full"
    WAIT_FOR_BANK = "wait_for_bank"
    ASK_BANK = "ask_bank"


_STANDING = {
    HoldStatus.PENDING: Advice.BEING_RESERVED,
    HoldStatus.UNKNOWN: Advice.BEING_RESERVED,
    HoldStatus.NEEDS_ACTION: Advice.CONFIRM_WITH_BANK,
    HoldStatus.DECLINED: Advice.NOTHING_RESERVED,
    HoldStatus.PLACED: Advice.RESERVED,
    HoldStatus.CAPTURING: Advice.RESERVED,
    HoldStatus.CAPTURE_FAILED: Advice.RESERVED,
    HoldStatus.RELEASING: Advice.BEING_RELEASED,
    HoldStatus.RELEASE_FAILED: Advice.BEING_RELEASED,
}


def release_advice(
    status: HoldStatus, *, authorized: int, released: int, released_at: datetime | None, now: datetime
) -> Advice:
    """Return what to tell about a hold; ``authorized`` and ``released`` are in minor units of one currency."""
    if status in _STANDING or released_at is None:
        return _STANDING.get(status, Advice.BEING_RESERVED)
    if not authorized:
        return Advice.NOTHING_RESERVED
    if not released:
        return Advice.CHARGED_IN_FULL
    return Advice.WAIT_FOR_BANK if now <= released_at + LATEST else Advice.ASK_BANK
