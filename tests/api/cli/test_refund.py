"""``chargehand refund``, ``receivable`` and ``dispute``, on a real database: thin, so each is called once."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork
from tests.api.services.charging.given_back import INTENT, euro, hears, paid, refunds, settlement
from tests.bench import Bench, a_bench

WHY = ("--reason", "goodwill", "--text", "sorry")


@pytest.fixture
def bench(work: UnitOfWork, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench on the database that the command line uses too."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return a_bench(work)


async def said(*arguments: str, code: int = 0) -> str:
    """Run a command beside the test's own loop and return what it printed."""
    result = await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


async def test_two_people_waive_a_large_sum(bench: Bench) -> None:
    """Asked for, listed, refused to the same person, approved by another; the worker moves the money."""
    charge = await paid(bench, "60.00")
    row_id = (await said("refund", "credit", charge.id, "--by", "Ada", *WHY)).split(":")[0]
    assert f"{row_id}  71.40 EUR" in await said("refund", "requests")
    assert "same_person" in await said("refund", "approve", row_id, "--by", "ada", code=2)
    assert "approved" in await said("refund", "approve", row_id, "--by", "Grace")
    await bench.drain()
    assert [one.amount for one in refunds(bench).refunds] == [euro(5000)]
    assert "0 waiting" in await said("refund", "requests")


async def test_requests_are_denied_and_withdrawn(bench: Bench) -> None:
    """By another person, or by who asked; what nobody knows is one line."""
    charge = await paid(bench, "60.00")
    for end in (["deny", "--by", "Grace", "--reason", "no"], ["withdraw", "--by", "Ada"]):
        row_id = (await said("refund", "credit", charge.id, "--by", "Ada", *WHY)).split(":")[0]
        await said("refund", end[0], row_id, *end[1:])
    assert "unknown_request" in await said("refund", "approve", "xyz_1", "--by", "Grace", code=2)
    assert "unknown_refund" in await said(
        "refund", "settle-otherwise", "rfd_0", "--by", "Ada", "--reference", "x", code=2
    )


async def test_a_receivable_is_given_up(bench: Bench) -> None:
    """All that is owed, below the limit by one person."""
    charge = await paid(bench, "60.00")
    told = await said("receivable", "write-off", charge.id, "--by", "Ada", "--text", "gone")
    assert told.endswith("21.40 EUR approved.\n")


async def test_a_dispute_is_shown_and_answered(bench: Bench) -> None:
    """Listed with its day, assembled, looked at, handed in."""
    await paid(bench)
    seen = settlement(bench).open_dispute(INTENT, euro(2380))
    await hears(bench, "charge.dispute.created", "dispute", seen.dispute_id)
    assert "needs_response  23.80 EUR" in await said("dispute", "list")
    assert "access_activity_log" in await said("dispute", "evidence", seen.dispute_id, "--by", "Ada")
    shown = json.loads(await said("dispute", "show", seen.dispute_id))
    assert shown["evidence"]["texts"]["customer_name"] == "Robin Example"
    assert "on its way" in await said("dispute", "submit", seen.dispute_id, "--by", "Ada")
    await bench.drain()
    assert [call.arguments[0] for call in settlement(bench).calls_of("submit_evidence")] == [seen.dispute_id]
