"""Fixtures of the app API: the application with its listener running, a place to charge, drivers who are signed in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork
from api.domain.charging.facts import Timer
from api.domain.pricing.snapshot import tariff_to_json
from api.domain.pricing.tariff import ComponentType, PriceComponent, Tariff, TariffElement
from api.factory import create_app
from api.models.driver import Driver
from api.models.location import ConnectorRow, EvseRow, LocationRow, TariffRow
from api.models.partner import Partner
from api.ports import Ports
from api.services.drivers.passwords import CHEAP
from api.services.drivers.signup import add_driver
from api.services.roaming.keys import child_key, connector_public_id, object_key
from api.services.status import keeper
from api.settings import Settings
from tests.fakes import START, FakeClock, FakePayments, fake_policy, fake_ports

PASSWORD = "correct horse"
PARTNER = "prt_1"


@dataclass
class App:
    """The application under test and what a test may turn."""

    app: FastAPI
    ports: Ports
    clock: FakeClock
    payments: FakePayments
    work: UnitOfWork
    engine: AsyncEngine

    @property
    def http(self) -> httpx.AsyncClient:
        """Return a client that is nobody yet."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://app.test")


@dataclass
class Someone:
    """A signed-in driver with their client."""

    driver: Driver
    http: httpx.AsyncClient
    tokens: dict[str, str]

    async def quote(self, connector_id: str, **more: object) -> httpx.Response:
        """Ask for a quote."""
        return await self.http.post("/v1/quotes", json={"connector_id": connector_id} | more)

    async def start(self, connector_id: str, key: str = "key-1") -> httpx.Response:
        """Quote and start with the quote's own amount."""
        quoted = await self.quote(connector_id)
        assert quoted.status_code == 201, quoted.text
        quote = quoted.json()
        return await self.http.post(
            "/v1/charging-sessions",
            json={"quote_id": quote["id"], "consent": quote["hold"]},
            headers={"Idempotency-Key": key},
        )


@pytest.fixture
async def app(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    """Yield the application with its lifespan running; who keeps the status page sends no statements of its own."""
    monkeypatch.setattr(keeper, "FIRST", 3600.0)
    clock = FakeClock()
    payments = FakePayments(clock)
    policy = fake_policy()
    policy.timers.update(dict.fromkeys(Timer, timedelta(minutes=5)))
    ports = fake_ports(clock=clock, payments=payments, policy=policy)
    application = create_app(Settings(public_url="http://app.test"), ports, engine)
    async with application.router.lifespan_context(application):
        yield App(application, ports, clock, payments, UnitOfWork(engine), engine)


@pytest.fixture
async def anyone(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client without an account."""
    async with app.http as client:
        yield client


async def sign_up(app: App, email: str) -> Someone:
    """Return a new driver with a card, signed in."""
    driver = await add_driver(
        work=app.work,
        ports=app.ports,
        now=app.clock.now(),
        email=email,
        name="Ada",
        password=PASSWORD,
        payment_method="pm_card_visa",
        hasher=CHEAP,
    )
    http = app.http
    answer = await http.post("/v1/sign-in", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Someone(driver, http, answer.json())


@pytest.fixture
async def ada(app: App) -> AsyncIterator[Someone]:
    """Yield a signed-in driver with a card."""
    someone = await sign_up(app, "ada@example.com")
    yield someone
    await someone.http.aclose()


@pytest.fixture
async def bob(app: App) -> AsyncIterator[Someone]:
    """Yield another signed-in driver with a card."""
    someone = await sign_up(app, "bob@example.com")
    yield someone
    await someone.http.aclose()


@pytest.fixture
async def places(app: App) -> dict[str, str]:
    """Store two sites of one operator; return the public ids of their connectors by EVSE id."""
    async with app.work() as db:
        db.add(Partner(id=PARTNER, name="Harbor", status="connected", created_at=START))
        await db.flush()
        harbor = _location("1", "Harbor Street 7", Decimal("48.89"))
        market = _location("2", "Market", Decimal("48.95"))
        db.add_all([harbor, market])
        tariff = Tariff("T1", "EUR", (TariffElement((PriceComponent(ComponentType.energy, Decimal("0.59"), 1),)),))
        key = object_key(PARTNER, "DE", "ABC", "T1")
        owner: dict[str, Any] = {"partner_id": PARTNER, "country_code": "DE", "party_id": "ABC"}
        db.add(
            TariffRow(
                key=key, id="T1", currency="EUR", snapshot=tariff_to_json(tariff), raw="", last_updated=START, **owner
            )
        )
        await db.flush()
        posts = [
            (harbor, "DE*ABC*E71*001", ["remote_start_stop_capable"], ["T1"]),
            (harbor, "DE*ABC*E71*002", ["remote_start_stop_capable"], []),
            (market, "DE*ABC*E90*001", ["rfid_reader"], ["T1"]),
        ]
        return {evse_id: await _post(db, where, evse_id, able, ids) for where, evse_id, able, ids in posts}


def _location(location_id: str, name: str, latitude: Decimal) -> LocationRow:
    return LocationRow(
        key=object_key(PARTNER, "DE", "ABC", location_id),
        partner_id=PARTNER,
        country_code="DE",
        party_id="ABC",
        id=location_id,
        name=name,
        address=name,
        city="Stuttgart",
        country="DEU",
        latitude=float(latitude),
        longitude=9.18,
        time_zone="Europe/Berlin",
        operator_name="Harbor Energy",
        help_phone="+49 711 0000",
        last_updated=START,
    )


async def _post(db: AsyncSession, where: LocationRow, evse_id: str, able: list[str], tariff_ids: list[str]) -> str:
    key = child_key(where.key, f"u{evse_id}")
    connector_key = child_key(key, "1")
    normal = evse_id.replace("*", "")
    db.add(
        EvseRow(
            key=key,
            location_key=where.key,
            uid=f"u{evse_id}",
            evse_id=evse_id,
            evse_id_normal=normal,
            status="available",
            capabilities=able,
            last_updated=START - timedelta(minutes=3),
        )
    )
    await db.flush()
    public_id = connector_public_id(connector_key)
    db.add(
        ConnectorRow(
            key=connector_key,
            evse_key=key,
            public_id=public_id,
            id="1",
            standard="iec_62196_t2",
            format="socket",
            power_type="ac_3_phase",
            max_electric_power_w=22000,
            tariff_ids=tariff_ids,
            last_updated=START,
        )
    )
    return public_id
