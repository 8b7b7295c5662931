"""Whether a component is up, from its last probes, and how much of a month it was: never better than what was seen.

One failed probe is no outage, and one good one ends none. A minute in which nothing was probed is unknown; it counts
neither as up nor as down and is told beside the figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

WINDOW = 5
"""So many of the newest probes are looked at."""
ENOUGH = 3
"""So many of them must be bad for a component to count as bad, and so many good in a row for it to be well again."""
RECENT = timedelta(minutes=30)
"""Older probes tell nothing of now."""
MINUTE = timedelta(minutes=1)


class Seen(StrEnum):
    """What one probe saw."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


class Level(StrEnum):
    """How a component does."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"
    MAINTENANCE = "maintenance"
    """Said for it while planned work runs; never decided from probes."""


WORST_FIRST = (Level.DOWN, Level.DEGRADED, Level.MAINTENANCE, Level.UNKNOWN, Level.OPERATIONAL)


@dataclass(frozen=True, slots=True)
class StatusRules:
    """What this installation promises and how long its incidents last at least."""

    slo_percent: Decimal | None = None
    """The share of a month in which we promise to be there; None: we promise nothing."""
    hosting_region: str | None = None
    """Where the data lives, in the operator's words."""
    shortest_incident: timedelta = timedelta(minutes=10)
    """An incident that opened by itself stays at least so long: no page that flickers."""
    probes_kept: timedelta = timedelta(days=14)
    days_kept: timedelta = timedelta(days=400)
    probe_url: str = ""
    """Where the app API is asked whether it is ready."""


def level_after(before: Level, seen: Sequence[Seen]) -> Level:
    """Return how a component does after its recent probes, the newest last; nothing recent is unknown."""
    recent, newest = seen[-WINDOW:], seen[-ENOUGH:]
    if not recent:
        return Level.UNKNOWN
    down = sum(each is Seen.DOWN for each in recent)
    bad = sum(each is not Seen.UP for each in recent)
    recovering = len(newest) < ENOUGH
    if down >= ENOUGH or (before is Level.DOWN and (recovering or Seen.DOWN in newest)):
        return Level.DOWN
    still_bad = recovering or any(each is not Seen.UP for each in newest)
    if bad >= ENOUGH or (before in {Level.DOWN, Level.DEGRADED} and still_bad):
        return Level.DEGRADED
    return Level.OPERATIONAL


def worst_of(levels: Sequence[Level]) -> Level:
    """Return the worst of some levels; of none it is unknown."""
    return min(levels, key=WORST_FIRST.index, default=Level.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Counted:
    """Minutes of one component on one day or in some days, by what was seen."""

    up: int = 0
    degraded: int = 0
    down: int = 0

    @property
    def known(self) -> int:
        """Return in how many minutes somebody looked."""
        return self.up + self.degraded + self.down

    def __add__(self, other: "Counted") -> "Counted":
        """Return both together."""
        return Counted(self.up + other.up, self.degraded + other.degraded, self.down + other.down)


@dataclass(frozen=True, slots=True)
class Uptime:
    """One component in one month (UTC), as far as it was measured."""

    month: str
    minutes: int
    """Of the month, up to now."""
    counted: Counted

    @property
    def unknown(self) -> int:
        """Return in how many minutes nothing was probed."""
        return max(self.minutes - self.counted.known, 0)

    @property
    def percent(self) -> Decimal | None:
        """Return the share of known minutes in which it was not down, rounded down; None where none is known."""
        known = self.counted.known
        if not known:
            return None
        share = Decimal(100) * (known - self.counted.down) / known
        return share.quantize(Decimal("0.001"), ROUND_DOWN)


def minutes_of_month(first: date, now: datetime) -> int:
    """Return how many minutes of a month are over."""
    begin = datetime(first.year, first.month, 1, tzinfo=now.tzinfo)
    end = datetime(first.year + first.month // 12, first.month % 12 + 1, 1, tzinfo=now.tzinfo)
    return max((min(end, now) - begin) // MINUTE, 0)
