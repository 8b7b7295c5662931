"""The charge that a quote estimates: what the driver told of it, and what that comes to at one connector."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.money import Money
from api.domain.pricing.breakdown import Note
from api.domain.pricing.vehicle import HUNDRED, TARGET_REACHED, ZERO, ChargingPlan, charging_plan
from api.models.location import ConnectorRow
from api.ports.policy import ServicePolicy
from api.services.drivers.vehicles import vehicle_model
from api.services.roaming.ladder import connector_of

DC = "dc"
ASSUMED_AC_W, ASSUMED_DC_W = 11_000, 50_000
"""What a connector gives whose operator does not tell."""
_PHASES = {"ac_1_phase": 1, "ac_2_phase": 2, "ac_2_phase_split": 2, "ac_3_phase": 3}
_WATTS_PER_KW = 1000


@dataclass(frozen=True, slots=True)
class ChargeWish:
    """What the driver tells of the charge to come; all of it may be left out.

    A car is charged from ``from_percent`` to ``to_percent`` of its battery, or by ``energy_kwh`` if that comes first,
    and stays plugged in for ``idle_minutes``. At most ``hold_cap_minor`` may be held, in the quote's currency.
    """

    energy_kwh: Decimal | None = None
    vehicle_model_id: str | None = None
    from_percent: Decimal = ZERO
    to_percent: Decimal = HUNDRED
    idle_minutes: int = 0
    hold_cap_minor: int | None = None

    def hold_cap(self, currency: str) -> Money | None:
        """Return the most that the driver wants held, in the currency of the charge."""
        return None if self.hold_cap_minor is None else Money(self.hold_cap_minor, currency)

    def document(self) -> dict[str, Any]:
        """Return the wish as it is kept with its quote; ``wish_of`` reads it."""
        numbers = {"energy_kwh": self.energy_kwh, "from_percent": self.from_percent, "to_percent": self.to_percent}
        exact = {name: None if number is None else str(number) for name, number in numbers.items()}
        return exact | {
            "vehicle_model_id": self.vehicle_model_id,
            "idle_minutes": self.idle_minutes,
            "hold_cap_minor": self.hold_cap_minor,
        }


def wish_of(price: Mapping[str, Any]) -> ChargeWish:
    """Return what the driver told for a quote, from its stored price; quotes of before did not keep it."""
    kept = price.get("wish")
    if kept is None:
        return ChargeWish()
    return ChargeWish(
        energy_kwh=None if kept["energy_kwh"] is None else Decimal(kept["energy_kwh"]),
        vehicle_model_id=kept["vehicle_model_id"],
        from_percent=Decimal(kept["from_percent"]),
        to_percent=Decimal(kept["to_percent"]),
        idle_minutes=kept["idle_minutes"],
        hold_cap_minor=kept["hold_cap_minor"],
    )


class Basis(StrEnum):
    """What an estimate stands on: the driver's car, the energy that they named, or only a usual charge."""

    VEHICLE = "vehicle"
    ENERGY = "energy"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Battery:
    """The battery of a car that the driver named, and how full they said it is."""

    from_percent: Decimal
    usable_kwh: Decimal


@dataclass(frozen=True, slots=True)
class PlannedCharge:
    """A plan, what it stands on, how long the car stays afterwards, and what to know of it."""

    plan: ChargingPlan
    basis: Basis
    idle: timedelta
    notes: tuple[Note, ...]
    battery: Battery | None = None


async def planned_charge(
    *, db: AsyncSession, policy: ServicePolicy, connector: ConnectorRow, wish: ChargeWish
) -> PlannedCharge:
    """Plan the charge that a driver wishes for; raises UnknownVehicleModel, VehicleInvalid."""
    vehicle, basis, energy_kwh = None, Basis.ENERGY, wish.energy_kwh
    if wish.vehicle_model_id is not None:
        vehicle, basis = await vehicle_model(db=db, vehicle_model_id=wish.vehicle_model_id), Basis.VEHICLE
    elif energy_kwh is None:
        basis, energy_kwh = Basis.ASSUMED, policy.assumed_energy_kwh
    is_dc = connector.power_type == DC
    stated_w = connector_of(connector).power_w
    power_kw = Decimal(stated_w or (ASSUMED_DC_W if is_dc else ASSUMED_AC_W)) / _WATTS_PER_KW
    plan = charging_plan(
        vehicle,
        connector_power_kw=power_kw,
        connector_is_dc=is_dc,
        connector_phases=_PHASES.get(connector.power_type),
        from_percent=wish.from_percent,
        to_percent=wish.to_percent,
        energy_kwh=energy_kwh,
    )
    notes = [] if stated_w else [Note("connector_power_assumed", {"power_w": int(power_kw * _WATTS_PER_KW)})]
    if plan.reason == TARGET_REACHED:
        notes.append(Note(TARGET_REACHED, {"asked_kwh": str(energy_kwh), "energy_kwh": f"{plan.energy_kwh:f}"}))
    told = vehicle is not None and wish.from_percent > 0  # nothing said is no statement that it is empty
    battery = Battery(wish.from_percent, vehicle.usable_kwh) if vehicle is not None and told else None
    return PlannedCharge(plan, basis, timedelta(minutes=wish.idle_minutes), tuple(notes), battery)
