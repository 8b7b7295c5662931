"""Charging periods: the measured shape of a session that tariffs are applied to (2.3.0 chapter 10, ChargingPeriod).

Lives here: the value types, and how meter readings become periods, one reading after the other. A session is cut
wherever a restriction of its tariff may change its verdict, so that the verdict holds on each period from beginning to
end and pricing a live session is exact. Where it is cut between two readings depends on these two and on the start, so
what was cut stays cut. Does not live here: what periods cost (``price``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from api.domain.pricing.local_time import check_length, clock_instants_from, zone_of
from api.domain.pricing.prepared import PreparedTariff, prepared
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import DimensionType, Tariff
from api.domain.quantities import hours, seconds

__all__ = [
    "ChargingPeriod",
    "Cutting",
    "Dimension",
    "ParkingReading",
    "PricingRefused",
    "Reading",
    "Stretch",
    "begin_cutting",
    "cut_into_periods",
    "measured",
]

ZERO = Decimal(0)
# A millionth of a Wh: far below any meter, and it keeps every volume an exact difference of two short decimals.
_MICRO_WH = Decimal("0.000000001")
_MICROSECOND = timedelta(microseconds=1)
_TIMED = (DimensionType.time, DimensionType.parking_time)


class ParkingReading(StrEnum):
    """What a partner means by PARKING_TIME, which decides what a stretch is in which the charger gave no energy.

    ``not_charging``: no energy flowed, whoever paused (2.1.1 chapter 10, and later versions until 2026).
    ``not_requesting_power``: the vehicle asked for none; a pause of the charger stays TIME (editions since 2026).
    """

    not_charging = "not_charging"
    not_requesting_power = "not_requesting_power"


@dataclass(frozen=True, slots=True)
class Dimension:
    """One measured volume: kWh, hours, A, kW or percent, by ``type``."""

    type: DimensionType
    volume: Decimal


@dataclass(frozen=True, slots=True)
class ChargingPeriod:
    """A stretch of a session that begins at ``starts_at`` (aware) and lasts until the next one or the session's end."""

    starts_at: datetime
    dimensions: tuple[Dimension, ...]
    tariff_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A meter reading: cumulative ``energy_kwh`` at ``at`` and whether energy flows from here to the next reading.

    The first reading of a session is its start; energy counts from there, so a session counter and a meter register
    both work. ``power_kw`` is the power until the next reading, when known. ``paused_by_charger`` says why no energy
    flows: the vehicle asks for it and gets none.
    """

    at: datetime
    energy_kwh: Decimal
    charging: bool
    power_kw: Decimal | None = None
    paused_by_charger: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a session without a boundary inside; ``cut`` says that it begins at a boundary of the tariff."""

    starts_at: datetime
    ends_at: datetime
    energy_kwh: Decimal
    charging: bool
    power_kw: Decimal | None
    cut: bool = False


