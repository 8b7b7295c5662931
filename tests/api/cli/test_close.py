"""``chargehand close`` and ``chargehand export``, on a real database: a month from its list to files that stay."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork
from tests.api.services.closing.months import MARCH, a_paid_charge
from tests.bench import Bench, a_bench


@pytest.fixture
def bench(work: UnitOfWork, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench on the database that the command line uses too; to its clock, March 2026 is long over."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("api.cli.world.console.width", 200)
    return a_bench(work)


async def chargehand(*arguments: object, code: int = 0) -> str:
    """Run a command, which has a loop of its own, and return what it prints."""
    done = await asyncio.to_thread(CliRunner().invoke, app, [str(each) for each in arguments])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


async def test_a_month_is_closed_exported_and_verified(bench: Bench, tmp_path: Path) -> None:
    """One prepares, another signs; the files of the shut month are the same however often they are written."""
    await a_paid_charge(bench)

    assert "not finished" in await chargehand("close", "prepare", MARCH, "--by", "Ada")
    assert "same_person" in await chargehand("close", "sign", MARCH, "--by", "Ada", code=2)
    signed = await chargehand("close", "sign", MARCH, "--by", "Grace")
    assert f"{MARCH} is locked." in signed
    assert "prepared by Ada, signed by Grace" in await chargehand("close", "status", MARCH)
    assert (await chargehand("close", "verify", MARCH)).count("the same") == 3
    assert "23.80" in await chargehand("close", "totals", "2026-03-02")

    written = []
    for each in ("one", "two"):
        folder = tmp_path / each
        folder.mkdir()
        await chargehand("export", "list", "journal", folder / "journal.csv", "--where", f"period={MARCH}")
        await chargehand("export", "list", "holds", folder / "holds.xlsx", "--where", "currency=EUR")
        await chargehand("export", "trial-balance", MARCH, folder / "balance.csv")
        await chargehand("export", "settlement", MARCH, folder / "settlement.csv")
        assert "file 1:" in await chargehand("export", "datev", MARCH, folder)
        written.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    assert written[0] == written[1]
    assert len(written[0]) == 5

    assert "must agree" in await chargehand("close", "reopen", MARCH, "--by", "Lea", "--reason", "wrong tax")
    assert f"{MARCH} is open." in await chargehand("close", "reopen", MARCH, "--by", "Root")


async def test_what_cannot_be_done_is_one_line(bench: Bench, tmp_path: Path) -> None:
    """A month that is none, a filter that the list does not know, a list that there is not."""
    assert "month_invalid" in await chargehand("close", "prepare", "2026-13", "--by", "Ada", code=2)
    assert "filter_unreadable" in await chargehand(
        "export", "list", "holds", tmp_path / "x.csv", "--where", "account=vat", code=2
    )
    assert "there are:" in await chargehand("export", "list", "nothing", tmp_path / "x.csv", code=2)
