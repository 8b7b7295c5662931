"""The price before the start: what it costs per unit, what a charge like this would cost, and what will be held.

Components come in the order that the law names: kWh, minute, session, other (AFIR Art. 5). An unknown price is None
with a reason, never zero, and needs the driver's explicit agreement at the start.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, NotFound
from api.domain.ids import Prefix
from api.domain.pricing.hold import HoldSizing, size_hold
from api.domain.pricing.hold_rule import HoldRule
from api.domain.pricing.periods import Reading
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.retail_snapshot import retail_to_json
from api.domain.pricing.running import running_cost
from api.domain.pricing.snapshot import tariff_to_json
from api.domain.pricing.stay_cost import parking_steps
from api.domain.pricing.tariff import ComponentType, Tariff
from api.domain.roaming.location import Capability, EvseStatus
from api.models.charging import Quote
from api.models.driver import Driver
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.models.partner import Partner
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.charging.retail import parts_document
from api.services.prices.resolve import resolve_retail
from api.services.roaming.find import NOT_STARTABLE
from api.services.roaming.ladder import connector_of
from api.services.roaming.partners import PartnerStatus
from api.services.roaming.tariffs import tariff_for_connector

ORDER = (ComponentType.energy, ComponentType.time, ComponentType.flat, ComponentType.parking_time)
DEFAULT_CURRENCY = "EUR"
DEFAULT_POWER_W = 11_000


class UnknownConnector(NotFound):
    """No such connector, or it is gone."""


class NotStartable(Conflict):
    """The connector cannot be started from the app. Facts: ``reason``."""


async def quote_charge(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver: Driver,
    connector_public_id: str,
    visual_id: str | None,
    energy_kwh: Decimal | None,
) -> Quote:
    """Quote one connector for one driver; raises UnknownConnector, NotStartable."""
    connector, evse, location = await _place(db, connector_public_id)
    tariff = await tariff_for_connector(db, connector.key, now=now)
    retail = await _retail(db, ports.policy, now, location, tariff)
    energy = energy_kwh or ports.policy.assumed_energy_kwh
    seconds = charging_seconds(energy, connector)
    sizing = _hold(tariff, ports.policy, location, now, retail)
    price = _price(tariff, location, now, energy, seconds, retail)
    quote = Quote(
        id=ports.randomness.new_id(Prefix.QUOTE),
        driver_id=driver.id,
        connector_key=connector.key,
        visual_id=visual_id,
        currency=sizing.amount.currency,
        tariff=tariff_to_json(tariff) if tariff else None,
        retail=retail_to_json(retail),
        price=price | {"hold_reason": sizing.reason, "evse_status": evse.status},
        hold_minor=sizing.amount.minor,
        created_at=now,
        expires_at=now + ports.policy.quote_lifetime,
    )
    db.add(quote)
    return quote


async def retail_at_connector(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, connector_public_id: str
) -> RetailRule:
    """Return what our own rules would make of a charge that starts now, for staff; raises UnknownConnector."""
    query = (
        select(ConnectorRow, LocationRow)
        .join(EvseRow, col(EvseRow.key) == col(ConnectorRow.evse_key))
        .join(LocationRow, col(LocationRow.key) == col(EvseRow.location_key))
        .where(ConnectorRow.public_id == connector_public_id)
    )
    found = (await db.exec(query)).first()
    if found is None:
        raise UnknownConnector("unknown_connector")
    connector, location = found
    return await _retail(db, policy, now, location, await tariff_for_connector(db, connector.key, now=now))


async def _retail(
    db: AsyncSession, policy: ServicePolicy, now: datetime, location: LocationRow, tariff: Tariff | None
) -> RetailRule:
    """Return our rule for a charge under a tariff; without one only what is for any tariff can apply."""
    tariff_id, currency = (tariff.id, tariff.currency) if tariff else (None, DEFAULT_CURRENCY)
    return await resolve_retail(
        db=db, policy=policy, now=now, location=location, tariff_id=tariff_id, currency=currency
    )


def _hold(
    tariff: Tariff | None, policy: ServicePolicy, location: LocationRow, now: datetime, retail: RetailRule
) -> HoldSizing:
    """Return the amount to hold by rule, in the tariff's currency (CK10)."""
    return size_hold(
        rule=HoldRule(tariff.currency if tariff else DEFAULT_CURRENCY, policy.hold_default_minor),
        tariff=tariff,
        plan=None,
        idle_allowance_seconds=0,
        time_zone=location.time_zone,
        starts_at=now,
        retail=retail,
    )


