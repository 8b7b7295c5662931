"""What tests of charges stand on: valid by default, one override per test, and charges built through the real services.

Everything is put on a ``Bench`` (``tests/bench.py``). Partners' objects without a charge behind them are in
``tests/api/services/roaming/builders.py``.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from api.domain.ids import PartyId
from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import ComponentType, DimensionType, PriceComponent, Tariff, TariffElement
from api.domain.roaming.cdr import Cdr, CdrLocation
from api.domain.roaming.location import BusinessDetails, Connector, Evse, EvseStatus, Location
from api.domain.roaming.partner import Endpoint, InterfaceRole, MarketRole, PartyRole
from api.domain.roaming.session import Price, Session, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.partner import Partner
from api.services.charging.observe import observe_cdr, observe_session
from api.services.roaming.cdrs import StoredCdr
from api.services.roaming.documents import write_endpoints, write_roles
from api.services.roaming.keys import child_key, connector_public_id, object_key
from api.services.roaming.locations import store_location
from api.services.roaming.partners import PartnerStatus
from api.services.roaming.sealing import digest, seal
from api.services.roaming.tariffs import store_tariff
from tests.bench import Bench
from tests.fakes import START

PARTY = PartyId("DE", "CPO")
CARD = "pm_card_visa"


def after(minutes: float) -> datetime:
    """Return the moment some minutes after the beginning of every story."""
    return START + timedelta(minutes=minutes)


# --- who and where ----------------------------------------------------------------------------------------------------


async def a_partner(bench: Bench, *, partner_id: str = "prt_1", party: PartyId = PARTY, **fields: Any) -> Partner:
    """Store and return a connected CPO, unless it is there already."""
    values: dict[str, Any] = {
        "name": "A charge point operator",
        "status": PartnerStatus.CONNECTED.value,
        "versions_url": "https://cpo.test/ocpi/versions",
        "version": "2.2.1",
        "our_token_hash": digest(f"token of {partner_id}"),
        "their_token_sealed": seal(bench.ports.policy.sealing_key, "their-token", owner=partner_id),
        "country_code": party.country_code,
        "party_id": party.party_id,
        "roles": write_roles([PartyRole(MarketRole.CPO, party, "A charge point operator")]),
        "endpoints": write_endpoints([Endpoint("commands", InterfaceRole.RECEIVER, "https://cpo.test/commands")]),
        "created_at": START,
    }
    partner: Partner | None = bench.kept.get(partner_id)
    if partner is None:
        async with bench.work() as db:
            partner = bench.kept[partner_id] = Partner(id=partner_id, **(values | fields))
            db.add(partner)
    return partner


async def a_driver(bench: Bench, *, driver_id: str = "drv_1", **fields: Any) -> Driver:
    """Store and return a driver with a saved card, unless they are there already."""
    values: dict[str, Any] = {
        "email": f"{driver_id}@example.test",
        "name": "Robin Example",
        "password_hash": "not-a-hash",
        "contract_id": f"DE-CHH-{driver_id}",
        "processor_customer_id": f"cus_{driver_id}",
        "payment_method_id": CARD,
        "created_at": START,
    }
    driver: Driver | None = bench.kept.get(driver_id)
    if driver is None:
        async with bench.work() as db:
            driver = bench.kept[driver_id] = Driver(id=driver_id, **(values | fields))
            db.add(driver)
    return driver


def a_tariff(
    *, kwh: str = "0.39", hour: str | None = None, idle_hour: str | None = None, flat: str | None = None, **fields: Any
) -> Tariff:
    """Return a tariff by the kWh, by the hour of charging or parking and by the session if given; tax is not stated."""
    prices = {ComponentType.energy: kwh, ComponentType.time: hour, ComponentType.parking_time: idle_hour}
    prices[ComponentType.flat] = flat
    components = tuple(PriceComponent(kind, Decimal(price), 1) for kind, price in prices.items() if price)
    values: dict[str, Any] = {"id": "T1", "currency": "EUR", "elements": (TariffElement(components),)}
    values |= {"country_code": "DE", "party_id": "CPO", "last_updated": START}
    return Tariff(**(values | fields))


def an_evse(uid: str = "EVSE1", **fields: Any) -> Evse:
    """Return a free EVSE that can be started from the app, with one connector of tariff T1."""
    connector = Connector("1", "iec_62196_t2", "socket", "ac_3_phase", START, 230, 32, 22_000, ("T1",))
    evse = Evse(
        uid=uid,
        status=EvseStatus.AVAILABLE,
        last_updated=START,
        evse_id=f"DE*CPO*{uid}",
        capabilities=frozenset({"remote_start_stop_capable"}),
        connectors=(connector,),
    )
    return replace(evse, **fields)


async def a_location(
    bench: Bench, *, location_id: str = "LOC1", evses: Iterable[Evse] | None = None, **fields: Any
) -> str:
    """Store a location with its tariff at the default partner; return the public id of its first connector."""
    partner = await a_partner(bench)
    tariff = fields.pop("tariff", a_tariff())
    ladder = tuple(evses) if evses is not None else (an_evse(),)
    location = Location(
        country_code="DE",
        party_id="CPO",
        id=location_id,
        address="Street 1",
        city="Town",
        country="DEU",
        latitude=Decimal("48.5"),
        longitude=Decimal("9.25"),
        time_zone="Europe/Berlin",
        last_updated=START,
        operator=BusinessDetails("A charge point operator"),
        evses=ladder,
    )
    async with bench.work() as db:
        if tariff is not None:
            await store_tariff(db=db, now=START, partner=partner, tariff=tariff, raw="{}")
        await store_location(db=db, now=START, partner=partner, location=replace(location, **fields))
    return connector_of(location_id, ladder[0].uid)


def evse_key(location_id: str = "LOC1", uid: str = "EVSE1") -> str:
    """Return the key of an EVSE of the default partner."""
    return child_key(object_key("prt_1", "DE", "CPO", location_id), uid)


def connector_of(location_id: str = "LOC1", uid: str = "EVSE1") -> str:
    """Return the public id of an EVSE's one connector."""
    return connector_public_id(child_key(evse_key(location_id, uid), "1"))


