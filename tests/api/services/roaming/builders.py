"""Partners, charges and partners' objects for tests of the roaming room: valid by default, one override per test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import PartyId
from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import ComponentType, DimensionType, PriceComponent, Tariff, TariffElement
from api.domain.roaming.cdr import Cdr, CdrLocation
from api.domain.roaming.location import BusinessDetails, Connector, Evse, EvseStatus, Location
from api.domain.roaming.partner import Endpoint, InterfaceRole, MarketRole, PartyRole
from api.domain.roaming.session import Price, Session, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from api.models.charging import ChargingSession, Quote
from api.models.driver import Driver
from api.models.partner import Partner
from api.services.roaming.documents import write_endpoints, write_roles
from api.services.roaming.partners import PartnerStatus
from api.services.roaming.sealing import digest, seal
from api.services.roaming.tokens import issue_start_token
from tests.fakes import START, fake_policy, fake_ports

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OUR_TOKEN = "our-token-for-the-partner-0123456789"
UID = "UIDA1"
THEIR_TOKEN = "their-token-for-us"


def at(minutes: float) -> datetime:
    """Return the moment some minutes after the beginning of every story."""
    return T0 + timedelta(minutes=minutes)


async def a_partner(db: AsyncSession, *, partner_id: str = "prt_1", token: str = OUR_TOKEN, **fields: Any) -> Partner:
    """Store and return a connected CPO that is DE-CPO."""
    party = fields.pop("party", PartyId("DE", "CPO"))
    values: dict[str, Any] = {
        "name": "A charge point operator",
        "status": PartnerStatus.CONNECTED.value,
        "versions_url": f"https://{partner_id}.test/ocpi/versions",
        "version": "2.2.1",
        "our_token_hash": digest(token),
        "their_token_sealed": seal(fake_policy().sealing_key, THEIR_TOKEN, owner=partner_id),
        "country_code": party.country_code,
        "party_id": party.party_id,
        "roles": write_roles([PartyRole(MarketRole.CPO, party, "A charge point operator")]),
        "endpoints": write_endpoints([Endpoint("commands", InterfaceRole.RECEIVER, "https://cpo.test/commands")]),
        "created_at": START,
    }
    partner = Partner(id=partner_id, **(values | fields))
    db.add(partner)
    await db.flush()
    return partner


async def partner_of(db: AsyncSession, partner_id: str = "prt_1") -> Partner:
    """Return a stored partner."""
    return await db.get_one(Partner, partner_id)


async def a_driver(db: AsyncSession, driver_id: str = "drv_1") -> Driver:
    """Store and return a driver."""
    driver = Driver(
        id=driver_id,
        email=f"{driver_id}@example.test",
        name="Robin Example",
        password_hash="not-a-hash",
        contract_id=f"DE-CHH-{driver_id}",
        created_at=START,
    )
    db.add(driver)
    await db.flush()
    return driver


_AT_THE_PLACE: dict[str, Any] = {
    "location_id": "LOC1",
    "evse_uid": "EVSE1",
    "connector_id": "1",
    "country_code": "DE",
    "party_id": "CPO",
    "time_zone": "Europe/Berlin",
    "place": {},
    "consent": {},
    "state": {},
    "currency": "EUR",
    "hold_minor": 5000,
    "status": "starting",
    "hold_status": "placed",
    "metering": "pending",
    "kwh": Decimal(0),
    "created_at": START,
    "updated_at": START,
}


async def a_charge(
    db: AsyncSession, partner: Partner, *, charge_id: str = "chs_1", token_uid: str = UID, **fields: Any
) -> ChargingSession:
    """Store and return a charge with its quote, driver and start token."""
    driver = await a_driver(db, f"drv_{charge_id}")
    quote = await _a_quote(db, driver, f"quo_{charge_id}")
    values = _AT_THE_PLACE | fields | {"location_key": fields.get("location_key", f"{charge_id}/location")}
    values |= {name: fields.get(name, f"{charge_id}/{name}") for name in ("evse_key", "connector_key")}
    charge = ChargingSession(
        id=charge_id,
        driver_id=driver.id,
        quote_id=quote.id,
        partner_id=partner.id,
        token_uid=token_uid,
        **values,
    )
    db.add(charge)
    await db.flush()
    issue_start_token(db=db, ports=fake_ports(), now=START, driver=driver, charging_session_id=charge_id, uid=token_uid)
    await db.flush()
    return charge


async def _a_quote(db: AsyncSession, driver: Driver, quote_id: str) -> Quote:
    """Store and return a quote."""
    quote = Quote(
        id=quote_id,
        driver_id=driver.id,
        connector_key="key",
        currency="EUR",
        price={},
        hold_minor=5000,
        created_at=START,
        expires_at=START,
    )
    db.add(quote)
    await db.flush()
    return quote


def a_period(minutes: float, kwh: str) -> ChargingPeriod:
    """Return a charging period that begins some minutes into the story."""
    return ChargingPeriod(at(minutes), (Dimension(DimensionType.energy, Decimal(kwh)),))


def a_session(**fields: Any) -> Session:
    """Return an active session of the token UIDA1."""
    session = Session(
        country_code="DE",
        party_id="CPO",
        id="SES1",
        starts_at=at(0),
        kwh=Decimal("1.5"),
        cdr_token=CdrToken("UIDA1", TokenType.APP_USER, "DE-CHH-C1"),
        location_id="LOC1",
        evse_uid="EVSE1",
        connector_id="1",
        currency="EUR",
        status=SessionStatus.ACTIVE,
        last_updated=at(1),
        authorization_reference=None,
        total_cost=Price(Decimal("0.59")),
        charging_periods=(a_period(0, "1.5"),),
    )
    return replace(session, **fields)


def a_cdr(**fields: Any) -> Cdr:
    """Return a CDR of the token UIDA1."""
    cdr = Cdr(
        country_code="DE",
        party_id="CPO",
        id="CDR1",
        starts_at=at(0),
        ended_at=at(60),
        cdr_token=CdrToken("UIDA1", TokenType.APP_USER, "DE-CHH-C1"),
        location=CdrLocation("LOC1", "Street 1", "Town", "DEU", "EVSE1", "DE*CPO*E1", "1"),
        currency="EUR",
        charging_periods=(a_period(0, "20"),),
        total_cost=Price(Decimal("7.80"), Decimal("9.28")),
        total_energy_kwh=Decimal(20),
        total_time_hours=Decimal(1),
        last_updated=at(61),
    )
    return replace(cdr, **fields)


def a_connector(connector_id: str = "1", **fields: Any) -> Connector:
    """Return a Type 2 connector with the tariff T1."""
    connector = Connector(
        id=connector_id,
        standard="iec_62196_t2",
        format="socket",
        power_type="ac_3_phase",
        last_updated=at(0),
        max_voltage=230,
        max_amperage=32,
        tariff_ids=("T1",),
    )
    return replace(connector, **fields)


def an_evse(uid: str = "EVSE1", **fields: Any) -> Evse:
    """Return a free EVSE with one connector."""
    evse = Evse(
        uid=uid,
        status=EvseStatus.AVAILABLE,
        last_updated=at(0),
        evse_id="DE*CPO*E001",
        capabilities=frozenset({"remote_start_stop_capable"}),
        connectors=(a_connector(),),
    )
    return replace(evse, **fields)


def a_location(**fields: Any) -> Location:
    """Return a location with one EVSE."""
    location = Location(
        country_code="DE",
        party_id="CPO",
        id="LOC1",
        address="Street 1",
        city="Town",
        country="DEU",
        latitude=Decimal("48.5"),
        longitude=Decimal("9.25"),
        time_zone="Europe/Berlin",
        last_updated=at(0),
        operator=BusinessDetails("A charge point operator"),
        evses=(an_evse(),),
    )
    return replace(location, **fields)


def a_tariff(**fields: Any) -> Tariff:
    """Return a tariff of 0.39 EUR per kWh."""
    component = PriceComponent(ComponentType.energy, Decimal("0.39"), 1, Decimal(19))
    tariff = Tariff(
        id="T1",
        currency="EUR",
        elements=(TariffElement((component,)),),
        country_code="DE",
        party_id="CPO",
        last_updated=at(0),
    )
    return replace(tariff, **fields)
