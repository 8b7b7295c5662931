"""The price while a session runs: what it costs up to now, and what staying plugged in costs from here on.

The same engine as for the final price, so the running total ends at the final one. Does not live here: when to remind
whom (``services/charging``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.lines import taxed
from api.domain.pricing.local_time import clock_instants, duration_instants, zone_of
from api.domain.pricing.periods import ParkingReading, Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.select import Moment, candidates, choose
from api.domain.pricing.tariff import ComponentType, Tariff

ZERO = Decimal(0)
LOOK_AHEAD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ParkingStep:
    """From ``starts_at`` on, staying plugged in costs this per hour, before tax and with it (``None``: tax unknown)."""

    starts_at: datetime
    per_hour: Decimal
    per_hour_incl_vat: Decimal | None


@dataclass(frozen=True, slots=True)
class ParkingPrice:
    """What staying plugged in costs per hour now, and the next step, if one begins within the time looked ahead."""

    per_hour: Decimal
    per_hour_incl_vat: Decimal | None
    next_step_at: datetime | None = None
    next_per_hour: Decimal | None = None
    next_per_hour_incl_vat: Decimal | None = None


def running_cost(
    readings: Sequence[Reading],
    tariff: Tariff,
    time_zone: str,
    now: datetime,
    parking: ParkingReading = ParkingReading.not_requesting_power,
) -> CostBreakdown:
    """Price a live session up to ``now``, idle time included. A partner's clock ahead of ours does no harm.

    Raises ``PricingRefused`` for readings that contradict each other.
    """
    ended_at = max(now, readings[-1].at) if readings else now
    return price(
        cut_into_periods(readings, ended_at, tariff, time_zone, parking),
        tariff,
        time_zone=time_zone,
        ended_at=ended_at,
        parking=parking,
    )


def parking_price_now(
    tariff: Tariff,
    *,
    started_at: datetime,
    energy_kwh: Decimal,
    now: datetime,
    time_zone: str,
    look_ahead: timedelta = LOOK_AHEAD,
) -> ParkingPrice:
    """Return what staying plugged in costs per hour now and when that changes, for the unplug reminder.

    ``energy_kwh`` is what the session has charged. The tariff's ``max_price`` is left out: it bounds the total.
    """
    steps = parking_steps(
        tariff, started_at=started_at, energy_kwh=energy_kwh, now=now, time_zone=time_zone, look_ahead=look_ahead
    )
    first = steps[0]
    if len(steps) == 1:
        return ParkingPrice(first.per_hour, first.per_hour_incl_vat)
    then = steps[1]
    return ParkingPrice(first.per_hour, first.per_hour_incl_vat, then.starts_at, then.per_hour, then.per_hour_incl_vat)


def parking_steps(
    tariff: Tariff,
    *,
    started_at: datetime,
    energy_kwh: Decimal,
    now: datetime,
    time_zone: str,
    look_ahead: timedelta = LOOK_AHEAD,
) -> tuple[ParkingStep, ...]:
    """Return the hourly price of staying plugged in from ``now`` on, a step each time it changes."""
    zone = zone_of(time_zone)
    until = now + look_ahead
    later = {at for at in duration_instants(tariff, started_at) if now < at < until}
    later.update(clock_instants(tariff, zone, now, until))
    steps: list[ParkingStep] = []
    for at in [now.astimezone(UTC), *sorted(later)]:
        step = _step(tariff, zone, at, at - started_at, energy_kwh)
        if not steps or (step.per_hour, step.per_hour_incl_vat) != (steps[-1].per_hour, steps[-1].per_hour_incl_vat):
            steps.append(step)
    return tuple(steps)


def _step(tariff: Tariff, zone: ZoneInfo, at: datetime, elapsed: timedelta, energy_kwh: Decimal) -> ParkingStep:
    """Price one hour of parking at an instant; no energy flows then, so power and current are zero."""
    moment = Moment(at.astimezone(zone), elapsed, energy_kwh, ZERO, ZERO, ZERO, ZERO)
    candidate = choose(candidates(tariff, ComponentType.parking_time), moment).candidate
    if candidate is None:
        return ParkingStep(at, ZERO, ZERO)
    net, _, tax, flags = taxed(candidate.component.price, candidate.component.vat, tariff.tax_included)
    if "tax_inside_unknown" in flags:
        return ParkingStep(at, net, net)
    return ParkingStep(at, net, None if tax is None else net + tax)