@dataclass(slots=True)
class Cutting:
    """A session as far as it was read. What may still change is kept: the last two readings and the last stretch.

    Another reading of the same moment may replace ``last``, and then ``pending``, which is between it and ``before``.
    ``open`` goes on if nothing but readings separates it from what follows. ``told_kwh`` is the newest count: energy
    that came with the start itself is in it and not in ``start``, from which energy is counted.
    """

    tariff: Tariff
    zone: ZoneInfo
    parking: ParkingReading
    start: Reading
    last: Reading
    told_kwh: Decimal
    before: Reading | None = None
    open: Stretch | None = None
    pending: list[Stretch] = field(default_factory=list)

    def take(self, reading: Reading) -> list[Stretch]:
        """Take the next reading and return the stretches that are complete by it. The later of two at one time counts.

        Raises ``PricingRefused``, and takes nothing, when it contradicts what was read before.
        """
        last = self.last
        _check(reading)
        if reading.at < last.at:
            raise PricingRefused("readings_not_ascending", at=reading.at.isoformat())
        if reading.energy_kwh < last.energy_kwh:
            raise PricingRefused("energy_decreasing", at=reading.at.isoformat(), energy_kwh=str(reading.energy_kwh))
        told = _as_meant(reading, self.parking)
        complete: list[Stretch] = []
        if told.at > last.at:
            check_length(self.start.at, told.at)
            complete, self.open = self._joined(self.pending)
            self.before = last
        elif self.before is None:  # energy that came with the start has to be billed, so the start keeps its own count
            told = replace(told, energy_kwh=last.energy_kwh)
        self.last = told
        self.cut_pending()
        self.told_kwh = reading.energy_kwh
        return complete

    def rest(self, ended_at: datetime) -> list[Stretch]:
        """Return the stretches that are not complete yet, if the session ended at a moment; changes nothing."""
        if ended_at.tzinfo is None:
            raise PricingRefused("time_without_zone")
        start, last = self.start, self.last
        if ended_at < last.at:
            raise PricingRefused("ended_before_last_reading", ended_at=ended_at.isoformat())
        if ended_at == start.at and self.told_kwh > start.energy_kwh:
            raise PricingRefused("energy_in_no_time", at=ended_at.isoformat())
        check_length(start.at, ended_at)
        ended_at = ended_at.astimezone(UTC)
        tail = self._between(last, ended_at, self.told_kwh) if last.at < ended_at else []
        complete, current = self._joined([*self.pending, *tail])
        return complete if current is None else [*complete, current]

    def cut_pending(self) -> None:
        """Cut what lies between the last two readings."""
        if self.before is not None:
            self.pending = self._between(self.before, self.last.at, self.last.energy_kwh)

    def _between(self, a: Reading, ends_at: datetime, energy_kwh: Decimal) -> list[Stretch]:
        """Cut what lies between a reading and a later count at the tariff's boundaries inside, or at its beginning."""
        base = self.start.energy_kwh
        low, high = a.energy_kwh - base, energy_kwh - base
        gain = high - low
        charging = a.charging or gain > 0
        known = prepared(self.tariff)
        instants = self._instants(known, a.at, ends_at)
        inside = [limit for limit in known.thresholds if limit == low or low < limit < high]
        if not instants and not inside:  # nearly always: most stretches lie between two boundaries
            return [Stretch(a.at, ends_at, gain, charging, a.power_kw)]
        length = ends_at - a.at
        cuts = {at: low + _share(gain, at - a.at, length) for at in instants}
        for limit in inside:
            cuts[a.at if limit == low else a.at + _part(length, (limit - low) / gain)] = limit
        cuts.pop(ends_at, None)
        cut = cuts.pop(a.at, None) is not None
        marks = [(a.at, low), *sorted(cuts.items()), (ends_at, high)]
        return [
            Stretch(starts_at, until, after - before, charging, a.power_kw, cut or index > 0)
            for index, ((starts_at, before), (until, after)) in enumerate(pairwise(marks))
        ]

    def _instants(self, known: PreparedTariff, first: datetime, end: datetime) -> list[datetime]:
        """List the instants from ``first`` on and before ``end`` at which a rule of clock or duration may change."""
        found = clock_instants_from(self.tariff, self.zone, first, end) if known.looks_at_clock else []
        if known.durations:
            found += [at for each in known.durations if first <= (at := self.start.at + each) < end]
        return found

    def _joined(self, stretches: Iterable[Stretch]) -> tuple[list[Stretch], Stretch | None]:
        """Join neighbors that only a reading separates: fewer periods, same price. Return the complete and the last."""
        current = self.open
        complete: list[Stretch] = []
        for each in stretches:
            if current is None:
                current = each
            elif each.cut or (each.charging, each.power_kw) != (current.charging, current.power_kw):
                complete.append(current)
                current = each
            else:
                energy = current.energy_kwh + each.energy_kwh
                current = Stretch(current.starts_at, each.ends_at, energy, current.charging, current.power_kw)
        return complete, current


