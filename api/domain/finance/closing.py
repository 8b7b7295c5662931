"""The close of a month: the states of an accounting period, who may do what next, and buckets of age and time left.

Does not live here: which journal lands in which period (the database and ``services/payments/ledger.py``).
"""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Bucket:
    """A span of time that holds are counted in: from ``least`` up to, and without, ``below``."""

    name: str
    least: timedelta | None
    below: timedelta | None


def _buckets(names: tuple[str, ...], limits: tuple[timedelta, ...]) -> tuple[Bucket, ...]:
    return tuple(Bucket(*each) for each in zip(names, (None, *limits), (*limits, None), strict=True))


_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

AGES = _buckets(("<1h", "1-24h", "1-3d", "3-5d", ">5d"), (_HOUR, _DAY, 3 * _DAY, 5 * _DAY))
"""How long an open hold has stood."""

TIMES_LEFT = _buckets(("over", "<6h", "6-24h", "24-48h", ">48h"), (timedelta(0), 6 * _HOUR, 24 * _HOUR, 48 * _HOUR))
"""How long an open hold can still be captured; ``over``: its last moment has passed."""
