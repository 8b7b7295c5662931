"""``chargehand ledger``, on a real database: the proof, the balances, a journal and its correction."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from tests.bench import Bench, a_bench
from tests.builders import a_cdr, push_cdr
from tests.charges import a_charge


@pytest.fixture
def bench(work: UnitOfWork, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench on the database that the command line uses too."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr("api.cli.world.console.width", 200)
    monkeypatch.setenv("COLUMNS", "200")
    return a_bench(work)


async def ledger(*arguments: str, code: int = 0) -> str:
    """Run a command, which has a loop of its own, and return what it prints."""
    done = await asyncio.to_thread(CliRunner().invoke, app, ["ledger", *arguments])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


async def in_json(*arguments: str, code: int = 0) -> Any:
    """Run a command with ``--json`` and return what it prints."""
    return json.loads(await ledger(*arguments, "--json", code=code))


async def a_paid_charge(bench: Bench) -> str:
    """Return a charge of 59.50 with 9.50 tax, 50.00 of it captured and the rest receivable."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    await push_cdr(bench, a_cdr(charge, cost="50", taxed="59.50"))
    await bench.drain()
    return charge.id


async def test_the_proof_is_printed(bench: Bench) -> None:
    """A line for each check, and exit code 0 while all hold true."""
    await a_paid_charge(bench)

    assert "The books hold true." in await ledger("verify")
    found = await in_json("verify")
    assert {each["name"] for each in found} >= {"journals_balance", "hold_totals", "cdr_costs", "nothing_left"}
    assert all(each["holds_true"] for each in found)


async def test_a_difference_ends_with_code_1_and_its_rows(bench: Bench) -> None:
    """The check, how many differ and the first of them, so that finance knows where to look."""
    charge_id = await a_paid_charge(bench)
    await bench.rows(
        "UPDATE charging_session SET state = jsonb_set(state, '{receivable,minor}', '1') WHERE id = :id RETURNING 1",
        id=charge_id,
    )

    shown = await ledger("verify", code=1)
    assert f"charges_booked: charge {charge_id}, currency EUR, captured 5000, captured_due 5000" in shown
    assert "receivable 950, receivable_due 1" in shown
    assert "2 of " in shown
    wrong = [each for each in await in_json("verify", code=1) if not each["holds_true"]]
    assert [(each["name"], each["differing"]) for each in wrong] == [("charges_booked", 1), ("receivables", 1)]


async def test_the_trial_balance_adds_up(bench: Bench) -> None:
    """Opening and movements are the closing, and each currency and layer sums to nothing."""
    await a_paid_charge(bench)

    rows = {(each["account"], each["layer"]): each for each in await in_json("trial-balance")}
    assert rows["psp_clearing", "posted"]["closing"] == 4900
    assert rows["receivable", "posted"]["closing"] == 950
    assert rows["vat", "posted"]["closing"] == -950
    assert rows["revenue", "posted"]["closing"] == -5000
    assert rows["psp_holds", "pending"] | {"debit": 5000, "credit": 5000, "closing": 0} == rows["psp_holds", "pending"]
    assert sum(each["closing"] for each in rows.values()) == 0
    shown = await ledger("trial-balance", "--owners")
    assert "receivable:drv_1" in shown
    assert "sum in EUR" in shown


async def test_the_trial_balance_of_a_month(bench: Bench) -> None:
    """What was before is the opening; what came after is left out, and so is what came from a moment on."""
    await a_paid_charge(bench)

    def posted(rows: Any) -> dict[str, tuple[int, int, int, int]]:
        kept = (each for each in rows if each["layer"] == "posted" and each["account"] == "psp_clearing")
        return {each["account"]: tuple(each[p] for p in ("opening", "debit", "credit", "closing")) for each in kept}

    assert posted(await in_json("trial-balance", "--period", "2026-02")) == {}
    assert posted(await in_json("trial-balance", "--period", "2026-03")) == {"psp_clearing": (0, 5000, 100, 4900)}
    assert posted(await in_json("trial-balance", "--period", "2026-04")) == {"psp_clearing": (4900, 0, 0, 4900)}
    assert await in_json("trial-balance", "--until", "2026-03-02T09:00:00") == []
    assert "is no month" in await ledger("trial-balance", "--period", "March", code=2)


async def test_a_journal_is_shown_and_corrected(bench: Bench) -> None:
    """Shown by itself and with its charge; undone once, by somebody, for a reason."""
    charge_id = await a_paid_charge(bench)
    wrong = next(each for each in await in_json("journal", "--charge", charge_id) if each["kind"] == "hold_captured")

    reason = ("--reason", "taken for another driver", "--by", "robin")
    assert (await ledger("reverse", wrong["id"], *reason)).endswith(f"undoes {wrong['id']}.\n")

    shown = await ledger("journal", wrong["id"])
    assert f"{wrong['id']} hold_captured for hold" in shown
    assert "Dr      50.00 EUR psp_clearing::EUR (posted)" in shown
    undone_by = (await in_json("journal", wrong["id"]))[0]["reversed_by"]
    assert f"undone by {undone_by}" in shown
    assert f"undoes {wrong['id']}, by robin: taken for another driver" in await ledger("journal", undone_by)
    assert "journal_reversed" in await ledger("reverse", wrong["id"], *reason, code=2)
    assert "unknown_journal" in await ledger("journal", "jrn_none", code=2)
    assert "one of them" in await ledger("journal", code=2)