def cut_into_periods(
    readings: Sequence[Reading],
    ended_at: datetime,
    tariff: Tariff,
    time_zone: str,
    parking: ParkingReading = ParkingReading.not_requesting_power,
) -> tuple[ChargingPeriod, ...]:
    """Turn meter readings into charging periods, cut wherever a restriction of the tariff may change its verdict.

    Boundaries are times of day, dates and weekdays on the charger's clock, seconds since the start, and kWh, placed
    linearly between two readings. A stretch is TIME when energy flowed in it or its first reading says so, else
    PARKING_TIME; a pause of the charger is what ``parking`` says. Energy and time are conserved. Raises
    ``PricingRefused`` for readings that contradict each other.
    """
    if not readings:
        raise PricingRefused("readings_missing")
    cutting = begin_cutting(readings[0], tariff, time_zone, parking)
    complete = [stretch for reading in readings[1:] for stretch in cutting.take(reading)]
    stretches = [*complete, *cutting.rest(ended_at)]
    if not stretches:
        return (ChargingPeriod(cutting.start.at, (), tariff.id),)
    return tuple(_period(each, tariff.id) for each in stretches)


def begin_cutting(reading: Reading, tariff: Tariff, time_zone: str, parking: ParkingReading) -> Cutting:
    """Return a session that was read once, at its start. Raises ``PricingRefused``."""
    _check(reading)
    start = _as_meant(reading, parking)
    return Cutting(tariff, zone_of(time_zone), parking, start, start, start.energy_kwh)


def _check(reading: Reading) -> None:
    if reading.at.tzinfo is None:
        raise PricingRefused("time_without_zone")
    if not reading.energy_kwh.is_finite():
        raise PricingRefused("volume_not_a_number", at=reading.at.isoformat())


def _as_meant(reading: Reading, parking: ParkingReading) -> Reading:
    """Return a reading in UTC, its pause of the charger read as the partner means PARKING_TIME."""
    if reading.at.tzinfo is UTC and not reading.paused_by_charger:
        return reading
    paused = reading.paused_by_charger and parking is ParkingReading.not_requesting_power
    charging = reading.charging or paused
    return Reading(reading.at.astimezone(UTC), reading.energy_kwh, charging, reading.power_kw)


def _share(gain: Decimal, part: timedelta, whole: timedelta) -> Decimal:
    """Return the energy gained in a part of a stretch, to the millionth of a Wh."""
    return (gain * seconds(part) / seconds(whole)).quantize(_MICRO_WH, rounding=ROUND_HALF_UP)


def _part(length: timedelta, share: Decimal) -> timedelta:
    """Return the part of a stretch after which a share of its energy has flowed, to the microsecond."""
    whole = length // _MICROSECOND
    return timedelta(microseconds=int((whole * share).quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def measured(stretch: Stretch) -> dict[DimensionType, Decimal]:
    """Return what a stretch measured, times in seconds: its period's volumes as ``checks.volumes_of`` has them."""
    volumes = {DimensionType.energy: stretch.energy_kwh} if stretch.energy_kwh else {}
    timed = DimensionType.time if stretch.charging else DimensionType.parking_time
    volumes[timed] = seconds(stretch.ends_at - stretch.starts_at).normalize() + 0
    if stretch.power_kw is not None:
        volumes[DimensionType.max_power] = volumes[DimensionType.min_power] = stretch.power_kw
    return volumes


def _period(stretch: Stretch, tariff_id: str) -> ChargingPeriod:
    dimensions = [
        Dimension(type_, hours(stretch.ends_at - stretch.starts_at) if type_ in _TIMED else volume)
        for type_, volume in measured(stretch).items()
    ]
    return ChargingPeriod(stretch.starts_at, tuple(dimensions), tariff_id)
