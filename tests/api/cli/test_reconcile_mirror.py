"""``chargehand reconcile mirror``, against the stand-in: what it copies, how far it is, and how it stops early."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from tests.clients.stripe.harness import API_KEY, a_request, serve_stand_in
from tests.clients.stripe.money_harness import stripe_money_harness


async def mirror(*options: str) -> Result:
    """Run the command, which has a loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, ["reconcile", "mirror", *options])


async def test_a_copy_is_made_and_shown(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing at first; stopped after a page it says so and fails; then it goes on, and all there is is there."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("STRIPE_API_KEY", API_KEY)
    with serve_stand_in() as stand_in:
        monkeypatch.setenv("CHARGEHAND_STRIPE_API_BASE", stand_in.base_url)
        async with stripe_money_harness(stand_in, environment="sandbox") as money:
            for number in range(2):
                request = await a_request(money.payments, hold_id=f"hld_{number}")
                await money.payments.place_hold(request, idempotency_key=f"place-{number}")
        untouched = await mirror("--look")
        assert untouched.output.count("never") == 5
        short = await mirror("--pages", "1")
        assert (short.exit_code, "Stopped early: enough_for_now" in short.output) == (1, True)
        done = await mirror("--json")
    assert done.exit_code == 0, (done.output, done.exception)
    told: Any = json.loads(done.output)
    assert told["halted"] is None
    assert [each["complete_until"] is not None for each in told["kinds"]] == [True] * 5
    looked = await mirror("--look")
    assert looked.output.count("over") == 5
