"""Charging periods: the measured shape of a session that tariffs are applied to (2.3.0 chapter 10, ChargingPeriod).

Lives here: the value types, and how meter readings become periods on which the verdict of every restriction holds from
beginning to end, so that pricing a live session is exact. Does not live here: what periods cost (``price``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise

from api.domain.pricing.local_time import clock_instants, duration_instants, zone_of
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import DimensionType, Tariff
from api.domain.quantities import hours, seconds

__all__ = ["ChargingPeriod", "Dimension", "ParkingReading", "PricingRefused", "Reading", "cut_into_periods"]

ZERO = Decimal(0)
# A millionth of a Wh: far below any meter, and it keeps every volume an exact difference of two short decimals.
_MICRO_WH = Decimal("0.000000001")
_MICROSECOND = timedelta(microseconds=1)


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
class _Piece:
    """A stretch without a boundary inside; ``cut`` says that it begins at a boundary of the tariff."""

    starts_at: datetime
    ends_at: datetime
    energy_kwh: Decimal
    charging: bool
    power_kw: Decimal | None
    cut: bool


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
    points = _in_order(readings, ended_at)
    start = points[0].at
    instants = set(clock_instants(tariff, zone_of(time_zone), start, ended_at)) | duration_instants(tariff, start)
    thresholds = _thresholds(tariff)
    paused = parking is ParkingReading.not_requesting_power
    told = [replace(each, charging=True) if paused and each.paused_by_charger else each for each in points]
    pieces = [piece for a, b in pairwise(told) for piece in _pieces(a, b, points[0].energy_kwh, instants, thresholds)]
    if not pieces:
        return (ChargingPeriod(start, (), tariff.id),)
    return tuple(_period(piece, tariff.id) for piece in _joined(pieces))


def _in_order(readings: Sequence[Reading], ended_at: datetime) -> list[Reading]:
    """Return readings at distinct, ascending times, closed by one at the end. The later of two at one time counts."""
    if not readings:
        raise PricingRefused("readings_missing")
    if ended_at.tzinfo is None or any(each.at.tzinfo is None for each in readings):
        raise PricingRefused("time_without_zone")
    points = [readings[0]]
    for reading in readings[1:]:
        last = points[-1]
        if reading.at < last.at:
            raise PricingRefused("readings_not_ascending", at=reading.at.isoformat())
        if reading.energy_kwh < last.energy_kwh:
            raise PricingRefused("energy_decreasing", at=reading.at.isoformat(), energy_kwh=str(reading.energy_kwh))
        if reading.at > last.at:
            points.append(reading)
        elif len(points) > 1:
            points[-1] = reading
        else:  # energy that came with the start itself still has to be billed, so the start keeps its own count
            points[0] = replace(reading, energy_kwh=last.energy_kwh)
    if ended_at < points[-1].at:
        raise PricingRefused("ended_before_last_reading", ended_at=ended_at.isoformat())
    energy = readings[-1].energy_kwh
    if ended_at == points[0].at and energy > points[0].energy_kwh:
        raise PricingRefused("energy_in_no_time", at=ended_at.isoformat())
    points.append(Reading(ended_at, energy, points[-1].charging))
    return points


def _thresholds(tariff: Tariff) -> list[Decimal]:
    rules = [element.restrictions for element in tariff.elements if element.restrictions is not None]
    limits = {limit for each in rules for limit in (each.min_kwh, each.max_kwh) if limit is not None}
    return sorted(limits)


def _pieces(
    a: Reading, b: Reading, base_kwh: Decimal, instants: set[datetime], thresholds: Sequence[Decimal]
) -> Iterator[_Piece]:
    """Cut the stretch between two readings at the tariff's boundaries inside it (or at its very beginning)."""
    if a.at == b.at:
        return
    low, high = a.energy_kwh - base_kwh, b.energy_kwh - base_kwh
    gain, length = high - low, b.at - a.at
    cuts = {at: low + _share(gain, at - a.at, length) for at in instants if a.at < at < b.at}
    for threshold in thresholds:
        if low < threshold < high:
            cuts[a.at + _moment(length, (threshold - low) / gain)] = threshold
    cuts.pop(b.at, None)
    begins_cut = cuts.pop(a.at, None) is not None or a.at in instants or low in thresholds
    marks = [(a.at, low), *sorted(cuts.items()), (b.at, high)]
    for index, ((starts_at, before), (ends_at, after)) in enumerate(pairwise(marks)):
        charging = a.charging or gain > 0
        yield _Piece(starts_at, ends_at, after - before, charging, a.power_kw, begins_cut or index > 0)


def _share(gain: Decimal, part: timedelta, whole: timedelta) -> Decimal:
    """Return the energy gained in a part of a stretch, to the millionth of a Wh."""
    return (gain * seconds(part) / seconds(whole)).quantize(_MICRO_WH, rounding=ROUND_HALF_UP)


def _moment(length: timedelta, share: Decimal) -> timedelta:
    """Return the part of a stretch after which a share of its energy has flowed, to the microsecond."""
    whole = length // _MICROSECOND
    return timedelta(microseconds=int((whole * share).quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def _joined(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    """Join neighbors that only a reading separates: fewer periods, same price."""
    current = pieces[0]
    for piece in pieces[1:]:
        if piece.cut or (piece.charging, piece.power_kw) != (current.charging, current.power_kw):
            yield current
            current = piece
        else:
            energy = current.energy_kwh + piece.energy_kwh
            current = _Piece(current.starts_at, piece.ends_at, energy, current.charging, current.power_kw, current.cut)
    yield current


def _period(piece: _Piece, tariff_id: str) -> ChargingPeriod:
    timed = DimensionType.time if piece.charging else DimensionType.parking_time
    dimensions = [Dimension(timed, hours(piece.ends_at - piece.starts_at))]
    if piece.energy_kwh:
        dimensions.insert(0, Dimension(DimensionType.energy, piece.energy_kwh))
    if piece.power_kw is not None:
        peaks = (DimensionType.max_power, DimensionType.min_power)
        dimensions += (Dimension(each, piece.power_kw) for each in peaks)
    return ChargingPeriod(piece.starts_at.astimezone(UTC), tuple(dimensions), tariff_id)
