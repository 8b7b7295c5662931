"""Charging periods read in another way: under another tariff, with idle time as charging time, up to the meter's end.

An audit prices these to see what a partner did (``audit``). Each function returns periods equal to those it was given
where there is nothing to change. Energy in kWh, times in hours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.prepared import prepared
from api.domain.pricing.select import Moment
from api.domain.pricing.tariff import DimensionType, Tariff
from api.domain.pricing.uncut import marks_within
from api.domain.quantities import hours, seconds
from api.domain.roaming.cdr import Cdr

ZERO = Decimal(0)
ONE = Decimal(1)
COARSEST_METER_KWH = Decimal("0.1")
FINEST_METER_KWH = Decimal("0.005")
# What four decimals of an OCPI number leave open when a few dozen periods are added up.
SUM_TOLERANCE = Decimal("0.005")

SLACK = timedelta(minutes=5)
"""How far the clocks of a partner's sessions and bills may lie apart."""
_ENERGY, _TIME, _PARKING = DimensionType.energy, DimensionType.time, DimensionType.parking_time
Periods = tuple[ChargingPeriod, ...]


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How the partner's own session ended: the energy of its meter, the hours it told as parking, and its times.

    ``parking_hours`` is None where it told no periods, ``ended_at`` where it told no end.
    """

    kwh: Decimal
    parking_hours: Decimal | None = None
    starts_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def hours(self) -> Decimal | None:
        """Return how long the session lasted."""
        if self.starts_at is None or self.ended_at is None:
            return None
        return hours(self.ended_at - self.starts_at)


def under(periods: Sequence[ChargingPeriod], tariff_id: str) -> Periods:
    """Return the periods as if they named this tariff; one that names none beside others that do stays without."""
    return tuple(period if period.tariff_id is None else replace(period, tariff_id=tariff_id) for period in periods)


def volume_of(periods: Iterable[ChargingPeriod], type_: DimensionType) -> Decimal:
    """Add up one dimension."""
    return sum((each.volume for period in periods for each in period.dimensions if each.type is type_), ZERO)


def capped(periods: Periods, metered_kwh: Decimal) -> Periods:
    """Return the periods with the energy that is above the meter's end taken off, the latest first.

    A meter is believed to the last digit of its number, which partners cut off as often as they round it: within 5 to
    100 Wh. A whole number says nothing of its exactness, for JSON drops noughts.
    """
    exponent = metered_kwh.as_tuple().exponent
    written = ONE.scaleb(exponent) if isinstance(exponent, int) and exponent < 0 else COARSEST_METER_KWH
    open_to = min(max(written, FINEST_METER_KWH), COARSEST_METER_KWH)
    if volume_of(periods, _ENERGY) <= metered_kwh + open_to:
        return periods
    left, found = metered_kwh, []
    for period in periods:
        taken = min(volume_of((period,), _ENERGY), left)
        left -= taken
        found.append(_with(period, {_ENERGY: taken}))
    return tuple(found)


def within(cdr: Cdr, session: SessionEnd) -> Cdr:
    """Return a bill in the time of its session: begun when that began, and over when that was.

    Energy stays, for the meter bounds it; of a period that goes on after the end the time is cut in proportion.
    """
    if session.starts_at is not None and cdr.charging_periods and abs(cdr.starts_at - session.starts_at) > SLACK:
        shift = session.starts_at - cdr.starts_at
        moved = tuple(replace(each, starts_at=each.starts_at + shift) for each in cdr.charging_periods)
        cdr = replace(cdr, starts_at=session.starts_at, ended_at=cdr.ended_at + shift, charging_periods=moved)
    if session.ended_at is None or cdr.ended_at <= session.ended_at + SLACK:
        return cdr
    return _until(cdr, session.ended_at)


def _until(cdr: Cdr, end: datetime) -> Cdr:
    kept = [each for each in cdr.charging_periods if each.starts_at < end]
    if not kept:
        return cdr
    late = volume_of(cdr.charging_periods[len(kept) :], _ENERGY)
    last, lasted = kept[-1], _end_of(cdr, len(kept) - 1) - kept[-1].starts_at
    share = min(seconds(end - last.starts_at) / seconds(lasted), ONE) if lasted else ONE
    changed = {type_: volume_of((last,), type_) * share for type_ in (_TIME, _PARKING)}
    kept[-1] = _with(last, {**changed, _ENERGY: volume_of((last,), _ENERGY) + late})
    return replace(cdr, ended_at=end, charging_periods=tuple(kept))


def _end_of(cdr: Cdr, index: int) -> datetime:
    later = cdr.charging_periods[index + 1 : index + 2]
    return later[0].starts_at if later else cdr.ended_at


def with_parking(periods: Periods, parking_hours: Decimal | None) -> Periods:
    """Return the periods with at least so many hours of parking, charging time turned into it from the end on."""
    missing = (parking_hours or ZERO) - volume_of(periods, _PARKING)
    if missing <= SUM_TOLERANCE:
        return periods
    found = []
    for period in reversed(periods):
        turned = min(volume_of((period,), _TIME), max(missing, ZERO))
        missing -= turned
        changed = {_TIME: volume_of((period,), _TIME) - turned, _PARKING: volume_of((period,), _PARKING) + turned}
        found.append(_with(period, changed) if turned else period)
    return tuple(reversed(found))


def cut_evenly(cdr: Cdr, tariff: Tariff, zone: ZoneInfo) -> Cdr:
    """Return a bill whose periods end where a price may change, what was used in each spread evenly over its time.

    A sender should have cut them there (chapter 10, ChargingPeriod); left uncut, no moment may lend its price to all.
    """
    known = prepared(tariff)
    if not known.cuts or not cdr.charging_periods:
        return cdr
    first, energy, found = cdr.charging_periods[0].starts_at, ZERO, []
    for index, period in enumerate(cdr.charging_periods):
        ends_at, gain = _end_of(cdr, index), volume_of((period,), _ENERGY)
        begins = Moment(period.starts_at.astimezone(zone), period.starts_at - first, energy)
        marks = marks_within(known, zone, begins, period.starts_at, ends_at, gain)
        cuts = sorted((period.starts_at + (each.elapsed - begins.elapsed), each.energy_kwh) for each in marks)
        found += _cut(period, [(period.starts_at, energy), *cuts, (ends_at, energy + gain)])
        energy += gain
    return replace(cdr, charging_periods=tuple(found))


def _cut(period: ChargingPeriod, edges: Sequence[tuple[datetime, Decimal]]) -> list[ChargingPeriod]:
    """Return a period in pieces between edges (moment, energy by then); its times are spread by length."""
    length = edges[-1][0] - edges[0][0]
    if len(edges) == 2:
        return [period]
    pieces = []
    for (starts_at, before), (until, after) in pairwise(edges):
        share = seconds(until - starts_at) / seconds(length)
        volumes = {type_: volume_of((period,), type_) * share for type_ in (_TIME, _PARKING)}
        pieces.append(replace(_with(period, {**volumes, _ENERGY: after - before}), starts_at=starts_at))
    return pieces


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
