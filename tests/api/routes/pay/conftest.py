"""Fixtures of the pages for guests: one post, an application, somebody with a phone."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork
from api.factory import create_app
from api.settings import Settings
from tests.bench import Bench, a_bench
from tests.builders import a_location
from tests.guests import Guest


@pytest.fixture
async def stand(work: UnitOfWork) -> Bench:
    """Return an installation with one post, whose pages are at http://app.test."""
    bench = a_bench(work)
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, public_url="http://app.test"))
    await a_location(bench)
    return bench


@pytest.fixture
def pages(stand: Bench, engine: AsyncEngine) -> FastAPI:
    """Return the application around the post."""
    return create_app(Settings(public_url="http://app.test"), stand.ports, engine)


@pytest.fixture
async def guest(stand: Bench, pages: FastAPI) -> AsyncIterator[Guest]:
    """Yield somebody with a phone."""
    async with a_phone(stand, pages) as one:
        yield one


def a_phone(bench: Bench, app: FastAPI) -> "_Phone":
    """Return a context of one more phone, which shares no cookie with the others."""
    return _Phone(bench, app)


class _Phone:
    """Opens and closes one client."""

    def __init__(self, bench: Bench, app: FastAPI) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._guest = Guest(bench, httpx.AsyncClient(transport=transport, base_url="http://app.test"))

    async def __aenter__(self) -> Guest:
        return self._guest

    async def __aexit__(self, *_: object) -> None:
        await self._guest.http.aclose()
