"""What staying plugged in costs once no energy flows: the hourly price, when it changes, and what it adds up to.

2.3.0 chapter 11, PARKING_TIME and TariffRestrictions. The hourly price is the tariff's component of the moment and our
own fee by the minute; the totals are the final price of the session if it ended there, from the same engine, so that
steps, fees and price limits count. Does not live here: whom to tell when (``services/notices``), the words of the app.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from api.domain.money import Money, to_minor_half_up
from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.local_time import clock_instants, duration_instants, zone_of
from api.domain.pricing.periods import Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.retail import SESSION_FEE, DriverPrice, RetailRule, driver_price
from api.domain.pricing.select import Moment, candidates, choose
from api.domain.pricing.tariff import ComponentType, PriceComponent, Tariff
from api.domain.pricing.unit_price import UnitPrice, minute_fee_price, unit_price, without_fees

ZERO = Decimal(0)
LOOK_AHEAD = timedelta(hours=24)
SECOND = timedelta(seconds=1)
_MINUTE_SECONDS = 60
# Sums of 28 digits may miss a limit by their last one; nothing that is billed is as small as this.
_NOISE = Decimal("0.000000001")
# Under the letter of OCPI, TIME ends with the flow of energy; some operators go on billing it until the car is gone.
TIME_PRICE_MAY_GO_ON = "time_price_may_go_on"


@dataclass(frozen=True, slots=True)
class StayEntry:
    """From ``starts_at`` until ``ends_at`` (``None``: no change in sight) the driver pays one price per hour.

    ``per_hour_net`` or ``per_hour_gross`` is ``None`` when the tax is unknown, never both. Time is billed in started
    blocks of ``block_seconds`` (0 and 1: to the second), the longer ones where the operator's and ours differ. ``fee``
    is due once, as the entry begins. ``total`` is the whole session's price for who leaves at ``ends_at``, a
    ``min_price`` included; ``None`` when there is no end and the price still grows. ``capped``: the operator's
    ``max_price`` is reached, so that staying adds nothing but our own fees any more.
    """

    starts_at: datetime
    ends_at: datetime | None
    per_hour_net: Decimal | None
    per_hour_gross: Decimal | None
    block_seconds: int
    fee: Money
    total: Money | None
    capped: bool = False

    @property
    def per_hour(self) -> Decimal:
        """Return what is known to be paid per hour: with tax, else before a tax that nobody knows."""
        return self.per_hour_gross if self.per_hour_gross is not None else self.per_hour_net or ZERO


@dataclass(frozen=True, slots=True)
class StayTimeline:
    """What staying costs from the first entry on; ``total_now`` is the session's price for who leaves at once.

    ``looked_until`` is how far the last entry is known to last. ``doubts`` are codes: ``time_price_may_go_on``.
    """

    currency: str
    total_now: Money
    entries: tuple[StayEntry, ...]
    looked_until: datetime
    doubts: tuple[str, ...] = ()


def stay_timeline(
    tariff: Tariff,
    *,
    readings: Sequence[Reading],
    stays_from: datetime,
    time_zone: str,
    retail: RetailRule,
    look_ahead: timedelta = LOOK_AHEAD,
) -> StayTimeline:
    """Return what the driver pays for staying plugged in from ``stays_from`` on, when no more energy flows.

    ``readings`` are the session so far, or a plan of it (``vehicle.ChargingPlan.readings``). Raises
    ``PricingRefused`` for readings that contradict each other.
    """
    if not readings:
        raise PricingRefused("readings_missing")
    begins = max(stays_from, readings[-1].at).astimezone(UTC)  # a partner's clock ahead of ours does no harm
    stay = _Stay(tariff, readings, begins, begins + look_ahead, time_zone, retail)
    marks = [*_instants(tariff, retail, readings[0].at, begins, stay.until, stay.zone), stay.until]
    entries: list[StayEntry] = []
    for starts_at, ends_at in pairwise(marks):
        for entry in stay.entries(starts_at, ends_at):
            if entries and _goes_on(entries[-1], entry):
                entries[-1] = replace(entries[-1], ends_at=entry.ends_at, total=entry.total)
            else:
                entries.append(entry)
    last = entries[-1]
    entries[-1] = replace(last, ends_at=None, total=None if last.per_hour else last.total)
    return StayTimeline(tariff.currency, stay.total(begins), tuple(entries), stay.until, _doubts(tariff))


class _Stay:
    """One session and its stay: what it has cost by any later moment, priced at most once each."""

    def __init__(
        self,
        tariff: Tariff,
        readings: Sequence[Reading],
        begins: datetime,
        until: datetime,
        time_zone: str,
        retail: RetailRule,
    ) -> None:
        self.zone, self.until = zone_of(time_zone), until
        self._tariff, self._retail, self._time_zone = tariff, retail, time_zone
        last = readings[-1]
        self._plugged_at = readings[0].at
        self._readings = (*readings, Reading(begins, last.energy_kwh, charging=False))
        self._energy_kwh = last.energy_kwh - readings[0].energy_kwh
        self._costs: dict[datetime, CostBreakdown] = {}

    def entries(self, starts_at: datetime, ends_at: datetime) -> Iterator[StayEntry]:
        """Yield what a stretch without a change of the hourly price costs, in two where it reaches the price limit."""
        if not self._at_limit(starts_at):
            limit_at = self._limit_reached(starts_at, ends_at) if self._at_limit(ends_at) else ends_at
            yield self._entry(starts_at, limit_at)
            starts_at = limit_at
        if starts_at < ends_at:
            yield self._entry(starts_at, ends_at, capped=True)

    def total(self, at: datetime) -> Money:
        """Return what the driver pays for the whole session when leaving at a moment."""
        return self._sold(at).total

    def _entry(self, starts_at: datetime, ends_at: datetime, *, capped: bool = False) -> StayEntry:
        tariff, elapsed = self._tariff, starts_at - self._plugged_at
        parked = None if capped else _parked(tariff, self.zone, starts_at, elapsed, self._energy_kwh)
        free = elapsed < timedelta(minutes=self._retail.free_minutes)
        ours = None if free else minute_fee_price(tariff.currency, self._retail)
        net, gross = _per_hour(None if parked is None else unit_price(tariff, parked, self._retail), ours)
        block = max(0 if parked is None else parked.step_size, 0 if ours is None else _MINUTE_SECONDS)
        kinds = (SESSION_FEE,) if capped else (ComponentType.flat, SESSION_FEE)
        fee = to_minor_half_up(self._fees(ends_at, kinds) - self._fees(starts_at, kinds), tariff.currency)
        return StayEntry(starts_at, ends_at, net, gross, block, fee, self.total(ends_at), capped)

    def _sold(self, at: datetime) -> DriverPrice:
        return driver_price(self._cost(at), self._retail, stay_seconds=(at - self._plugged_at) // SECOND)

    def _cost(self, at: datetime) -> CostBreakdown:
        if at not in self._costs:
            periods = cut_into_periods(self._readings, at, self._tariff, self._time_zone)
            self._costs[at] = price(periods, self._tariff, time_zone=self._time_zone, ended_at=at)
        return self._costs[at]

    def _fees(self, at: datetime, kinds: tuple[str, ...]) -> Decimal:
        lines = (line for line in self._sold(at).lines if line.kind in kinds)
        return sum((line.net if line.gross is None else line.gross for line in lines), ZERO)

    def _at_limit(self, at: datetime) -> bool:
        """Say whether the limit is reached and what we buy grows no more, not even by a tax that it leaves open."""
        most, cost = self._tariff.max_price, self._cost(at)
        if most is None:
            return False
        if most.after_taxes is not None and cost.incl_vat is not None:
            reached = cost.incl_vat >= most.after_taxes - _NOISE
        else:
            reached = cost.excl_known and cost.excl_vat >= most.before_taxes - _NOISE
        return reached and abs(self._bought(self.until) - self._bought(at)) <= _NOISE

    def _bought(self, at: datetime) -> Decimal:
        return driver_price(self._cost(at), without_fees(self._retail)).gross_exact

    def _limit_reached(self, low: datetime, high: datetime) -> datetime:
        """Find the first second at which the limit is reached, between one where it is not and one where it is."""
        while high - low > SECOND:
            middle = low + max((high - low) // (2 * SECOND), 1) * SECOND
            low, high = (low, middle) if self._at_limit(middle) else (middle, high)
        return high


def _instants(
    tariff: Tariff, retail: RetailRule, started_at: datetime, now: datetime, until: datetime, zone: ZoneInfo
) -> list[datetime]:
    """List ``now`` and, in order, the instants until the end at which a rule of the tariff or of ours may change."""
    free_until = (started_at + timedelta(minutes=retail.free_minutes)).astimezone(UTC)
    later = {at for at in {free_until, *duration_instants(tariff, started_at)} if now < at < until}
    later.update(clock_instants(tariff, zone, now, until))
    return [now.astimezone(UTC), *sorted(later)]


def _parked(
    tariff: Tariff, zone: ZoneInfo, at: datetime, elapsed: timedelta, energy_kwh: Decimal
) -> PriceComponent | None:
    """Return the component that prices parking at an instant; no energy flows then, so power and current are zero."""
    moment = Moment(at.astimezone(zone), elapsed, energy_kwh, ZERO, ZERO, ZERO, ZERO)
    candidate = choose(candidates(tariff, ComponentType.parking_time), moment).candidate
    return candidate.component if candidate is not None else None


def _per_hour(parked: UnitPrice | None, our_minute: UnitPrice | None) -> tuple[Decimal | None, Decimal | None]:
    """Return net and gross of an hour: the operator's price of it and sixty of our minutes, none of them being free.

    Where neither is known of the sum, it is told as stated, before whatever tax comes on top.
    """
    hours = [each for each in (parked, None if our_minute is None else our_minute.times(60)) if each is not None]
    net = None if any(each.net is None for each in hours) else sum((each.net or ZERO for each in hours), ZERO)
    gross = None if any(each.gross is None for each in hours) else sum((each.gross or ZERO for each in hours), ZERO)
    return (sum((each.known for each in hours), ZERO), None) if net is None and gross is None else (net, gross)


def _goes_on(before: StayEntry, after: StayEntry) -> bool:
    """Say whether a boundary of the tariff changes nothing for a parked car."""
    same = ("per_hour_net", "per_hour_gross", "block_seconds", "capped")
    return not after.fee.minor and all(getattr(before, name) == getattr(after, name) for name in same)


def _doubts(tariff: Tariff) -> tuple[str, ...]:
    timed = any(each.component.price for each in candidates(tariff, ComponentType.time))
    return (TIME_PRICE_MAY_GO_ON,) if timed and not candidates(tariff, ComponentType.parking_time) else ()
