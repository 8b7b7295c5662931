"""Instants: the zone of a charger and when a tariff's rules of time of day, date and duration may change.

Restrictions are written for the wall clock at the charger (2.3.0 chapter 11). On DST nights a wall-clock time exists
twice or not at all, so both readings of it and the switch itself are instants to look at; one too many does no harm.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.select import MIDNIGHT, looks_at_clock
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
    if until - after > LONGEST_SESSION:
        raise PricingRefused("session_too_long", starts_at=after.isoformat(), ends_at=until.isoformat())
    if not looks_at_clock(tariff):
        return []
    times = _times(tariff)
    found = set(_switches(zone, after, until))
    day, last = after.astimezone(zone).date(), until.astimezone(zone).date()
    while day <= last:
        found.update(_on(day, each, zone, fold) for each in times for fold in (0, 1))
        day += DAY
    return sorted(at for at in found if after < at < until)


def duration_instants(tariff: Tariff, started_at: datetime) -> set[datetime]:
    """Return the instants, in UTC, at which a session begun at ``started_at`` reaches a duration limit."""
    rules = [element.restrictions for element in tariff.elements if element.restrictions is not None]
    limits = [limit for each in rules for limit in (each.min_duration_seconds, each.max_duration_seconds)]
    return {(started_at + timedelta(seconds=limit)).astimezone(UTC) for limit in limits if limit is not None}


def _times(tariff: Tariff) -> set[time]:
    """Return the wall-clock times that matter: midnight, for dates and days, and the bounds of every element."""
    times = {MIDNIGHT}
    for element in tariff.elements:
        if element.restrictions is not None:
            times.update(each for each in (element.restrictions.start_time, element.restrictions.end_time) if each)
    return times


def _on(day: date, at: time, zone: ZoneInfo, fold: int) -> datetime:
    return datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC)


def _switches(zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """Find the instants, to the second, at which the zone's offset from UTC changes."""
    found = []
    low = after.astimezone(UTC).replace(microsecond=0)
    end = until.astimezone(UTC)
    while low < end:
        high = min(low + DAY, end)
        if _offset(zone, low) != _offset(zone, high):
            found.append(_switch_between(zone, low, high))
        low = high
    return found


def _switch_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = _offset(zone, low)
    while high - low > SECOND:
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
