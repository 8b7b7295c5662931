"""The bench, and the stage with an operator, that these tests stand on."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork
from tests.bench import Bench, a_bench
from tests.interop.stage import VERSIONS, Stage, a_stage


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return a fresh installation."""
    return a_bench(work)


@pytest.fixture
async def stage(engine: AsyncEngine) -> AsyncIterator[Stage]:
    """Yield an installation connected to an operator of 2.2.1."""
    async for stage in a_stage(engine):
        await stage.register()
        yield stage


@pytest.fixture(params=VERSIONS)
async def staged(engine: AsyncEngine, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Yield an installation connected to an operator, once in each version."""
    async for stage in a_stage(engine, request.param):
        await stage.register()
        yield stage


@pytest.fixture(params=["2.1.1", "2.2.1"])
async def twofold(engine: AsyncEngine, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Yield an installation connected to an operator, in the old shape and in the one since 2.2."""
    async for stage in a_stage(engine, request.param):
        await stage.register()
        yield stage


@pytest.fixture
async def hub(engine: AsyncEngine) -> AsyncIterator[Stage]:
    """Yield an installation connected to a hub with three operators behind it."""
    async for stage in a_stage(engine, hub=True):
        await stage.register()
        yield stage


@pytest.fixture
async def old(engine: AsyncEngine) -> AsyncIterator[Stage]:
    """Yield an installation connected to an operator of 2.1.1."""
    async for stage in a_stage(engine, "2.1.1"):
        await stage.register()
        yield stage