async def _place(db: AsyncSession, connector_public_id: str) -> tuple[ConnectorRow, EvseRow, LocationRow]:
    """Return connector, EVSE and location, if a charge can be started there from the app."""
    query = select(ConnectorRow).where(ConnectorRow.public_id == connector_public_id)
    connector = (await db.exec(query)).first()
    if connector is None:
        raise UnknownConnector("unknown_connector")
    evse = await db.get_one(EvseRow, connector.evse_key)
    if evse.status == EvseStatus.REMOVED:
        raise UnknownConnector("unknown_connector")
    if Capability.REMOTE_START_STOP not in evse.capabilities:
        raise NotStartable("not_startable", reason="no_remote_start")
    if evse.status in NOT_STARTABLE:
        raise NotStartable("not_startable", reason=evse.status)
    location = await db.get_one(LocationRow, evse.location_key)
    partner = await db.get_one(Partner, location.partner_id)
    if not location.publish or partner.status != PartnerStatus.CONNECTED:
        raise NotStartable("not_startable", reason="operator_not_connected")
    return connector, evse, location


def charging_seconds(energy_kwh: Decimal, connector: ConnectorRow) -> int:
    """Return how long ``energy_kwh`` takes at the connector's full power, at least a minute."""
    watts = connector_of(connector).power_w or DEFAULT_POWER_W
    return max(60, int(energy_kwh * 1000 * 3600 / watts))


def _price(
    tariff: Tariff | None, location: LocationRow, now: datetime, energy: Decimal, seconds: int, retail: RetailRule
) -> dict[str, Any]:
    """Return the quote's price as shown: components, an estimate, and what staying plugged costs afterwards."""
    if tariff is None:
        return {"known": False, "reason": "operator_published_no_price", "components": [], "estimate": None}
    full_at = now + timedelta(seconds=seconds)
    readings = [Reading(now, energy * 0, charging=True), Reading(full_at, energy, charging=False)]
    cost = running_cost(readings, tariff, location.time_zone, full_at)
    estimate = driver_price(cost, retail, stay_seconds=seconds)
    steps = parking_steps(tariff, started_at=now, energy_kwh=energy, now=full_at, time_zone=location.time_zone)
    return {
        "known": True,
        "reason": None,
        "components": _components(tariff, retail),
        "estimate": {
            "energy_kwh": str(energy),
            "minutes": seconds // 60,
            "total_minor": estimate.total.minor,
            "net_minor": estimate.net.minor,
            "vat_minor": estimate.vat.minor if estimate.vat is not None else None,
            "currency": estimate.total.currency,
            "parts": parts_document(estimate.parts),
            "lines": msgspec.to_builtins(cost.lines),
        },
        "idle": msgspec.to_builtins(steps),
        "vat_percent": str(retail.vat_percent) if retail.vat_percent is not None else None,
    }


def _components(tariff: Tariff, retail: RetailRule) -> list[dict[str, Any]]:
    """Return every price component in the legal order, with the tax that applies (None: unknown)."""
    found = [
        {
            "type": component.type.value,
            "price": str(component.price),
            "currency": tariff.currency,
            "per": {"energy": "kWh", "flat": "session"}.get(component.type.value, "hour"),
            "step_size": component.step_size,
            "vat_percent": _text(component.vat if component.vat is not None else retail.vat_percent),
            "element": index,
            "restricted": element.restrictions is not None,
        }
        for index, element in enumerate(tariff.elements)
        for component in element.components
    ]
    return sorted(found, key=lambda line: (ORDER.index(ComponentType(line["type"])), line["element"]))


def _text(number: Decimal | None) -> str | None:
    """Return a number as text, keeping unknown unknown."""
    return None if number is None else str(number)
