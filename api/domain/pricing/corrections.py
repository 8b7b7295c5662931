"""Charging periods read in another way: under another tariff, with idle time as charging time, up to the meter's end.

An audit prices these to see what a partner did (``audit``). Each function returns periods equal to those it was given
where there is nothing to change. Energy in kWh, times in hours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import DimensionType
from api.domain.roaming.cdr import Cdr

ZERO = Decimal(0)
HALF = Decimal("0.5")
COARSEST_METER_KWH = Decimal("0.05")
FINEST_METER_KWH = Decimal("0.005")
# What four decimals of an OCPI number leave open when a few dozen periods are added up.
SUM_TOLERANCE = Decimal("0.005")

_ENERGY, _TIME, _PARKING = DimensionType.energy, DimensionType.time, DimensionType.parking_time
Periods = tuple[ChargingPeriod, ...]


def under(periods: Sequence[ChargingPeriod], tariff_id: str) -> Periods:
    """Return the periods as if they named this tariff; one that names none beside others that do stays without."""
    return tuple(period if period.tariff_id is None else replace(period, tariff_id=tariff_id) for period in periods)


def volume_of(periods: Iterable[ChargingPeriod], type_: DimensionType) -> Decimal:
    """Add up one dimension."""
    return sum((each.volume for period in periods for each in period.dimensions if each.type is type_), ZERO)


def capped(periods: Periods, metered_kwh: Decimal) -> Periods:
    """Return the periods with the energy that is above the meter's end taken off, the latest first.

    A meter is believed as exactly as its number was written, within 5 to 50 Wh.
    """
    exponent = metered_kwh.as_tuple().exponent
    written = HALF.scaleb(exponent) if isinstance(exponent, int) else COARSEST_METER_KWH
    open_to = min(max(written, FINEST_METER_KWH), COARSEST_METER_KWH)
    if volume_of(periods, _ENERGY) <= metered_kwh + open_to:
        return periods
    left, found = metered_kwh, []
    for period in periods:
        taken = min(volume_of((period,), _ENERGY), left)
        left -= taken
        found.append(_with(period, {_ENERGY: taken}))
    return tuple(found)


def charging_only_where_energy_flowed(periods: Periods) -> Periods:
    """Return the periods with charging time that has no energy as parking time, unless energy is nowhere stated."""
    if volume_of(periods, _ENERGY) <= 0:
        return periods
    return tuple(period if volume_of((period,), _ENERGY) > 0 else _moved(period, _TIME, _PARKING) for period in periods)


def idle_charged(periods: Periods) -> Periods:
    """Return the periods with parking time as charging time."""
    return tuple(_moved(period, _PARKING, _TIME) for period in periods)


def rescaled(periods: Periods, cdr: Cdr) -> Periods:
    """Return the periods with their energy and times stretched to the CDR's own totals."""
    parked = cdr.total_parking_time_hours or ZERO
    totals = {_ENERGY: cdr.total_energy_kwh, _TIME: cdr.total_time_hours - parked, _PARKING: parked}
    for type_, total in totals.items():
        stated = volume_of(periods, type_)
        if stated > 0 and total >= 0 and abs(stated - total) > SUM_TOLERANCE:
            periods = tuple(_with(each, {type_: volume_of((each,), type_) * total / stated}) for each in periods)
        elif not stated and total > SUM_TOLERANCE and periods:
            periods = (*periods[:-1], _with(periods[-1], {type_: total}))
    return periods


def _moved(period: ChargingPeriod, from_: DimensionType, to: DimensionType) -> ChargingPeriod:
    moved = volume_of((period,), from_)
    if not moved:
        return period
    return _with(period, {from_: ZERO, to: volume_of((period,), to) + moved})


def _with(period: ChargingPeriod, volumes: dict[DimensionType, Decimal]) -> ChargingPeriod:
    """Return a period with some of its volumes replaced; a volume of nothing is left out."""
    kept = tuple(each for each in period.dimensions if each.type not in volumes)
    changed = tuple(Dimension(type_, volume) for type_, volume in volumes.items() if volume)
    return replace(period, dimensions=kept + changed)
