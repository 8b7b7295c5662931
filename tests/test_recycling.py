"""What one test leaves behind, the next one does not find: databases that are emptied instead of made anew."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from api.db import UnitOfWork, create_database, make_engine
from api.domain.charging.state import ChargingStatus
from sandbox.fresh_database import named
from tests.bench import a_bench
from tests.charges import a_charge
from tests.recycling import TIMES, Recycled, drop_left_over

TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
SEQUENCES = "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace ORDER BY 1"
FORGOTTEN = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'forgotten'"
ESTIMATES = f"SELECT relname, relpages, reltuples FROM pg_class WHERE relname IN ({TABLES}) ORDER BY 1"  # noqa: S608


@pytest.fixture
def recycled(postgres_template: tuple[str, str]) -> Iterator[Recycled]:
    """Yield a database that no other test uses."""
    recycled = Recycled(*postgres_template)
    yield recycled
    recycled.drop()


async def everything(url: str) -> dict[str, Any]:
    """Return all rows of all tables, where every sequence stands, and what the planner believes."""
    connection = await asyncpg.connect(url)
    try:
        found: dict[str, Any] = {}
        for (name,) in await connection.fetch(TABLES):
            found[name] = await connection.fetch(f"SELECT * FROM {name}")  # noqa: S608 - a name of the catalog
        for (name,) in await connection.fetch(SEQUENCES):
            found[name] = await connection.fetchrow(f"SELECT last_value, is_called FROM {name}")  # noqa: S608
        return found | {"planner": await connection.fetch(ESTIMATES)}
    finally:
        await connection.close()


async def a_settled_charge(url: str) -> None:
    """Play a charge from its quote to its receipt: rows in most tables, also in those that refuse to forget."""
    engine = make_engine(url, pool_size=5)
    bench = a_bench(UnitOfWork(engine))
    await a_charge(bench, ChargingStatus.SETTLED)
    await bench.drain()
    await engine.dispose()


async def carry_out(url: str, *statements: str) -> None:
    """Carry out statements, each in its own transaction."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def test_rows_and_numbers_are_gone(recycled: Recycled, postgres_template: tuple[str, str]) -> None:
    """After a whole charge nothing is left, not even in the insert-only books, and numbering begins anew."""
    server, template = postgres_template
    url = recycled.take()
    new = asyncio.run(everything(url))
    asyncio.run(a_settled_charge(url))
    filled = [name for name, rows in asyncio.run(everything(url)).items() if rows != new[name]]
    assert {"ledger_entry", "charging_event", "receipt", "ledger_entry_id_seq", "hold_event_id_seq"} <= set(filled)
    assert len(filled) > 20

    recycled.give_back()
    assert recycled.take() == url, "the same database"
    assert asyncio.run(everything(url)) == new
    assert asyncio.run(everything(named(server, template))) == new, "as the template"


def test_what_was_rolled_back_leaves_nothing_either(recycled: Recycled) -> None:
    """Rows that were never visible take pages and numbers all the same."""
    url = recycled.take()
    new = asyncio.run(everything(url))

    asyncio.run(carry_out(url, "BEGIN", "INSERT INTO ledger_account VALUES ('a::EUR', 'a', '', 'EUR')", "ROLLBACK"))

    recycled.give_back()
    assert (recycled.take(), asyncio.run(everything(url))) == (url, new)


async def test_open_connections_end_with_all_they_hold(recycled: Recycled) -> None:
    """A forgotten listener, an advisory lock and an open transaction do not reach the next test."""
    url = await asyncio.to_thread(recycled.take)
    heard: list[object] = []
    forgotten = await asyncpg.connect(url)
    await forgotten.add_listener("news", lambda *news: heard.append(news))
    await forgotten.execute("SELECT pg_advisory_lock(42); SET application_name = 'forgotten'")
    await forgotten.execute("BEGIN; INSERT INTO ledger_account VALUES ('a::EUR', 'a', '', 'EUR'); LOCK TABLE journal")

    await asyncio.to_thread(recycled.give_back)
    assert await asyncio.to_thread(recycled.take) == url

    following = await asyncpg.connect(url)
    try:
        assert await following.fetchval("SELECT count(*) FROM ledger_account") == 0
        assert await following.fetchval("SELECT pg_try_advisory_lock(42)") is True
        assert await following.fetchval(FORGOTTEN) == 0
        await following.execute("SET lock_timeout = '1s'; LOCK TABLE journal; NOTIFY news")
    finally:
        await following.close()
    assert (forgotten.is_closed(), heard) == (True, [])


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE left_over (id int)",
        "CREATE SCHEMA left_over",
        "CREATE TEMPORARY TABLE left_over (id int)",
        "ALTER TABLE notice ADD COLUMN left_over int",
        "ALTER TABLE notice ALTER COLUMN id SET DEFAULT 'x'",
        "ALTER TABLE notice SET (fillfactor = 50)",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
        "DROP INDEX ix_notice_driver_id",
        "CREATE OR REPLACE FUNCTION left_over() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "GRANT SELECT ON notice TO PUBLIC",
        "ALTER SEQUENCE ledger_entry_id_seq INCREMENT BY 2",
        "COMMENT ON TABLE notice IS 'left over'",
        "UPDATE alembic_version SET version_num = '0001'",
        "ANALYZE alembic_version",
        "SELECT lo_create(0)",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 65536', current_database()); END $$",
    ],
)
def test_what_cannot_be_emptied_is_thrown_away(recycled: Recycled, change: str) -> None:
    """A test that changes the schema, the rights, the settings or what the template holds costs a new database."""
    url = recycled.take()
    new = asyncio.run(everything(url))
    asyncio.run(carry_out(url, change))

    recycled.give_back()

    following = recycled.take()
    assert following != url
    assert asyncio.run(everything(following)) == new


def test_a_database_that_went_away_is_made_anew(recycled: Recycled, postgres_template: tuple[str, str]) -> None:
    """A test may drop its database, or take all connections away."""
    url = recycled.take()
    name = urlsplit(url).path[1:]
    asyncio.run(carry_out(named(postgres_template[0], "postgres"), f'DROP DATABASE "{name}" WITH (FORCE)'))

    recycled.give_back()

    assert recycled.take() != url


def test_no_database_is_used_for_ever(recycled: Recycled) -> None:
    """After a number of tests a new copy is made, before indexes that were emptied make plans other ones."""
    urls = []
    for _ in range(TIMES + 1):
        urls.append(recycled.take())
        recycled.give_back()

    assert len(set(urls)) == 2


async def _names(server: str) -> set[str]:
    connection = await asyncpg.connect(named(server, "postgres"))
    try:
        return {name for (name,) in await connection.fetch("SELECT datname FROM pg_database")}
    finally:
        await connection.close()


def test_databases_of_killed_runs_are_dropped(postgres_template: tuple[str, str]) -> None:
    """A killed process leaves its database; the next run drops it, and none of a process that lives."""
    server, _ = postgres_template
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, used = f"test_{gone.pid}_left", f"test_{os.getpid()}_used"
    for name in (left, used):
        asyncio.run(create_database(named(server, name)))

    drop_left_over(server)

    names = asyncio.run(_names(server))
    asyncio.run(carry_out(named(server, "postgres"), f'DROP DATABASE "{used}"'))
    assert (left in names, used in names) == (False, True)
