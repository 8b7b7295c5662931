"""Fixtures that every test may use: a fresh migrated database on the embedded PostgreSQL, units of work, fake ports.

The embedded server lives under ``var/test`` and is shared by parallel test processes; each test process gets its own
database, copied from a template that is migrated once per state of the migrations and emptied after each test.
"""

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import fasteners
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork, embedded_url, make_engine
from api.ports import Ports
from sandbox.fresh_database import ensure_template
from tests.cheap_server import prepare
from tests.compiled import knowing_all
from tests.fakes import fake_ports
from tests.recycling import Recycled, drop_left_over

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_finish() -> None:
    """Let the garbage collector never look again at modules, tables and tests: a tenth of the time went there."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_template() -> tuple[str, str]:
    """Return the test server's URL and the name of a migrated template database on it."""
    data_dir = ROOT / "var" / "test"
    data_dir.mkdir(parents=True, exist_ok=True)
    with fasteners.InterProcessLock(data_dir / "settings.lock"):
        prepare(data_dir)
        url = embedded_url(data_dir, "postgres")
        drop_left_over(url)
    return url, ensure_template(url, data_dir / "template.lock")


@pytest.fixture(scope="session")
def _recycled(postgres_template: tuple[str, str]) -> Iterator[Recycled]:
    recycled = Recycled(*postgres_template)
    yield recycled
    recycled.drop()


@pytest.fixture
def database_url(_recycled: Recycled) -> Iterator[str]:
    """Yield the URL of a migrated database that nobody can tell from a fresh one."""
    yield _recycled.take()
    _recycled.give_back()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Yield an engine on the test's own database; what earlier tests compiled is compiled, nothing else is theirs."""
    engine = await knowing_all(make_engine(database_url, pool_size=20))
    yield engine
    await engine.dispose()


@pytest.fixture
def work(engine: AsyncEngine) -> UnitOfWork:
    """Return units of work on the test's own database."""
    return UnitOfWork(engine)


@pytest.fixture
async def db(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Yield an open session that is rolled back at the end."""
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def ports() -> Ports:
    """Return in-memory ports."""
    return fake_ports()
