"""The unit of work and the database's own rules: what is not committed did not happen, what is written stays."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork, asyncpg_url, database_url
from api.models.driver import Driver
from api.models.finance import Journal, LedgerAccount, LedgerEntry
from api.settings import Settings
from tests.bench import a_bench
from tests.charges import a_charge
from tests.fakes import START

COUNT = "SELECT count(*) FROM driver"


class ChangedMyMindError(Exception):
    """Something a use case raises."""


def a_driver(number: int = 1) -> Driver:
    """Return a driver to store."""
    return Driver(
        id=f"drv_{number}",
        email=f"{number}@example.test",
        name="Robin",
        password_hash="-",
        contract_id=f"C{number}",
        created_at=START,
    )


async def drivers(work: UnitOfWork) -> int:
    """Return how many drivers are stored."""
    async with work() as db:
        return int((await (await db.connection()).execute(text(COUNT))).scalar_one())


async def test_a_block_that_ends_well_is_committed(work: UnitOfWork) -> None:
    """After the block others see what it stored."""
    async with work() as db:
        db.add(a_driver())

    assert await drivers(work) == 1


async def test_a_block_that_raises_leaves_nothing(work: UnitOfWork) -> None:
    """An error anywhere in the block undoes all of it, flushed or not."""

    async def change() -> None:
        async with work() as db:
            db.add(a_driver())
            await db.flush()
            raise ChangedMyMindError

    with pytest.raises(ChangedMyMindError):
        await change()

    assert await drivers(work) == 0


async def unbalanced(db: AsyncSession, *, at: datetime = START) -> None:
    """Store a journal of which one cent is missing; the database looks when the transaction commits."""
    db.add(Journal(id="jrn_1", kind="partner_cost", cause_type="cdr", cause_id="1", occurred_at=at, period="2026-03"))
    db.add_all([LedgerAccount(id=f"{name}::EUR", name=name, currency="EUR") for name in ("one", "other")])
    await db.flush()
    for account, amount in (("one::EUR", 100), ("other::EUR", -99)):
        entry = LedgerEntry(journal_id="jrn_1", account_id=account, layer="posted", currency="EUR", amount_minor=amount)
        db.add(entry)
    await db.flush()


async def test_a_commit_that_fails_raises_before_anything_is_answered(work: UnitOfWork) -> None:
    """The commit is inside the caller: a use case that could not be stored never answers 201."""
    answered = False

    async def use_case() -> None:
        nonlocal answered
        async with work() as db:
            db.add(a_driver())
            await unbalanced(db)
        answered = True

    with pytest.raises(DBAPIError, match="does not balance"):
        await use_case()

    assert not answered
    assert await drivers(work) == 0


@pytest.mark.parametrize("layer", ["pending", "posted"])
async def test_a_journal_balances_in_each_layer(work: UnitOfWork, layer: str) -> None:
    """Promises are not balanced by money: each layer must sum to zero by itself."""

    async def book() -> None:
        async with work() as db:
            db.add(Journal(id="jrn_1", kind="k", cause_type="c", cause_id="1", occurred_at=START, period="2026-03"))
            db.add(LedgerAccount(id="one::EUR", name="one", currency="EUR"))
            await db.flush()
            other = "posted" if layer == "pending" else "pending"
            for each, amount in ((layer, 100), (other, -100)):
                entry = LedgerEntry(
                    journal_id="jrn_1", account_id="one::EUR", layer=each, currency="EUR", amount_minor=amount
                )
                db.add(entry)

    with pytest.raises(DBAPIError, match="does not balance"):
        await book()


@pytest.mark.parametrize("table", ["journal", "ledger_entry", "ledger_account", "hold_event", "charging_event"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_history_is_never_changed(work: UnitOfWork, table: str, change: str) -> None:
    """Books and histories are corrected by new rows; the database refuses everything else, whoever asks."""
    bench = a_bench(work)
    await a_charge(bench)

    async def rewrite() -> None:
        async with work() as db:
            await (await db.connection()).execute(text(change.format(table)))

    with pytest.raises(DBAPIError, match="never changed or deleted"):
        await rewrite()


async def test_one_cause_books_once(work: UnitOfWork) -> None:
    """A second journal of the same kind and cause is refused by the database itself."""

    async def book(number: int) -> None:
        async with work() as db:
            journal = Journal(
                id=f"jrn_{number}", kind="k", cause_type="hold", cause_id="1", occurred_at=START, period="2026-03"
            )
            db.add(journal)
            await db.flush()
            for sign, account in ((1, "psp_holds"), (-1, "driver_holds")):
                await (await db.connection()).execute(
                    text("INSERT INTO ledger_account VALUES (:id, :name, '', 'EUR') ON CONFLICT DO NOTHING"),
                    {"id": f"{account}::EUR", "name": account},
                )
                entry = LedgerEntry(
                    journal_id=journal.id,
                    account_id=f"{account}::EUR",
                    layer="pending",
                    currency="EUR",
                    amount_minor=sign,
                )
                db.add(entry)

    await book(1)
    with pytest.raises(DBAPIError, match="a_cause_books_once"):
        await book(2)


async def test_errors_of_the_database_do_not_repeat_its_values(work: UnitOfWork) -> None:
    """They end in logs: no address, token or partner's JSON may."""

    async def store(driver: Driver) -> None:
        async with work() as db:
            db.add(driver)

    await store(a_driver())
    with pytest.raises(DBAPIError) as failed:
        await store(a_driver())

    assert "Robin" not in str(failed.value)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@db.example:5433/x", "postgresql+asyncpg://u:p@db.example:5433/x"),
        ("postgresql:///x?host=/tmp/socket", "postgresql+asyncpg://localhost/x?host=%2Ftmp%2Fsocket"),
        ("postgresql://db/x?sslmode=require&application_name=y", "postgresql+asyncpg://db/x?ssl=require"),
        ("postgresql://db/x?ssl=verify-full", "postgresql+asyncpg://db/x?ssl=verify-full"),
    ],
)
def test_an_address_keeps_its_socket_and_its_encryption(given: str, used: str) -> None:
    """What an operator asks of the connection is not lost in translation."""
    assert asyncpg_url(given) == used


def test_a_given_database_is_used_as_it_is() -> None:
    """Where an address is set, no embedded server is started, whichever driver the address names."""
    assert database_url(Settings(database_url="postgresql+asyncpg://db/x")) == "postgresql://db/x"
