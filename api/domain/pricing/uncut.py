"""Periods that go on where a price changes: nobody knows how much was used on either side of where they were not cut.

2.2.1 and 2.3.0 chapter 10, ChargingPeriod. Does not live here: the price, which is that of the period's beginning
(``usage``), and cutting readings of our own (``periods``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from api.domain.pricing.local_time import clock_instants_from
from api.domain.pricing.prepared import PreparedTariff
from api.domain.pricing.select import Candidate, Moment, choose
from api.domain.pricing.tariff import ComponentType, DimensionType
from api.domain.quantities import seconds

ZERO = Decimal(0)
CHARGED = (
    (DimensionType.energy, ComponentType.energy),
    (DimensionType.time, ComponentType.time),
    (DimensionType.parking_time, ComponentType.parking_time),
)
"""What a session can be charged for: the dimension that measures it, and the component that prices it."""


def changes_within(
    known: PreparedTariff,
    zone: ZoneInfo,
    begins: Moment,
    starts_at: datetime,
    ends_at: datetime,
    volume: Mapping[DimensionType, Decimal],
) -> Iterator[DimensionType]:
    """Yield the dimensions whose component changes inside a period of charging, energy taken to flow evenly in it.

    ``begins`` is the moment at which the period is priced.
    """
    if not known.cuts or starts_at == ends_at:
        return
    marks = list(marks_within(known, zone, begins, starts_at, ends_at, volume.get(DimensionType.energy, ZERO)))
    if not marks:
        return
    for dimension, type_ in CHARGED:
        if volume.get(dimension) and _changes(known.candidates(type_, None), begins, marks):
            yield dimension


def _changes(options: Sequence[Candidate], begins: Moment, marks: Sequence[Moment]) -> bool:
    if not options or options[0].restrictions is None:
        return False
    first = choose(options, begins).candidate
    return any(choose(options, mark).candidate is not first for mark in marks)


def marks_within(
    known: PreparedTariff, zone: ZoneInfo, begins: Moment, starts_at: datetime, ends_at: datetime, gain: Decimal
) -> Iterator[Moment]:
    """Yield the moments inside a period at which a restriction may change its verdict; ``begins`` is its beginning."""
    length = ends_at - starts_at
    if not length:
        return
    instants = [at for each in known.durations if starts_at < (at := starts_at + (each - begins.elapsed)) < ends_at]
    if known.clock_times:
        instants += [at for at in clock_instants_from(known.tariff, zone, starts_at, ends_at) if at > starts_at]
    energies = {at: begins.energy_kwh + gain * seconds(at - starts_at) / seconds(length) for at in instants}
    for threshold in known.thresholds if gain else ():
        if ZERO < threshold - begins.energy_kwh < gain:
            share = (threshold - begins.energy_kwh) / gain
            at = starts_at + timedelta(microseconds=int(share * (length // timedelta(microseconds=1))))
            if starts_at < at < ends_at:
                energies[at] = threshold
    for at, energy in energies.items():
        local = at.astimezone(zone) if known.looks_at_clock else None
        yield replace(begins, local=local, elapsed=begins.elapsed + (at - starts_at), energy_kwh=energy)