# --- what partners send -----------------------------------------------------------------------------------------------


def a_period(
    minutes: float, *, kwh: str | None = None, hours: str | None = None, idle: str | None = None
) -> ChargingPeriod:
    """Return a charging period that begins some minutes into the story; ``idle`` are hours of parking."""
    volumes = {DimensionType.energy: kwh, DimensionType.time: hours, DimensionType.parking_time: idle}
    dimensions = tuple(Dimension(kind, Decimal(volume)) for kind, volume in volumes.items() if volume is not None)
    return ChargingPeriod(after(minutes), dimensions)


def a_session(charge: ChargingSession, **fields: Any) -> Session:
    """Return the partner's session of a charge, one minute old and 1.5 kWh in."""
    session = Session(
        country_code="DE",
        party_id="CPO",
        id="SES1",
        starts_at=after(0),
        kwh=Decimal("1.5"),
        cdr_token=CdrToken(charge.token_uid, TokenType.APP_USER, "DE-CHH-drv_1"),
        location_id=charge.location_id,
        evse_uid=charge.evse_uid,
        connector_id=charge.connector_id,
        currency="EUR",
        status=SessionStatus.ACTIVE,
        last_updated=after(1),
        authorization_reference=charge.id,
        charging_periods=(a_period(0, kwh="1.5", hours="0.01"),),
    )
    return replace(session, **fields)


T1_PER_KWH = Decimal("0.39")


def a_cdr(charge: ChargingSession, *, cost: str = "7.80", taxed: str | None = None, **fields: Any) -> Cdr:
    """Return a CDR of a charge: an hour of as many kWh as ``cost`` buys under tariff T1, 20 unless told.

    Its tax is not stated unless ``taxed`` is.
    """
    energy = abs(Decimal(cost)) / T1_PER_KWH
    cdr = Cdr(
        country_code="DE",
        party_id="CPO",
        id="CDR1",
        starts_at=after(0),
        ended_at=after(60),
        cdr_token=CdrToken(charge.token_uid, TokenType.APP_USER, "DE-CHH-drv_1"),
        location=CdrLocation("LOC1", "Street 1", "Town", "DEU", "EVSE1", "DE*CPO*EVSE1", "1"),
        currency="EUR",
        charging_periods=(a_period(0, kwh=str(energy), hours="1"),),
        total_cost=Price(Decimal(cost), None if taxed is None else Decimal(taxed)),
        total_energy_kwh=energy,
        total_time_hours=Decimal(1),
        last_updated=after(61),
        session_id="SES1",
    )
    return replace(cdr, **fields)


async def push_session(bench: Bench, session: Session) -> None:
    """Let the default partner PUT a session."""
    partner = await a_partner(bench)
    async with bench.work() as db:
        now = bench.clock.now()
        await observe_session(db=db, ports=bench.ports, now=now, partner=partner, session=session, raw="{}")


async def push_cdr(bench: Bench, cdr: Cdr, *, raw: str | None = None) -> StoredCdr:
    """Let the default partner POST a CDR; what it says is what tells it from another with its id."""
    partner = await a_partner(bench)
    async with bench.work() as db:
        now = bench.clock.now()
        said = raw or f'{{"id": "{cdr.id}", "total_cost": "{cdr.total_cost.before_taxes}"}}'
        return await observe_cdr(db=db, ports=bench.ports, now=now, partner=partner, cdr=cdr, raw=said)
