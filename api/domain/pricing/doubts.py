"""Doubts that a price survives: what periods leave out or contradict, as notes on the price that came out anyway.

2.3.0 chapter 10, ChargingPeriod and CdrDimensionType. Does not live here: what cannot be priced at all (``checks``).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from api.domain.pricing.breakdown import Note, plain
from api.domain.pricing.checks import TIMES
from api.domain.pricing.periods import ChargingPeriod, ParkingReading
from api.domain.pricing.tariff import ComponentType, DimensionType, Tariff
from api.domain.quantities import SECONDS_PER_HOUR, seconds

ZERO = Decimal(0)
# Three times in decimal hours may each miss theirs by 0.18 s, for OCPI promises four decimals.
ROUNDING_SECONDS = Decimal(1)
Volumes = Mapping[DimensionType, Decimal]


def doubts_of(
    periods: Sequence[ChargingPeriod],
    volumes: Sequence[Volumes],
    *,
    ended_at: datetime,
    tariffs: Collection[Tariff],
    reading: ParkingReading,
) -> Iterator[Note]:
    """Yield a note for each thing in the periods that a reader of their price should not overlook."""
    ends = [*(period.starts_at for period in periods[1:]), ended_at]
    for index, (period, volume, ends_at) in enumerate(zip(periods, volumes, ends, strict=True)):
        stated = sum((volume[each] for each in TIMES if each in volume), ZERO)
        length = seconds(ends_at - period.starts_at)
        if stated > length + ROUNDING_SECONDS:
            yield Note("time_exceeds_period", {"period": index, "stated": _hours(stated), "length": _hours(length)})
    yield from _left_out(volumes, tariffs)
    if reading is ParkingReading.not_charging:
        yield from _idle_as_charging(volumes)


def _left_out(volumes: Sequence[Volumes], tariffs: Collection[Tariff]) -> Iterator[Note]:
    """Tell of a priced dimension that no period states: it may have been nothing, or have been forgotten."""
    stated = {dimension for volume in volumes for dimension in volume}
    if DimensionType.reservation_time in stated:
        return
    if _priced(tariffs, ComponentType.energy) and DimensionType.energy not in stated:
        yield Note("dimension_not_stated", {"dimension": DimensionType.energy.value})
    if _priced(tariffs, ComponentType.time) and not stated & TIMES:
        yield Note("dimension_not_stated", {"dimension": DimensionType.time.value})


def _priced(tariffs: Collection[Tariff], type_: ComponentType) -> bool:
    """Say whether any tariff has a price for a dimension of charging."""
    return any(
        component.type is type_ and component.price
        for tariff in tariffs
        for element in tariff.elements
        if element.restrictions is None or element.restrictions.reservation is None
        for component in element.components
    )


def _idle_as_charging(volumes: Sequence[Volumes]) -> Iterator[Note]:
    """Tell of charging time without energy, which is parking where parking means not charging (2.1.1 chapter 10)."""
    if not any(volume.get(DimensionType.energy, ZERO) > 0 for volume in volumes):
        return  # a session whose energy is nowhere stated says nothing about where it did not flow
    for index, volume in enumerate(volumes):
        if volume.get(DimensionType.time, ZERO) > 0 and not volume.get(DimensionType.energy, ZERO):
            yield Note("charging_without_energy", {"period": index, "hours": _hours(volume[DimensionType.time])})


def _hours(amount: Decimal) -> str:
    return plain(amount / SECONDS_PER_HOUR)
