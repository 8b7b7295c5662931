"""Reading a tariff: which element is active at a moment, and at which moments that may change.

OCPI 2.2.1 `mod_tariffs`, classes TariffElement and TariffRestrictions. Amounts are added up in `bill.py`.
Restrictions given as a list (seen at real operators) are read as "all of them". Elements for reservations, and
elements that depend on current or power, which this CPO does not meter, are never active.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_NOT_METERED = ("reservation", "min_current", "max_current", "min_power", "max_power")


@dataclass(frozen=True, slots=True)
class Moment:
    """What restrictions look at: local wall time, seconds since the session began, kWh since the session began."""

    local: datetime
    elapsed: int
    kwh: Decimal


def restrictions(element: Json) -> list[Json]:
    """Return the restriction objects of an element: none, one, or a list on the wires of some operators."""
    found = element.get("restrictions") or []
    return found if isinstance(found, list) else [found]


def active_component(tariff: Json, dimension: str, moment: Moment) -> tuple[int, Json] | None:
    """Return (element index, price component) of the first element that prices ``dimension`` at ``moment``."""
    for index, element in enumerate(tariff["elements"]):
        component = next((c for c in element["price_components"] if c["type"] == dimension), None)
        if component is not None and all(_holds(r, moment) for r in restrictions(element)):
            return index, component
    return None


def _holds(rule: Json, moment: Moment) -> bool:
    if any(rule.get(name) is not None for name in _NOT_METERED):
        return False
    return (
        _day_holds(rule, moment.local.date()) and _time_holds(rule, moment.local.time()) and _used_holds(rule, moment)
    )


def _day_holds(rule: Json, day: date) -> bool:
    weekdays = rule.get("day_of_week")
    if weekdays and DAYS[day.weekday()] not in weekdays:
        return False
    if rule.get("start_date") and day < date.fromisoformat(rule["start_date"]):
        return False
    return not (rule.get("end_date") and day >= date.fromisoformat(rule["end_date"]))


def _time_holds(rule: Json, now: time) -> bool:
    if not rule.get("start_time") and not rule.get("end_time"):
        return True
    start = time.fromisoformat(rule.get("start_time") or "00:00")
    end = time.fromisoformat(rule.get("end_time") or "00:00")
    if start == end:
        return True  # from a time of day to the same time of day: the whole day
    if end == time(0):
        return now >= start
    if start < end:
        return start <= now < end
    return now >= start or now < end


def _used_holds(rule: Json, moment: Moment) -> bool:
    if rule.get("min_duration") is not None and moment.elapsed < rule["min_duration"]:
        return False
    if rule.get("max_duration") is not None and moment.elapsed >= rule["max_duration"]:
        return False
    if rule.get("min_kwh") is not None and moment.kwh < Decimal(str(rule["min_kwh"])):
        return False
    return not (rule.get("max_kwh") is not None and moment.kwh >= Decimal(str(rule["max_kwh"])))


def clock_boundaries(tariff: Json, zone: ZoneInfo, begin: int, end: int) -> Iterator[int]:
    """Yield the unix seconds between ``begin`` and ``end`` at which a time of day, day or date of the tariff turns."""
    times: set[time] = set()
    for rule in (r for element in tariff["elements"] for r in restrictions(element)):
        times |= {time.fromisoformat(rule[name]) for name in ("start_time", "end_time") if rule.get(name)}
        if rule.get("day_of_week") or rule.get("start_date") or rule.get("end_date"):
            times.add(time(0))
    day = datetime.fromtimestamp(begin, zone).date()
    last = datetime.fromtimestamp(end, zone).date()
    while times and day <= last:
        for wall in times:
            moment = int(datetime.combine(day, wall, zone).astimezone(UTC).timestamp())
            if begin < moment < end:
                yield moment
        day += timedelta(days=1)


def duration_boundaries(tariff: Json) -> set[int]:
    """Return the session ages, in seconds, at which the tariff may change."""
    names = ("min_duration", "max_duration")
    rules = [r for element in tariff["elements"] for r in restrictions(element)]
    return {int(r[n]) for r in rules for n in names if r.get(n) is not None}


def kwh_boundaries(tariff: Json) -> set[Decimal]:
    """Return the amounts of energy, in kWh since the session began, at which the tariff may change."""
    rules = [r for element in tariff["elements"] for r in restrictions(element)]
    return {Decimal(str(r[n])) for r in rules for n in ("min_kwh", "max_kwh") if r.get(n) is not None}
