"""Oddities of partners that say they speak 2.2.1, each seen in a real feed or in the specification's own material.

Lives here: one function per oddity. Does not live here: generous reading of single fields (``wire/fields.py``).
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import DimensionType
from clients.ocpi.countries import main_time_zone
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.wire.fields import LocalDate
from clients.ocpi.v2_2_1.wire.tariff import Restrictions

_WH_PER_KWH = 1000
_CLEARLY_TOO_MUCH = 20
_ENERGY = {DimensionType.energy, DimensionType.energy_import, DimensionType.energy_export}


def one_restriction(sent: Restrictions | Sequence[Restrictions] | None) -> Restrictions | None:
    """Return restrictions sent as a list as one that holds when all hold; raises Unreadable when that cannot be said.

    An empty list is no restriction (Ludwigsburg feed).
    """
    if sent is None or isinstance(sent, Restrictions):
        return sent
    merged: Restrictions | None = None
    for restriction in sent:
        merged = restriction if merged is None else _both(merged, restriction)
    return merged


def _both(one: Restrictions, other: Restrictions) -> Restrictions:
    values: dict[str, object] = {}
    for field in one.__struct_fields__:
        first, second = getattr(one, field), getattr(other, field)
        values[field] = second if first is None else first if second is None else _narrower(field, first, second)
    if sum(r.start_time is not None or r.end_time is not None for r in (one, other)) == 2 and (
        (one.start_time, one.end_time) != (other.start_time, other.end_time)
    ):
        raise Unreadable("restrictions: a list with several times of day")
    return msgspec.structs.replace(one, **values)


def _narrower(field: str, first: object, second: object) -> object:
    if first == second:
        return first
    if isinstance(first, list) and isinstance(second, list):
        days = [day for day in first if day in second]
        if days:
            return days
    elif isinstance(first, Decimal | int) and isinstance(second, Decimal | int):
        return max(first, second) if field.startswith("min_") else min(first, second)
    elif isinstance(first, LocalDate) and isinstance(second, LocalDate):
        latest = field == "start_date"
        return max(first, second, key=_day) if latest else min(first, second, key=_day)
    raise Unreadable(f"restrictions: a list whose {field} contradict each other")


def _day(local: LocalDate) -> date:
    return local.value


def embedded_tariffs(raw_location: object) -> tuple[dict[str, object], ...]:
    """Return the tariffs that a feed puts on the EVSEs of a location, each id once, owned by the location's owner.

    They are as the partner sent them but for the owner, which the feed leaves out (Ludwigsburg feed).
    """
    if not isinstance(raw_location, dict):
        return ()
    owner = {field: raw_location[field] for field in ("country_code", "party_id") if field in raw_location}
    evses = raw_location.get("evses")
    found: dict[str, dict[str, object]] = {}
    for evse in evses if isinstance(evses, list) else ():
        tariffs = evse.get("tariffs") if isinstance(evse, dict) else None
        for tariff in tariffs if isinstance(tariffs, list) else ():
            if isinstance(tariff, dict):
                found.setdefault(str(tariff.get("id")), {**owner, **tariff})
    return tuple(found.values())


def energy_in_kwh(
    periods: tuple[ChargingPeriod, ...], kwh: Decimal | None, *, whole: bool
) -> tuple[ChargingPeriod, ...]:
    """Return periods with energy in kWh when it was clearly sent in Wh beside the ``kwh`` of the session or CDR.

    ``whole`` says that the periods cover all of ``kwh``; in a PATCH they are only the latest part of it.
    """
    total = sum((d.volume for p in periods for d in p.dimensions if d.type is DimensionType.energy), Decimal(0))
    if not kwh or kwh < 0 or total <= 0:
        return periods
    ratio = total / kwh
    likely = _WH_PER_KWH / 2 <= ratio <= _WH_PER_KWH * 2 if whole else _CLEARLY_TOO_MUCH < ratio <= _WH_PER_KWH * 2
    return tuple(_from_wh(period) for period in periods) if likely else periods


def _from_wh(period: ChargingPeriod) -> ChargingPeriod:
    dimensions = tuple(Dimension(d.type, d.volume / _WH_PER_KWH) if d.type in _ENERGY else d for d in period.dimensions)
    return ChargingPeriod(starts_at=period.starts_at, dimensions=dimensions, tariff_id=period.tariff_id)


def time_zone_of(sent: str | None, country: str, country_code: str) -> tuple[str, bool]:
    """Return a usable zone and whether it is assumed: missing or misspelled ones come from the country, else UTC."""
    if sent and is_time_zone(sent):
        return sent, False
    return main_time_zone(country) or main_time_zone(country_code) or "UTC", True


@lru_cache(maxsize=1024)
def is_time_zone(name: str) -> bool:
    """Say whether ``name`` is a zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
