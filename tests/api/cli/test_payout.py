"""``chargehand payout``, on a real database: what was paid out, and what explains it."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.domain.money import Money
from api.services.finance.payouts import handle_payout_event
from tests.bench import Bench, a_bench
from tests.charges import a_charge
from tests.fakes import FakeSettlement


@pytest.fixture
def bench(work: UnitOfWork, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench on the database that the command line uses too."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    return a_bench(work)


async def payout(*arguments: str, code: int = 0) -> str:
    """Run a command, which has a loop of its own, and return what it prints."""
    done = await asyncio.to_thread(CliRunner().invoke, app, ["payout", *arguments])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


async def test_a_payout_is_listed_and_explained(bench: Bench) -> None:
    """The amount, what is left over, and for each movement what of our books it is."""
    balance = bench.ports.settlement
    assert isinstance(balance, FakeSettlement)
    charge = await a_charge(bench, ChargingStatus.SETTLED)
    hold = await bench.hold(charge)
    fee = Money(hold.fee_minor or 0, "EUR")
    balance.book("charge", Money(928, "EUR"), fee=fee, payment_intent_id=hold.payment_intent_id)
    balance.book("adjustment", Money(-100, "EUR"))
    made = balance.pay_out()
    await handle_payout_event(work=bench.work, ports=bench.ports, payout_id=made.payout_id)

    listed = await payout("list")
    assert made.payout_id in listed
    assert "7.90 EUR" in listed
    shown = await payout("show", made.payout_id)
    assert f"{made.payout_id}: 7.90 EUR, in_transit, rest 0.00 EUR" in shown
    assert f"hold {hold.id}" in shown
    assert "suspense txn_fake2" in shown
    document: Any = json.loads(await payout("show", made.payout_id, "--json"))
    assert [line["matched_to"] for line in document["lines"]] == ["hold", "suspense"]
    assert [row["id"] for row in json.loads(await payout("list", "--json"))] == [made.payout_id]
    assert "unknown_payout" in await payout("show", "po_none", code=2)
