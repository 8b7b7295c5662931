"""Instants: the zone of a charger and when a tariff's rules of time of day, date and duration may change.

Restrictions are written for the wall clock at the charger (2.3.0 chapter 11). On DST nights a wall-clock time exists
twice or not at all, so both readings of it and the switch itself are instants to look at; one too many does no harm.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.domain.pricing.prepared import prepared
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.select import MIDNIGHT
from api.domain.pricing.tariff import Tariff

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
# No charge lasts a year; a longer one is a wrong date, and walking through its days would take for ever.
LONGEST_SESSION = timedelta(days=366)


def zone_of(time_zone: str) -> ZoneInfo:
    """Return the zone with an IANA name. Raises ``PricingRefused("time_zone_unknown")``."""
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:  # a path or a folder name is no zone either
        raise PricingRefused("time_zone_unknown", time_zone=time_zone) from unknown


def local_date(at: datetime, time_zone: str) -> date:
    """Return the day that a calendar at the charger shows. Raises ``PricingRefused("time_zone_unknown")``."""
    return at.astimezone(zone_of(time_zone)).date()


def clock_instants(tariff: Tariff, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """List, in order and in UTC, the instants strictly between two where a clock rule of the tariff may change."""
    check_length(after, until)
    return [at for at in clock_instants_from(tariff, zone, after, until) if at != after]


def clock_instants_from(tariff: Tariff, zone: ZoneInfo, first: datetime, end: datetime) -> list[datetime]:
    """List, in order and in UTC, the instants from ``first`` on and before ``end`` where a clock rule may change.

    What lies between does not depend on where one looks from: the parts of a session have the instants of the whole.
    """
    times = prepared(tariff).clock_times
    if not times:
        return []
    day, last = first.astimezone(UTC).date(), end.astimezone(UTC).date()
    found = [at for at in instants_on(day, times, zone) if first <= at < end]
    while day < last:
        day += DAY
        found += [at for at in instants_on(day, times, zone) if first <= at < end]
    return found


def check_length(after: datetime, until: datetime) -> None:
    """Raise ``PricingRefused("session_too_long")`` for a stay that no car makes."""
    if until - after > LONGEST_SESSION:
        raise PricingRefused("session_too_long", starts_at=after.isoformat(), ends_at=until.isoformat())


def duration_instants(tariff: Tariff, started_at: datetime) -> set[datetime]:
    """Return the instants, in UTC, at which a session begun at ``started_at`` reaches a duration limit."""
    return {(started_at + each).astimezone(UTC) for each in prepared(tariff).durations}


# Sessions share their days: looking one up again takes a third of a microsecond, working it out about a hundred.
@lru_cache(maxsize=2048)
def instants_on(day: date, times: frozenset[time], zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return, in order, the instants of a UTC day at which a time of day comes or the zone's offset changes.

    A time that comes twice or never on a night of change has both its readings: one too many does no harm.
    """
    begins = datetime.combine(day, MIDNIGHT, UTC)
    ends = begins + DAY
    # A local day begins and ends within a day of its UTC namesake, whatever the zone.
    local_days = (day - DAY, day, day + DAY)
    found = {_on(each, at, zone, fold) for each in local_days for at in times for fold in (0, 1)}
    if _offset(zone, begins) != _offset(zone, ends):
        found.add(_switch_between(zone, begins, ends))
    return tuple(sorted(at for at in found if begins <= at < ends))


def _on(day: date, at: time, zone: ZoneInfo, fold: int) -> datetime:
    return datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC)


def _switch_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Find the second at which the offset changes, between two whole seconds where it differs."""
    before = _offset(zone, low)
    while high - low > SECOND:
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def session_start(stated: datetime, first_period: datetime | None) -> datetime | None:
    """Return the start of a session for pricing, None where the first period tells it better.

    Some write 1970 for a start that they do not know (2.2.1 chapter 10), and some cut fractions of a second off times.
    """
    if first_period is None:
        return stated
    before = first_period - stated
    return None if before > LONGEST_SESSION or -SECOND < before < timedelta(0) else stated
