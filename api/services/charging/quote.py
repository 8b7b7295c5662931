"""The price before the start: what it costs per unit, what a charge like this would cost, and what will be held.

An unknown price is None with a reason, never zero, and needs the driver's explicit agreement at the start; nothing is
promised then. What the price consists of is in ``quote_price``, the charge that it estimates in ``quote_plan``.
"""

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import PartyId, Prefix
from api.domain.money import Money
from api.domain.pricing.hold import MARGIN_PERCENT, HoldSizing, size_hold
from api.domain.pricing.hold_rule import HoldRule, hold_rule
from api.domain.pricing.retail import RetailRule
from api.domain.pricing.retail_snapshot import retail_to_json
from api.domain.pricing.snapshot import tariff_to_json
from api.domain.pricing.tariff import Tariff
from api.models.charging import Quote
from api.models.driver import Driver
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.charging.guidance import start_sequence_at
from api.services.charging.network_gate import place_for_driver
from api.services.charging.quote_place import Place, offer_at
from api.services.charging.quote_plan import Basis, ChargeWish, PlannedCharge, planned_charge
from api.services.charging.quote_price import quoted_price
from api.services.charging.standing_hold import HoldOffer, StandingHold, reusable_hold

NO_WISH = ChargeWish()
ESTIMATED = "estimate"


async def quote_charge(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver: Driver,
    connector_public_id: str,
    visual_id: str | None,
    wish: ChargeWish = NO_WISH,
) -> Quote:
    """Quote one connector for one driver, and the charge that they wish for.

    Raises what ``place_for_driver`` does, UnknownVehicleModel, VehicleInvalid, DriverCapTooLow, NoHoldForCurrency.
    """
    place = await place_for_driver(db=db, now=now, driver=driver, connector_public_id=connector_public_id)
    return await quote_at(db=db, ports=ports, now=now, driver=driver, place=place, visual_id=visual_id, wish=wish)


async def quote_at(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver: Driver,
    place: Place,
    visual_id: str | None = None,
    wish: ChargeWish = NO_WISH,
    began_at: datetime | None = None,
) -> Quote:
    """Price a charge at a place where it may begin, or where a pass began it at ``began_at``: there is one way.

    What began already takes over no hold. Raises what ``quote_charge`` raises once the place is known.
    """
    zone, at = place.location.time_zone, began_at or now
    found, currency, retail = await offer_at(db=db, policy=ports.policy, now=at, place=place)
    planned = await planned_charge(db=db, policy=ports.policy, connector=place.connector, wish=wish)
    price = quoted_price(tariff=found, retail=retail, planned=planned, time_zone=zone, starts_at=at)
    tariff = found if price["known"] else None  # a price in words only promises nothing that anybody could compute
    rule, cap = rule_of(ports.policy, place, currency), wish.hold_cap(currency)
    sizing = _hold(rule, tariff, retail, planned if price["estimate"] else None, cap, zone, at)
    offer = HoldOffer(driver, place.location, sizing.amount, cap)
    standing = None if began_at else await reusable_hold(db=db, policy=ports.policy, now=now, offer=offer)
    shown = {"hold": _hold_document(sizing, cap, standing)} | await _seen(db, place)
    quote = Quote(
        id=ports.randomness.new_id(Prefix.QUOTE),
        driver_id=driver.id,
        connector_key=place.connector.key,
        visual_id=visual_id,
        currency=currency,
        tariff=tariff_to_json(tariff) if tariff else None,
        retail=retail_to_json(retail),
        price=price | shown | _promised_with(place) | {"wish": wish.document()},
        hold_minor=(standing.amount if standing else sizing.amount).minor,
        created_at=now,
        expires_at=now + ports.policy.quote_lifetime,
    )
    db.add(quote)
    return quote


def _reused(standing: StandingHold | None) -> dict[str, Any] | None:
    """Return which hold the start would take over, as it is kept with the quote: the driver agrees to exactly that."""
    if standing is None:
        return None
    return {
        "hold_id": standing.hold_id,
        "charging_session_id": standing.charging_session_id,
        "placed_at": standing.placed_at.isoformat(),
        "until": standing.until.isoformat(),
    }


async def _seen(db: AsyncSession, place: Place) -> dict[str, Any]:
    """Return what the driver is told of the post: its status, and what comes first there, cable or start."""
    sequence = await start_sequence_at(db=db, location=place.location)
    return {"evse_status": place.evse.status, "start_sequence": sequence}


def _promised_with(place: Place) -> dict[str, str]:
    """Return what a price is computed with beside its tariff, and stays so, whatever the partner changes later."""
    return {"time_zone": place.location.time_zone, "parking_reading": place.parking.value}


def rule_of(policy: ServicePolicy, place: Place, currency: str) -> HoldRule:
    """Return the rule of the installation for a hold at this charger (CK10); raises NoHoldForCurrency."""
    return hold_rule(
        currency,
        evse_id=place.evse.evse_id,
        party=PartyId(place.location.country_code, place.location.party_id),
        by_evse=policy.hold_by_evse,
        by_party=policy.hold_by_party,
        defaults=policy.hold_defaults,
    )


def _hold(
    rule: HoldRule,
    tariff: Tariff | None,
    retail: RetailRule,
    planned: PlannedCharge | None,
    cap: Money | None,
    time_zone: str,
    now: datetime,
) -> HoldSizing:
    """Size the hold by the estimate where the driver named a car or energy; a usual charge may be too small a guess."""
    named = planned if planned is not None and planned.basis is not Basis.ASSUMED else None
    return size_hold(
        rule=rule,
        tariff=tariff,
        plan=None if named is None else named.plan,
        idle_allowance_seconds=0 if named is None else int(named.idle.total_seconds()),
        time_zone=time_zone,
        starts_at=now,
        retail=retail,
        driver_cap=cap,
    )


def _hold_document(sizing: HoldSizing, cap: Money | None, standing: StandingHold | None) -> dict[str, Any]:
    """Return why so much is held, and which hold is reused for it."""
    return {
        "reason": sizing.reason,
        "estimate_minor": None if sizing.estimate is None else sizing.estimate.minor,
        "margin_percent": str(MARGIN_PERCENT) if sizing.reason == ESTIMATED else None,
        "cap_minor": None if cap is None else cap.minor,
        "reuses_hold": _reused(standing),
    }
