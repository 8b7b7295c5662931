"""How fast a car charges where: the power that it can take, and a whole charge at one connector as a plan.

The power is the least of what the connector gives and what the car takes: on DC the car's curve over its state of
charge, on AC the charger built into the car and the phases that both have. Losses and cold batteries are not here;
the margin of the hold is for them (``hold``). Does not live here: which cars there are (``services/drivers``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from api.domain.errors import Invalid
from api.domain.pricing.periods import Reading
from api.domain.quantities import SECONDS_PER_HOUR

ZERO = Decimal(0)
HUNDRED = Decimal(100)
CANNOT_CHARGE_HERE = "cannot_charge_here"
TARGET_REACHED = "target_reached"
# What one phase of a common post gives; a stronger AC connector without a stated number of phases has three.
ONE_PHASE_KW = Decimal("7.4")


class VehicleInvalid(Invalid):
    """A car that could not exist, or a charge that makes no sense for it. The code says what is wrong."""


class VehicleKind(StrEnum):
    """Battery-electric, or plug-in hybrid: small battery, mostly AC only."""

    bev = "bev"
    phev = "phev"


class CurvePoint(NamedTuple):
    """The DC power that a car takes at a state of charge."""

    percent: Decimal
    power_kw: Decimal


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A car as a charger sees it: 0 to 100 percent are ``usable_kwh``.

    ``ac_power_kw`` is the most it takes from AC over ``ac_phases``, ``ac_one_phase_kw`` the most from a single-phase
    connector, which for many three-phase cars is more than a third. ``dc_curve`` is linear between its points, and
    empty for a car without DC; its ends hold on to 0 and 100 percent, and only there the power may be zero.
    """

    name: str
    kind: VehicleKind
    usable_kwh: Decimal
    ac_power_kw: Decimal
    ac_phases: int
    ac_one_phase_kw: Decimal
    dc_curve: tuple[CurvePoint, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would never be full: no battery, no power at all, or a curve that stops on its way."""
        if not _positive(self.usable_kwh):
            raise VehicleInvalid("usable_kwh_invalid", usable_kwh=str(self.usable_kwh))
        if self.ac_phases not in (1, 2, 3) or not all(map(_not_negative, (self.ac_power_kw, self.ac_one_phase_kw))):
            raise VehicleInvalid("ac_power_invalid", phases=self.ac_phases, power_kw=str(self.ac_power_kw))
        percents = [point.percent for point in self.dc_curve]
        inside = all(_not_negative(each) and each <= HUNDRED for each in percents)
        if not inside or percents != sorted(set(percents)):
            raise VehicleInvalid("dc_curve_not_ascending", percents=[str(each) for each in percents])
        flowing = all(_positive(power) or (power == 0 and at in (ZERO, HUNDRED)) for at, power in self.dc_curve)
        if not flowing or (self.dc_curve and not any(point.power_kw for point in self.dc_curve)):
            raise VehicleInvalid("dc_power_invalid", powers_kw=[str(point.power_kw) for point in self.dc_curve])

    def kwh_at(self, percent: Decimal) -> Decimal:
        """Return the energy in the battery at a state of charge."""
        return self.usable_kwh * percent / HUNDRED

    def ac_power_at(self, connector_power_kw: Decimal, phases: int) -> Decimal:
        """Return what the car takes from an AC connector: a car with one phase takes a third of a three-phase one."""
        if phases == 1:
            return min(self.ac_one_phase_kw, connector_power_kw)
        return min(self.ac_power_kw, connector_power_kw * min(phases, self.ac_phases) / phases)

    def dc_power_at(self, percent: Decimal) -> Decimal:
        """Return what the car takes from DC at a state of charge: on the line between the points beside it."""
        before = [point for point in self.dc_curve if point.percent <= percent]
        after = [point for point in self.dc_curve if point.percent > percent]
        if not before or not after:
            return (after or before[-1:])[0].power_kw
        low, high = before[-1], after[0]
        return low.power_kw + (high.power_kw - low.power_kw) * (percent - low.percent) / (high.percent - low.percent)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a charge at one power."""

    energy_kwh: Decimal
    power_kw: Decimal

    @property
    def seconds(self) -> Decimal:
        """Return how long it takes."""
        return self.energy_kwh * SECONDS_PER_HOUR / self.power_kw


@dataclass(frozen=True, slots=True)
class ChargingPlan:
    """A whole charge at one connector, in order.

    ``reason`` is ``cannot_charge_here`` when car and connector have no current in common (there are no stretches
    then), ``target_reached`` when the car takes less than was wanted, else ``None``.
    """

    stretches: tuple[Stretch, ...]
    reason: str | None = None

    @property
    def energy_kwh(self) -> Decimal:
        """Return the energy of the charge."""
        return sum((each.energy_kwh for each in self.stretches), ZERO)

    @property
    def seconds(self) -> Decimal:
        """Return how long charging takes."""
        return sum((each.seconds for each in self.stretches), ZERO)

    def readings(self, starts_at: datetime) -> tuple[Reading, ...]:
        """Return the charge as a meter would tell it, for ``cut_into_periods``; with the last one the flow ends."""
        found: list[Reading] = []
        passed, energy = ZERO, ZERO
        for each in self.stretches:
            found.append(Reading(starts_at + _duration(passed), energy, charging=True, power_kw=each.power_kw))
            passed, energy = passed + each.seconds, energy + each.energy_kwh
        return (*found, Reading(starts_at + _duration(passed), energy, charging=False))


def charging_plan(
    vehicle: Vehicle | None,
    *,
    connector_power_kw: Decimal,
    connector_is_dc: bool,
    connector_phases: int | None = None,
    from_percent: Decimal = ZERO,
    to_percent: Decimal = HUNDRED,
    energy_kwh: Decimal | None = None,
) -> ChargingPlan:
    """Plan a charge that ends at ``to_percent``, or with ``energy_kwh`` if that is wanted and comes first.

    Without a car the connector gives its full power, and the energy must be told. ``connector_phases`` of an AC
    connector is guessed from its power when not known. Raises ``VehicleInvalid``.
    """
    if not _positive(connector_power_kw):
        raise VehicleInvalid("connector_power_invalid", power_kw=str(connector_power_kw))
    if energy_kwh is not None and not _not_negative(energy_kwh):
        raise VehicleInvalid("energy_invalid", energy_kwh=str(energy_kwh))
    if vehicle is None:
        if energy_kwh is None:
            raise VehicleInvalid("energy_missing")
        return _constant(energy_kwh, connector_power_kw)
    if not ZERO <= from_percent <= to_percent <= HUNDRED:
        raise VehicleInvalid("percent_invalid", from_percent=str(from_percent), to_percent=str(to_percent))
    begins, ends = vehicle.kwh_at(from_percent), vehicle.kwh_at(to_percent)
    reason = None
    if energy_kwh is not None:
        reason = TARGET_REACHED if energy_kwh > ends - begins else None
        ends = min(begins + energy_kwh, ends)
    if connector_is_dc:
        if not vehicle.dc_curve:
            return ChargingPlan((), CANNOT_CHARGE_HERE)
        return ChargingPlan(tuple(_joined(_dc_stretches(vehicle, begins, ends, connector_power_kw))), reason)
    phases = connector_phases or (1 if connector_power_kw <= ONE_PHASE_KW else 3)
    power = vehicle.ac_power_at(connector_power_kw, phases)
    return _constant(ends - begins, power, reason) if power else ChargingPlan((), CANNOT_CHARGE_HERE)


def _constant(energy_kwh: Decimal, power_kw: Decimal, reason: str | None = None) -> ChargingPlan:
    return ChargingPlan((Stretch(energy_kwh, power_kw),) if energy_kwh else (), reason)


def _dc_stretches(vehicle: Vehicle, begins: Decimal, ends: Decimal, connector_kw: Decimal) -> Iterator[Stretch]:
    """Yield the charge in steps of a percent, each at the power in the middle of its percent.

    The middle of a straight line is so near its true mean that a whole charge is right to some tenths of a percent,
    far better than any published curve. The steps lie at whole percents, wherever the charge begins and ends, so a
    charge in two parts takes exactly as long as in one.
    """
    marks = sorted({Decimal(percent) for percent in range(101)} | {point.percent for point in vehicle.dc_curve})
    for low, high in pairwise(marks):
        energy = min(vehicle.kwh_at(high), ends) - max(vehicle.kwh_at(low), begins)
        if energy > 0:
            yield Stretch(energy, min(connector_kw, vehicle.dc_power_at((low + high) / 2)))


def _joined(stretches: Iterator[Stretch]) -> Iterator[Stretch]:
    """Join neighbors of one power: where the connector is the limit, a charge has few stretches."""
    current: Stretch | None = None
    for each in stretches:
        if current is not None and current.power_kw == each.power_kw:
            current = Stretch(current.energy_kwh + each.energy_kwh, each.power_kw)
            continue
        if current is not None:
            yield current
        current = each
    if current is not None:
        yield current


def _duration(seconds: Decimal) -> timedelta:
    """Return exact seconds as a duration, to the nearest microsecond: as fine as a time stamp gets."""
    return timedelta(microseconds=int(seconds.scaleb(6).quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def _positive(number: Decimal) -> bool:
    return number.is_finite() and number > 0


def _not_negative(number: Decimal) -> bool:
    return number.is_finite() and number >= 0
