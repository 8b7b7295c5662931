"""The close of a month: the states of an accounting period, who may do what next, and buckets of age and time left.

Does not live here: which journal lands in which period (the database and ``services/payments/ledger.py``).
"""

from datetime import date, timedelta
from enum import StrEnum

from api.domain.errors import Conflict


class PeriodState(StrEnum):
    """How far the close of a month has come."""

    OPEN = "open"
    CLOSING = "closing"
    """Somebody prepared it: the list of what is not finished is written."""
    SIGNED = "signed"
    """A second person signed: nothing is booked into it any more; its reports are being frozen."""
    LOCKED = "locked"
    """Its reports are frozen, too."""


SHUT = frozenset({PeriodState.SIGNED, PeriodState.LOCKED})
"""States in which nothing is booked into a period."""


class PeriodStep(StrEnum):
    """What may be done with a period."""

    PREPARE = "prepare"
    SIGN = "sign"
    SEAL = "seal"
    REOPEN = "reopen"


_STEPS = {
    (PeriodState.OPEN, PeriodStep.PREPARE): PeriodState.CLOSING,
    (PeriodState.CLOSING, PeriodStep.PREPARE): PeriodState.CLOSING,
    (PeriodState.CLOSING, PeriodStep.SIGN): PeriodState.SIGNED,
    (PeriodState.SIGNED, PeriodStep.SEAL): PeriodState.LOCKED,
    (PeriodState.SIGNED, PeriodStep.REOPEN): PeriodState.OPEN,
    (PeriodState.LOCKED, PeriodStep.REOPEN): PeriodState.OPEN,
}


class PeriodRefuses(Conflict):
    """This is not the next step of a period in that state. Facts: ``state``, ``step``."""


def next_state(state: PeriodState, step: PeriodStep) -> PeriodState:
    """Return the state after a step; raises PeriodRefuses."""
    if (state, step) not in _STEPS:
        raise PeriodRefuses("period_refuses", state=str(state), step=str(step))
    return _STEPS[state, step]


def month_after(name: str) -> str:
    """Return the month after ``2026-11``."""
    return f"{date.fromisoformat(f'{name}-01') + timedelta(days=31):%Y-%m}"
