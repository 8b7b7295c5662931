"""``chargehand statement``, ``invoice`` and ``fleet``, against a real database: what staff type and what they get."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import facturx
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork, make_engine
from api.domain.charging.state import ChargingStatus
from api.models.driver import Driver
from tests.bench import Bench, a_bench
from tests.builders import a_cdr, a_driver, push_cdr
from tests.charges import a_charge


@pytest.fixture(autouse=True)
def installation(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands speak to the test's own database, and print without breaking lines."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr("api.cli.world.console.width", 200)


def chargehand(*arguments: str, exit_code: int = 0) -> str:
    """Run a command and return what it prints, spaces made one."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == exit_code, done.output
    return " ".join(done.output.split())


def on_a_bench(database_url: str, story: Callable[[Bench], Awaitable[None]]) -> None:
    """Play a story on the test's database, with a loop of its own as each command has."""

    async def play() -> None:
        engine = make_engine(database_url, pool_size=2)
        try:
            await story(a_bench(UnitOfWork(engine)))
        finally:
            await engine.dispose()

    asyncio.run(play())


async def _settled(bench: Bench) -> None:
    await a_charge(bench, ChargingStatus.SETTLED)
    await bench.drain()


async def _paid_by_the_fleet(bench: Bench) -> None:
    async with bench.work() as db:
        bench.kept["drv_1"] = await db.get_one(Driver, "drv_1")
    charge = await a_charge(bench, ChargingStatus.ENDED)
    await bench.rows("UPDATE charging_session SET payer_type = 'fleet' RETURNING id")
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()


async def _nothing_yet(bench: Bench) -> None:
    await a_driver(bench)


def test_statements_are_written_once(database_url: str) -> None:
    """Run twice, the second run finds all of it written; a month that goes on is refused."""
    on_a_bench(database_url, _settled)
    assert chargehand("statement", "--month", "2026-03") == "1 statements written."
    assert chargehand("statement", "--month", "2026-03") == "0 statements written."
    assert "month_not_over" in chargehand("statement", "--month", "2099-01", exit_code=2)
    assert "month_invalid" in chargehand("statement", "--month", "March", exit_code=2)


def test_a_fleet_from_its_first_driver_to_its_invoice(database_url: str, tmp_path: Path) -> None:
    """Added, joined, charged, invoiced once, and fetched as a PDF with its XML inside."""
    on_a_bench(database_url, _nothing_yet)
    address = ("--street", "Pier 7", "--postal-code", "20457", "--city", "Hamburg", "--country", "DE")
    fleet = chargehand("fleet", "add", "Quay Logistics AG", *address).split()[0]
    assert chargehand("fleet", "join", fleet, "drv_1") == f"drv_1 joined {fleet}."
    assert "unknown_fleet" in chargehand("fleet", "join", "flt_none", "drv_1", exit_code=2)
    on_a_bench(database_url, _paid_by_the_fleet)

    assert chargehand("invoice", "--month", "2026-03").endswith("1 invoices written.")
    assert chargehand("invoice", "--month", "2026-03") == "0 invoices written."

    number = asyncio.run(_number_of_invoice(database_url))
    chargehand("fleet", "pdf", number, str(tmp_path / "invoice.pdf"))
    name, xml = facturx.get_xml_from_pdf((tmp_path / "invoice.pdf").read_bytes())
    assert name == "factur-x.xml"
    assert number.encode() in xml


async def _number_of_invoice(database_url: str) -> str:
    engine = make_engine(database_url, pool_size=1)
    try:
        return str(await a_bench(UnitOfWork(engine)).value("SELECT number FROM receipt WHERE kind = 'invoice'"))
    finally:
        await engine.dispose()
