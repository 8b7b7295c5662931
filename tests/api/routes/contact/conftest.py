"""An installation with its pages, and somebody in front of a browser."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork
from api.factory import create_app
from api.settings import Settings
from tests.bench import Bench, a_bench

PAGES = "http://app.test"


@pytest.fixture
def stand(work: UnitOfWork) -> Bench:
    """Return an installation whose pages are at http://app.test."""
    bench = a_bench(work)
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, public_url=PAGES))
    return bench


@pytest.fixture
async def eve(stand: Bench, engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a browser without a sign-in."""
    app = create_app(Settings(public_url=PAGES), stand.ports, engine)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PAGES, headers={"Accept": "text/html"}) as client:
        yield client
