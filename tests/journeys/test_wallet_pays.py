"""A driver who pays beforehand: topping up, charging while the processor is down, paying a rest, getting money back."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from sandbox.phone import PhoneError
from tests.journeys.people import Driver
from tests.journeys.world import World

TEN_KWH = 536


async def tops_up(driver: Driver, minor: int) -> dict[str, Any]:
    """Pay into the euro wallet with the saved card."""
    body = {"amount": {"amount_minor": minor, "currency": "EUR"}}
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    answer = await driver.phone.call("POST", "/wallet/top-ups", json=body, headers=headers)
    shown: dict[str, Any] = answer.json()
    return shown


async def wallet(driver: Driver) -> tuple[int, int]:
    """Return balance and what is reserved of it."""
    (shown,) = (await driver.phone.call("GET", "/wallet")).json()["wallets"]
    return shown["balance"]["amount_minor"], shown["reserved"]["amount_minor"]


async def starts_with_wallet(driver: Driver, world: World, **plan: Any) -> Any:
    """Quote and start at a free charger, agreeing to what the wallet would reserve."""
    charger = await world.a_charger("vcp-ac-plain", **plan)
    quote = await driver.phone.quote(charger.connector_id, charger.evse_id)
    option = next(each for each in quote["payers"] if each["payer"] == "wallet")
    consent = option["reserved"] or quote["hold"]
    answer = await driver.phone.call(
        "POST",
        "/charging-sessions",
        json={"quote_id": quote["id"], "consent": consent, "pay_with": "wallet"},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    return driver.began(answer.json(), charger)


async def movements(driver: Driver) -> list[tuple[str, int]]:
    """Return what came into a driver's wallet and went out of it, newest first."""
    answer = await driver.phone.call("GET", "/wallet/movements", params={"currency": "EUR"})
    return [(each["kind"], each["amount"]["amount_minor"]) for each in answer.json()["movements"]]


async def test_wallet_charges_while_the_processor_is_down_and_pays_exactly(world: World) -> None:
    """60.00 come in once; a charge of 5.36 reserves 50.00 and takes 5.36; the rest goes back to the card."""
    # Given a wallet that is too low at first, and then filled
    ada = await world.a_driver()
    with pytest.raises(PhoneError, match="wallet-too-low"):
        await starts_with_wallet(ada, world, energy_kwh=10)
    topped = await tops_up(ada, 6000)
    assert topped["status"] == "succeeded"
    await world.settles()
    assert await wallet(ada) == (6000, 0)

    # When the processor hears nothing any more, the charge starts all the same
    await world.processor("POST", "faults", {"kind": "drop_request", "path": ".*", "times": 500})
    charge = await starts_with_wallet(ada, world, energy_kwh=10)
    charging = await charge.becomes("charging")
    assert (charging["payer_type"], charging["hold"]["authorized"]["amount_minor"]) == ("wallet", 5000)
    assert await wallet(ada) == (6000, 5000)
    settled = await charge.ends("settled", within=timedelta(hours=4))

    # Then exactly the price is taken, the books balance, and nothing is reserved
    assert settled["final_price"]["amount_minor"] == settled["hold"]["captured"]["amount_minor"] == TEN_KWH
    assert await wallet(ada) == (6000 - TEN_KWH, 0)
    assert await charge.commands("START_SESSION") == 1
    assert await movements(ada) == [("charge", -TEN_KWH), ("top_up", 6000)]

    # And what is left goes back to the card when she asks for it
    await world.processor("POST", "faults/clear", {})
    await ada.phone.call(
        "POST",
        "/wallet/refund-requests",
        json={"currency": "EUR", "amount_minor": None},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    await world.settles()
    assert await wallet(ada) == (0, 0)
    off = """SELECT count(*) FROM (SELECT journal_id FROM ledger_entry GROUP BY journal_id, layer, currency
             HAVING sum(amount_minor) <> 0) off"""
    assert await world.connection.fetchval(off) == 0
