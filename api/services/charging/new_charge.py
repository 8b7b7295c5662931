"""The row of a new charge, whoever began it: what was quoted, what was agreed to, and the place as it was then."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import ChargingState
from api.domain.finance.payer import Payer
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.charging import ChargingSession, Quote
from api.models.driver import Driver
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.ports import Ports
from api.services.charging.guidance import guidance_at_start
from api.services.charging.quote_place import Place
from api.services.charging.seen import keep_name, named_by
from api.services.charging.stored_state import state_document


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a charge begins: who charges where, for which price, and who promises how much of it."""

    driver: Driver
    quote: Quote
    place: Place
    hold: Money
    payer: Payer
    channel: str
    """How the driver came to us, as every charge keeps it (CK32)."""
    token_uid: str
    consent: dict[str, object]
    began_at: datetime | None = None
    """When it began where that was before we knew of it."""


async def new_charge(*, db: AsyncSession, ports: Ports, now: datetime, beginning: Beginning) -> ChargingSession:
    """Return a charge that begins, not stored yet, with a snapshot of place and price."""
    quote, place, location, evse = beginning.quote, beginning.place, beginning.place.location, beginning.place.evse
    state = ChargingState.new(beginning.hold)
    guidance = await guidance_at_start(db=db, now=now, driver=beginning.driver, evse=evse, location=location)
    charge = ChargingSession(
        id=ports.randomness.new_id(Prefix.CHARGING_SESSION),
        driver_id=beginning.driver.id,
        quote_id=quote.id,
        partner_id=location.partner_id,
        location_key=location.key,
        evse_key=evse.key,
        connector_key=place.connector.key,
        location_id=location.id,
        evse_uid=evse.uid,
        connector_id=place.connector.id,
        country_code=location.country_code,
        party_id=location.party_id,
        **_computed_with(quote, place),
        place=_seen(location, evse, place.connector, quote),
        guidance=guidance,
        token_uid=beginning.token_uid,
        tariff=quote.tariff,
        retail=quote.retail,
        currency=quote.currency,
        auth_channel=beginning.channel,
        payer_type=beginning.payer,
        hold_minor=beginning.hold.minor,
        consent=beginning.consent,
        status=state.status,
        hold_status=state.hold,
        metering=state.metering,
        state=state_document(state),
        kwh=ports.policy.assumed_energy_kwh * 0,
        charging_at=beginning.began_at,
        created_at=beginning.began_at or now,
        updated_at=now,
    )
    return keep_name(charge)


def _computed_with(quote: Quote, place: Place) -> dict[str, Any]:
    """Return what a price is computed with beside its tariff: as it was quoted, or as it is for quotes of before."""
    return {
        "time_zone": quote.price.get("time_zone") or place.location.time_zone,
        "parking_reading": quote.price.get("parking_reading") or place.parking,
    }


def _seen(location: LocationRow, evse: EvseRow, connector: ConnectorRow, quote: Quote) -> dict[str, object]:
    """Return what the driver saw of the place, kept for receipts and disputes whatever the partner changes later."""
    return {
        "name": location.name or location.address,
        "address": location.address,
        "city": location.city,
        "country": location.country,
        "evse_id": evse.evse_id,
        **named_by(quote.visual_id, evse),
        "physical_reference": evse.physical_reference,
        "connector": connector.standard,
        "power_type": connector.power_type,
        "max_power_w": connector.max_electric_power_w,
        "operator": {
            "name": location.operator_name,
            "web": location.operator_website,
            "phone": location.help_phone,
        },
    }
