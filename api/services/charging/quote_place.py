"""Where a quote is for: the connector with its EVSE and location, if a charge can be started there from the app."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.currency import currency_of
from api.domain.errors import Conflict
from api.domain.ids import PartyId
from api.domain.pricing.periods import ParkingReading
from api.domain.pricing.retail import RetailRule
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.location import Capability, EvseStatus
from api.domain.roaming.partner import parking_reading_of
from api.domain.roaming.ways import LIVE, MAINTENANCE
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.models.partner import Partner
from api.ports.policy import ServicePolicy
from api.services.prices.resolve import resolve_retail
from api.services.roaming.client_info import party_away
from api.services.roaming.find import NOT_STARTABLE, UnknownConnector
from api.services.roaming.network_terms import terms_of_owner
from api.services.roaming.partners import PartnerStatus
from api.services.roaming.planned_work import works_at
from api.services.roaming.tariffs import tariff_for_connector


class NotStartable(Conflict):
    """The connector cannot be started from the app. Facts: ``reason``; of planned work also ``until``."""

    location_key: str | None = None
    """Where, as far as that is known."""

    @classmethod
    def at(cls, location: LocationRow, reason: str, **facts: object) -> "NotStartable":
        """Return the refusal of a start at a location."""
        refusal = cls("not_startable", reason=reason, **facts)
        refusal.location_key = location.key
        return refusal


@dataclass(frozen=True, slots=True)
class Place:
    """A connector and what it belongs to, and what its partner means by PARKING_TIME."""

    connector: ConnectorRow
    evse: EvseRow
    location: LocationRow
    parking: ParkingReading = ParkingReading.not_requesting_power


async def startable_place(*, db: AsyncSession, now: datetime, connector_public_id: str) -> Place:
    """Return the place of a connector; raises UnknownConnector, NotStartable."""
    place = await _place(db, connector_public_id)
    if place.evse.status == EvseStatus.REMOVED:
        raise UnknownConnector("unknown_connector")
    if Capability.REMOTE_START_STOP not in place.evse.capabilities:
        raise NotStartable.at(place.location, "no_remote_start")
    if place.evse.status in NOT_STARTABLE:
        raise NotStartable.at(place.location, place.evse.status)
    partner = await db.get_one(Partner, place.location.partner_id)
    if not place.location.publish or partner.status != PartnerStatus.CONNECTED:
        raise NotStartable.at(place.location, "operator_not_connected")
    await refuse_during_work(db=db, now=now, location=place.location)
    owner = PartyId(place.location.country_code, place.location.party_id)
    await refuse_by_agreement(db=db, location=place.location)
    if (away := await party_away(db, partner.id, owner)) is not None:
        raise NotStartable.at(place.location, f"operator_{away}")
    return replace(place, parking=parking_reading_of(partner.version, partner.parking_reading))


async def told_place(
    *, db: AsyncSession, partner: Partner, location_key: str, evse_key: str, connector_key: str
) -> Place | None:
    """Return the place that a partner says somebody charges at, whatever else it says of it; None: we do not hold it.

    A connector that we do not know is taken for the first of its EVSE, which charges one car at a time.
    """
    location, evse = await db.get(LocationRow, location_key), await db.get(EvseRow, evse_key)
    query = select(ConnectorRow).where(ConnectorRow.evse_key == evse_key).order_by(col(ConnectorRow.key))
    connectors = {row.key: row for row in await db.exec(query)}
    if location is None or evse is None or not connectors:
        return None
    connector = connectors.get(connector_key) or next(iter(connectors.values()))
    return Place(connector, evse, location, parking_reading_of(partner.version, partner.parking_reading))


async def refuse_by_agreement(*, db: AsyncSession, location: LocationRow) -> None:
    """Raise NotStartable where what we agreed with the location's network lets nobody start by app."""
    terms = await terms_of_owner(db, location.country_code, location.party_id)
    if terms.state != LIVE:
        raise NotStartable.at(location, "network_not_live", state=terms.state)
    if not terms.app_charging:
        raise NotStartable.at(location, "network_without_app_charging")


async def refuse_during_work(*, db: AsyncSession, now: datetime, location: LocationRow) -> None:
    """Raise NotStartable while planned work runs on a location or on its partner's connection (CN24)."""
    work = (await works_at(db, now, [location])).get(location.key)
    if work is not None:
        raise NotStartable.at(location, MAINTENANCE, until=work.ends_at, maintenance_id=f"MNT-{work.id}")


async def offer_at(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, place: Place
) -> tuple[Tariff | None, str, RetailRule]:
    """Return the operator's tariff of a charge that starts now, its currency, and our rule for it.

    Without a tariff the currency is the one of the location's country, in which the bill will most probably come, and
    only a rule that is for any tariff can count.
    """
    tariff = await tariff_for_connector(db, place.connector.key, now=now)
    tariff_id, currency = (tariff.id, tariff.currency) if tariff else (None, currency_of(place.location.country))
    retail = await resolve_retail(
        db=db, policy=policy, now=now, location=place.location, tariff_id=tariff_id, currency=currency
    )
    return tariff, currency, retail


async def retail_at_connector(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, connector_public_id: str
) -> RetailRule:
    """Return what our own rules would make of a charge that starts now, for staff; raises UnknownConnector."""
    _, _, retail = await offer_at(db=db, policy=policy, now=now, place=await _place(db, connector_public_id))
    return retail


async def _place(db: AsyncSession, connector_public_id: str) -> Place:
    query = (
        select(ConnectorRow, EvseRow, LocationRow)
        .join(EvseRow, col(EvseRow.key) == col(ConnectorRow.evse_key))
        .join(LocationRow, col(LocationRow.key) == col(EvseRow.location_key))
        .where(ConnectorRow.public_id == connector_public_id)
    )
    found = (await db.exec(query)).first()
    if found is None:
        raise UnknownConnector("unknown_connector")
    return Place(*found)
