"""What customers are promised: how soon somebody answers, how long a level has, until when it is solved.

Clocks run around the clock, every day of the year (CN01), and count elapsed time: no time zone and no clock change
touches them. What was promised is frozen with the case when it opens (CN13).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.support.case import CaseKind, Priority


class SlaLevel(StrEnum):
    """Which promises somebody has, by contract."""

    STANDARD = "standard"
    PLUS = "plus"
    """Fleets and businesses with a contract."""
    SITE = "site"
    """Owners whose chargers we run."""


@dataclass(frozen=True, slots=True)
class Promise:
    """How long each thing may take, from the moment a case is opened."""

    first_answer: timedelta
    first_level: timedelta
    """Then the case moves to the second level by itself (CN07)."""
    second_level: timedelta
    """From the moment it came there; then its lead is told, since a visit needs a proposal first (CN11)."""
    solved: timedelta

    def as_json(self) -> dict[str, int]:
        """Return the promise in seconds, as it is frozen with a case."""
        return {
            "first_answer_seconds": _seconds(self.first_answer),
            "first_level_seconds": _seconds(self.first_level),
            "second_level_seconds": _seconds(self.second_level),
            "solved_seconds": _seconds(self.solved),
        }


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)


def promise_from(stored: dict[str, int]) -> Promise:
    """Return the promise that was frozen with a case."""
    return Promise(
        timedelta(seconds=stored["first_answer_seconds"]),
        timedelta(seconds=stored["first_level_seconds"]),
        timedelta(seconds=stored["second_level_seconds"]),
        timedelta(seconds=stored["solved_seconds"]),
    )


_BASE = {
    SlaLevel.STANDARD: Promise(timedelta(minutes=30), timedelta(hours=4), timedelta(hours=24), timedelta(hours=72)),
    SlaLevel.PLUS: Promise(timedelta(minutes=15), timedelta(hours=2), timedelta(hours=12), timedelta(hours=48)),
    SlaLevel.SITE: Promise(timedelta(minutes=10), timedelta(hours=1), timedelta(hours=8), timedelta(hours=24)),
}
"""For cases of normal priority."""
_SHARE = {Priority.LOW: (2, 1), Priority.NORMAL: (1, 1), Priority.HIGH: (1, 2), Priority.URGENT: (1, 4)}
"""Numerator and denominator of the time that a priority has."""
_BY_KIND = {CaseKind.DRIVER: SlaLevel.STANDARD, CaseKind.BUSINESS: SlaLevel.PLUS, CaseKind.OWNER: SlaLevel.SITE}


def level_of_kind(kind: CaseKind) -> SlaLevel:
    """Return the level of somebody without a contract that says otherwise (CN04)."""
    return _BY_KIND[kind]


def promise_for(level: SlaLevel, priority: Priority) -> Promise:
    """Return what a level promises for a priority."""
    base, (times, by) = _BASE[level], _SHARE[priority]
    return Promise(
        *(span * times / by for span in (base.first_answer, base.first_level, base.second_level, base.solved))
    )


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Moments by which something is due; None: no longer, or not yet."""

    first_answer: datetime
    level: datetime
    solved: datetime

    def later_by(self, span: timedelta) -> "Deadlines":
        """Return them moved by the time that the customer was waited for."""
        return Deadlines(self.first_answer + span, self.level + span, self.solved + span)


def deadlines_from(promise: Promise, opened_at: datetime) -> Deadlines:
    """Return the deadlines of a case that opens now, at the first level."""
    return Deadlines(opened_at + promise.first_answer, opened_at + promise.first_level, opened_at + promise.solved)
