"""The OCPI face on a database of its own, and partners that call it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.db import UnitOfWork
from api.domain.charging.facts import Timer
from api.ports import Ports
from api.routes.ocpi import create_ocpi_app
from api.settings import Settings
from tests.api.services.roaming.builders import OUR_TOKEN, a_partner
from tests.fakes import FakeClock, FakeRoaming, fake_policy, fake_ports

V = "/2.2.1"
E = f"{V}/emsp"


@dataclass
class World:
    """What a test of the face steers: the fakes, the database and a client for each partner."""

    work: UnitOfWork
    clock: FakeClock
    roaming: FakeRoaming
    ports: Ports
    app: Any

    def client(self, token: str | None = OUR_TOKEN, **headers: str) -> httpx.AsyncClient:
        """Return a client that sends ``token`` raw."""
        if token is not None:
            headers["Authorization"] = f"Token {token}"
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://chargehand.test", headers=headers)


@pytest.fixture
async def world(work: UnitOfWork) -> World:
    """Return the face with one connected partner, DE-CPO."""
    clock, roaming = FakeClock(), FakeRoaming()
    policy = replace(fake_policy(), timers=dict.fromkeys(Timer, timedelta(minutes=10)))
    ports = fake_ports(clock=clock, roaming=roaming, policy=policy)
    settings = Settings(body_limit=200_000)
    async with work() as db:
        await a_partner(db)
    return World(work, clock, roaming, ports, create_ocpi_app(settings, ports, work))


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the connected partner."""
    async with world.client() as client:
        yield client
