"""Cheating the books with plain SQL: what the service's role may not do, and what nobody may (decision 19)."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from api.db import RoleUnusable, UnitOfWork, make_engine
from api.domain.charging.state import ChargingStatus
from api.settings import Settings
from tests.bench import a_bench
from tests.charges import a_charge

ROLE = Settings.model_fields["database_role"].default
KEPT = (
    "journal",
    "ledger_entry",
    "ledger_account",
    "hold_event",
    "charging_event",
    "payout_line",
    "mismatch_event",
    "staff_action",
)
NEW_JOURNAL = (
    "INSERT INTO journal (id, kind, cause_type, cause_id, occurred_at, period)"
    " VALUES ('jrn_x', 'k', 'c', '1', now(), '2026-03')"
)
ACCOUNTS = (
    "INSERT INTO ledger_account VALUES ('a::EUR', 'a', '', 'EUR'), ('b::EUR', 'b', '', 'EUR'),"
    " ('b::CHF', 'b', '', 'CHF')"
)


def entry(account: str, amount: int, *, layer: str = "posted", currency: str = "EUR", journal: str = "jrn_x") -> str:
    """Return the statement that adds one side to a journal."""
    return (
        "INSERT INTO ledger_entry (journal_id, account_id, layer, currency, amount_minor)"  # noqa: S608 - of this test
        f" VALUES ('{journal}', '{account}', '{layer}', '{currency}', {amount})"
    )


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Yield a real connection with the rights of the service."""
    connection = await asyncpg.connect(database_url, server_settings={"role": ROLE})
    yield connection
    await connection.close()


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Yield a real connection that owns the tables."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.mark.parametrize("table", KEPT)
async def test_the_service_may_add_and_never_rewrite(service: asyncpg.Connection, table: str) -> None:
    """The right itself is missing, so that no trigger is needed to refuse, and the triggers cannot be put to sleep."""
    for cheat in (
        f"UPDATE {table} SET id = id",  # noqa: S608 - as above
        f"DELETE FROM {table}",  # noqa: S608 - as above
        f"TRUNCATE {table} CASCADE",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        f"DROP TABLE {table} CASCADE",
        "SET session_replication_role = replica",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(cheat)


async def test_a_table_that_is_kept_gives_no_right_to_rewrite_it(owner: asyncpg.Connection) -> None:
    """Whatever table gets the trigger of insert-only rows, now or later, loses the rights at the next upgrade."""
    rows = await owner.fetch(
        "SELECT c.relname, has_table_privilege($1, c.oid, 'UPDATE, DELETE, TRUNCATE') AS may_rewrite,"
        " EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgfoid = 'rows_are_kept'::regproc) AS kept"
        " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'",
        ROLE,
    )
    assert {row["relname"] for row in rows if row["kept"]} >= set(KEPT)
    assert [row["relname"] for row in rows if row["kept"] and row["may_rewrite"]] == []
    assert {row["relname"] for row in rows if not row["kept"] and not row["may_rewrite"]} == {"alembic_version"}


async def test_the_service_does_its_work_with_its_rights(database_url: str) -> None:
    """A whole charge, jobs included, needs no right that the role does not have."""
    engine = make_engine(database_url, pool_size=5, role=ROLE)
    try:
        bench = a_bench(UnitOfWork(engine))
        await a_charge(bench, ChargingStatus.SETTLED)
        await bench.drain()
        assert await bench.value("SELECT current_user") == ROLE
        assert await bench.value("SELECT count(*) FROM ledger_entry") > 0
        assert await bench.value("SELECT count(*) FROM receipt") == 1
    finally:
        await engine.dispose()


async def test_going_back_to_ones_own_rights_is_going_nowhere(service: asyncpg.Connection) -> None:
    """The role is the session's own default: resetting it, as pools do, changes nothing."""
    await service.execute("RESET ROLE; RESET ALL")

    assert await service.fetchval("SELECT current_user") == ROLE


async def test_a_missing_role_says_what_to_do(database_url: str) -> None:
    """An operator reads how to make the role, or how to do without, and no riddle of the driver."""
    engine = make_engine(database_url, role="nobody_made_this")
    with pytest.raises(RoleUnusable, match=r"chargehand migrate.*CREATE ROLE.*CHARGEHAND_DATABASE_ROLE"):
        await engine.connect()
    await engine.dispose()


async def test_a_login_that_may_not_use_the_role_says_what_to_do(owner: asyncpg.Connection, database_url: str) -> None:
    """The same where the role exists and was not given to our login; a login without a say cannot make one either."""
    parts = urlsplit(database_url)
    login = "login_" + parts.path[-12:]
    theirs = urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}"))
    await owner.execute(f"CREATE ROLE {login} LOGIN")
    try:
        engine = make_engine(theirs, role=ROLE)
        with pytest.raises(RoleUnusable):
            await engine.connect()
        await engine.dispose()
        await owner.execute(f"SET SESSION AUTHORIZATION {login}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute("SELECT give_rights('brand_new_role')")
        await owner.execute("RESET SESSION AUTHORIZATION")
    finally:
        await owner.execute(f"DROP ROLE {login}")


@pytest.mark.parametrize(
    ("sides", "refusal"),
    [
        ([entry("a::EUR", 100), entry("b::EUR", -99)], "does not balance"),
        ([entry("a::EUR", 100), entry("b::EUR", -100, layer="pending")], "does not balance"),
        ([entry("a::EUR", 100), entry("b::CHF", -100, currency="CHF")], "does not balance"),
        ([entry("a::EUR", 100), entry("b::CHF", -100)], "is not in EUR"),
        ([entry("a::EUR", 100), entry("b::EUR", -100, currency="CHF")], "is not in CHF"),
        ([entry("a::EUR", 0), entry("b::EUR", 0)], "entry_is_money"),
        ([entry("a::EUR", 1, layer="hoped"), entry("b::EUR", -1, layer="hoped")], "entry_is_money"),
        ([], "is empty"),
    ],
    ids=[
        "a cent short",
        "two layers",
        "two currencies",
        "a foreign account",
        "a foreign entry",
        "nothing",
        "a layer",
        "empty",
    ],
)
async def test_a_crooked_journal_is_refused_by_plain_sql(
    service: asyncpg.Connection, owner: asyncpg.Connection, sides: list[str], refusal: str
) -> None:
    """Each layer and currency balances, and each entry is in its account's currency, whoever writes and however."""
    for connection in (service, owner):

        async def cheat(connection: asyncpg.Connection = connection) -> None:
            async with connection.transaction():
                for statement in (ACCOUNTS, NEW_JOURNAL, *sides):
                    await connection.execute(statement)

        with pytest.raises(asyncpg.CheckViolationError, match=refusal):
            await cheat()
        assert await connection.fetchval("SELECT count(*) FROM journal") == 0


async def _booked(connection: asyncpg.Connection) -> None:
    async with connection.transaction():
        for statement in (ACCOUNTS, NEW_JOURNAL, entry("a::EUR", 100), entry("b::EUR", -100)):
            await connection.execute(statement)


async def _add_to_it(connection: asyncpg.Connection, forged: str) -> None:
    async with connection.transaction():
        await connection.execute(forged)
        await connection.execute(entry("a::EUR", 5))
        await connection.execute(entry("b::EUR", -5))


async def test_a_journal_is_closed_by_its_commit(service: asyncpg.Connection, owner: asyncpg.Connection) -> None:
    """Sides that would balance are refused too: what was booked is never made to say something else."""
    await _booked(service)

    for connection in (service, owner):
        for forged in ("SELECT 1", "UPDATE journal SET booked_in = 0"):
            with pytest.raises((asyncpg.CheckViolationError, asyncpg.InsufficientPrivilegeError)):
                await _add_to_it(connection, forged)
    assert await owner.fetchval("SELECT count(*) FROM ledger_entry") == 2


async def test_a_journal_may_grow_across_savepoints(service: asyncpg.Connection) -> None:
    """A use case that tries something in between still writes one journal in one transaction."""
    async with service.transaction():
        await service.execute(ACCOUNTS)
        async with service.transaction():
            await service.execute(NEW_JOURNAL)
            await service.execute(entry("a::EUR", 100))
        async with service.transaction():
            await service.execute(entry("b::EUR", -100))

    assert await service.fetchval("SELECT count(*) FROM ledger_entry") == 2


async def test_two_writers_at_once_cannot_share_a_journal(database_url: str, service: asyncpg.Connection) -> None:
    """A journal that is not committed yet is nobody else's to add to."""
    other = await asyncpg.connect(database_url, server_settings={"role": ROLE})
    try:
        async with service.transaction():
            for statement in (ACCOUNTS, NEW_JOURNAL, entry("a::EUR", 100), entry("b::EUR", -100)):
                await service.execute(statement)
            with pytest.raises(asyncpg.CheckViolationError, match="is closed"):
                await asyncio.wait_for(other.execute(entry("a::EUR", 1)), 5)
    finally:
        await other.close()


async def test_an_account_is_what_its_name_says(service: asyncpg.Connection) -> None:
    """No account of euros can be smuggled in under the name of one of francs."""
    with pytest.raises(asyncpg.CheckViolationError, match="account_is_named_by_its_parts"):
        await service.execute("INSERT INTO ledger_account VALUES ('a::CHF', 'a', '', 'EUR')")
