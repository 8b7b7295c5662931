"""Requests of drivers to have a connector unlocked: what they may come to, and when one makes sense at all.

A driver asks, an agent decides, the charger carries out (OCPI 2.2.1 chapter 13, UNLOCK_CONNECTOR). Does not live here:
sending the command (``services/charging/unlock.py``), which a driver's request alone never leads to.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.charging.state import ChargingStatus
from api.domain.errors import Conflict

WAITS = timedelta(minutes=15)
"""How long a request waits for an agent."""
PATIENCE = timedelta(minutes=2)
"""How long the charger's result is waited for once the command was approved."""
STUCK_FOR = timedelta(hours=2)
"""How long after the end of a charge its cable may still be in for all we know."""


class UnlockState(StrEnum):
    """Where a request stands with us."""

    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    """The cable is out, or nobody decided in time."""


class UnlockOutcome(StrEnum):
    """What a driver sees of it."""

    ASKED = "asked"
    DECLINED = "declined"
    EXPIRED = "expired"
    UNDER_WAY = "under_way"
    """Approved; the charger has not said what became of it."""
    UNLOCKED = "unlocked"
    FAILED = "failed"
    """The operator or the charger said no."""
    UNKNOWN = "unknown"
    """Approved, and no word came back."""


class UnlockRequestOver(Conflict):
    """The request was decided, or it is too late for it. Fact: ``state``."""


OVER = frozenset(UnlockOutcome) - {UnlockOutcome.ASKED, UnlockOutcome.UNDER_WAY}
"""Outcomes that the driver is told of."""
_RUNNING = frozenset(
    {
        ChargingStatus.START_ACCEPTED,
        ChargingStatus.START_UNKNOWN,
        ChargingStatus.CHARGING,
        ChargingStatus.STOP_REQUESTED,
        ChargingStatus.STOP_ACCEPTED,
        ChargingStatus.IDLE,
    }
)
_OVER = frozenset(
    {
        ChargingStatus.ENDED,
        ChargingStatus.SETTLING,
        ChargingStatus.SETTLED,
        ChargingStatus.NEEDS_FINANCE,
        ChargingStatus.START_FAILED,
    }
)
_ACCEPTED = "accepted"
_NO_CLEAR_ANSWER = "none"


def cable_can_be_in(
    status: ChargingStatus, *, over_since: datetime | None, now: datetime, taken_by_another: bool, told_free: bool
) -> bool:
    """Say whether the cable of a charge may be in its charger, for all that is known.

    A session that is completed does not prove that the cable is out: a stuck one is just that. That the charger told
    to be free, or that somebody else charges there, does; so does that it told to charge after the charge was over.
    """
    if told_free or taken_by_another:
        return False
    if status in _RUNNING:
        return True
    return status in _OVER and over_since is not None and now - over_since < STUCK_FOR


def outcome_of(
    state: UnlockState, *, answer: str | None, result: str | None, decided_at: datetime | None, now: datetime
) -> UnlockOutcome:
    """Return what a request came to, from where it stands and what is known of its command."""
    if state is not UnlockState.APPROVED:
        return UnlockOutcome(state)
    if result is not None:
        return UnlockOutcome.UNLOCKED if result == _ACCEPTED else UnlockOutcome.FAILED
    if answer not in {None, _ACCEPTED, _NO_CLEAR_ANSWER}:
        return UnlockOutcome.FAILED
    late = decided_at is not None and now - decided_at >= PATIENCE
    return UnlockOutcome.UNKNOWN if late else UnlockOutcome.UNDER_WAY
