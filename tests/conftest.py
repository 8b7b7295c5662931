"""Fixtures that every test may use: a fresh migrated database on the embedded PostgreSQL, units of work, fake ports.

The embedded server lives under ``var/test`` and is shared by parallel test processes; each test gets its own database,
copied from a template that is migrated once per state of the migrations.
"""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import fasteners
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork, create_database, embedded_url, make_engine
from api.ports import Ports
from tests.fakes import fake_ports

ROOT = Path(__file__).resolve().parent.parent


def _named(url: str, name: str) -> str:
    """Return ``url`` with another database name."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _template_name() -> str:
    """Return a name that changes with the migrations."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "api" / "migrations" / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    return f"template_{digest.hexdigest()[:16]}"


async def _prepare(url: str, name: str) -> bool:
    """Make commits cheap on the test server and create the template; say whether it must still be migrated."""
    admin = await asyncpg.connect(_named(url, "postgres"))
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            await admin.execute(f"ALTER SYSTEM SET {setting} = off")
        await admin.execute("ALTER SYSTEM SET max_connections = 300")
        await admin.execute("SELECT pg_reload_conf()")
        ready = await admin.fetchval(
            "SELECT shobj_description(oid, 'pg_database') = 'ready' FROM pg_database WHERE datname = $1", name
        )
    finally:
        await admin.close()
    if not ready:
        await create_database(_named(url, name), replace=True)
    return not ready


async def _mark_ready(url: str, name: str) -> None:
    """Note on the template that its migration finished."""
    admin = await asyncpg.connect(_named(url, "postgres"))
    try:
        await admin.execute(f"COMMENT ON DATABASE {name} IS 'ready'")
    finally:
        await admin.close()


@pytest.fixture(scope="session")
def postgres_template() -> tuple[str, str]:
    """Return the test server's URL and the name of a migrated template database on it."""
    data_dir = ROOT / "var" / "test"
    data_dir.mkdir(parents=True, exist_ok=True)
    name = _template_name()
    with fasteners.InterProcessLock(data_dir / "template.lock"):
        url = embedded_url(data_dir, "postgres")
        if asyncio.run(_prepare(url, name)):
            config = Config(ROOT / "alembic.ini")
            config.cmd_opts = type("Options", (), {"x": [f"url={_named(url, name)}"]})()
            config.set_main_option("script_location", str(ROOT / "api" / "migrations"))
            command.upgrade(config, "head")
            asyncio.run(_mark_ready(url, name))
    return url, name


@pytest.fixture
def database_url(postgres_template: tuple[str, str]) -> Iterator[str]:
    """Yield the URL of a fresh migrated database that is dropped afterwards."""
    server, template = postgres_template
    url = _named(server, f"test_{uuid.uuid4().hex[:12]}")
    asyncio.run(create_database(url, template=template))

    async def drop() -> None:
        admin = await asyncpg.connect(_named(server, "postgres"))
        try:
            await admin.execute(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')
        finally:
            await admin.close()

    yield url
    asyncio.run(drop())


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Yield an engine on the test's own database."""
    engine = make_engine(database_url, pool_size=20)
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
