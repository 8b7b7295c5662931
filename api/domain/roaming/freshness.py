"""How much a status can be believed, from when anything was heard last (CM06, P11).

Partners tell of changes only: a status is as old as its last change, and as good as our last word with the partner. One
that pushes would have told of a change, and a pull has just been told again.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.roaming.location import EvseStatus

LIVE_FOR = timedelta(minutes=5)
RECENT_FOR = timedelta(hours=1)


class Freshness(StrEnum):
    """How much a status can be believed."""

    LIVE = "live"
    RECENT = "recent"
    STALE = "stale"
    UNKNOWN = "unknown"
    """Nobody knows: the operator says so itself."""


def freshness_of(status: str, status_at: datetime, heard_at: datetime | None, now: datetime) -> Freshness:
    """Return the freshness of a status of ``status_at`` whose partner told us something of its places at ``heard_at``.

    A moment ahead of our clock counts as now.
    """
    if status == EvseStatus.UNKNOWN:
        return Freshness.UNKNOWN
    age = now - confirmed_at(status_at, heard_at)
    if age <= LIVE_FOR:
        return Freshness.LIVE
    return Freshness.RECENT if age <= RECENT_FOR else Freshness.STALE


def confirmed_at(status_at: datetime, heard_at: datetime | None) -> datetime:
    """Return when the status was last known to hold."""
    return status_at if heard_at is None else max(status_at, heard_at)
