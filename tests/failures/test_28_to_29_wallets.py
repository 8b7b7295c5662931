"""Modes 28 and 29, and what else a wallet or a later payment does."""

import asyncio

import httpx
import pytest

from tests.failures.books import agree, balance
from tests.failures.charge import cents
from tests.failures.stage import HOLD, Phone, Stage

BELOW = cents(140) - HOLD


async def _tops_up(phone: Phone, minor: int, *, key: str = "top-up") -> httpx.Response:
    """Pay into the wallet with the saved card."""
    body = {"amount": {"amount_minor": minor, "currency": "EUR"}, "payment_method": "saved_card"}
    return await phone.asks("POST", "wallet/top-ups", body, **{"Idempotency-Key": key})


async def _starts(phone: Phone, connector: str | None = None, *, key: str = "wallet") -> httpx.Response:
    """Start with the wallet, consenting to what it would reserve."""
    quote = await phone.quotes(connector)
    body = {"quote_id": quote["id"], "consent": {"amount_minor": HOLD, "currency": "EUR"}, "pay_with": "wallet"}
    return await phone.asks("POST", "charging-sessions", body, **{"Idempotency-Key": key})


async def test_mode_28_two_starts_race_for_one_wallet(stage: Stage) -> None:
    """Exactly the minimum is there: one of two starts at once reserves it, and it is never reserved twice."""
    ada = await stage.a_driver()
    elsewhere = await stage.another_charger("EVSE2")
    assert (await _tops_up(ada, HOLD)).status_code == 201
    await stage.settles()
    answers = await asyncio.gather(_starts(ada, key="a"), _starts(ada, elsewhere, key="b"))
    await stage.settles()

    assert sorted(each.status_code for each in answers) == [202, 409]
    assert await balance(stage, "prepaid_reserved") == -HOLD
    refused = await _starts(ada, elsewhere, key="c")
    assert refused.status_code == 409
    assert await stage.value("SELECT count(*) FROM hold WHERE status = 'placed'") == 1


async def test_mode_28_a_top_up_counts_when_it_succeeded_and_not_before(stage: Stage) -> None:
    """The bank still asks: nothing is in the wallet and nothing starts; its yes makes it count, once."""
    ada = await stage.a_driver(card="pm_card_authenticationRequired")
    assert (await _tops_up(ada, HOLD)).status_code == 201
    await stage.settles()
    assert await balance(stage, "prepaid") == 0
    assert (await _starts(ada)).json()["code"] == "wallet-too-low"

    stage.wire.pass_action((await stage.intents())[-1]["id"])
    await stage.settles()
    for event in await stage.events():
        assert await stage.deliver(event) == 200
    await stage.settles()
    assert await balance(stage, "prepaid") == -HOLD
    assert (await _starts(ada, key="now")).status_code == 202


async def test_mode_29_a_late_bill_takes_the_wallet_below_zero_and_blocks_the_next_start(stage: Stage) -> None:
    """The bill is above what was reserved: it is posted in full, the next start waits for a top-up."""
    ada = await stage.a_driver()
    await _tops_up(ada, HOLD)
    await stage.settles()
    charge = await stage.charge_of((await _starts(ada)).json()["id"])
    await charge.charges(140, minutes=180)
    await charge.cdr(140)
    await stage.settles()

    assert (await charge.status())[0] == "settled"
    assert await balance(stage, "prepaid") == BELOW  # a debit: below zero
    assert await balance(stage, "prepaid_reserved") == 0
    assert await charge.receivable() == 0
    assert (await _starts(ada, key="next")).json()["code"] == "wallet-below-zero"
    assert "wallet_below_zero" in await ada.was_told()
    await _tops_up(ada, HOLD + 2000, key="again")
    await stage.settles()
    assert (await _starts(ada, key="after")).status_code == 202
    assert await stage.value("SELECT count(*) FROM journal WHERE kind = 'partner_cost'") == 1
    await agree(stage)


@pytest.mark.capability("P17")
async def test_mode_30_a_wallet_starts_while_the_processor_is_away(stage: Stage) -> None:
    """No card is needed and nobody is asked: the wallet reserves and the charger starts."""
    ada = await stage.a_driver()
    await _tops_up(ada, HOLD)
    await stage.settles()
    stage.outage()
    answer = await _starts(ada)
    assert answer.status_code == 202
    charge = await stage.charge_of(answer.json()["id"])
    await charge.charges()
    await charge.cdr()
    await stage.settles()
    assert await charge.status() == ("settled", "captured")
    assert await balance(stage, "prepaid") == -(HOLD - cents(20))
    stage.is_back()
    await agree(stage)


@pytest.mark.parametrize("late", [False, True], ids=["mode 12", "mode 15"])
async def test_mode_12_the_rest_is_paid_by_the_driver_who_is_asked(stage: Stage, late: bool) -> None:
    """What the hold did not cover, or could not any more, is paid on session; then nothing is owed."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges(140, minutes=180)
    if late:
        stage.clock.advance(8 * 24 * 3600)
        await stage.sweeps()
        await stage.passes(minutes=1)
    await charge.cdr(140)
    await stage.settles()
    rest = cents(140) - (0 if late else HOLD)
    shown = (await ada.asks("GET", f"charging-sessions/{charge.id}/payments")).json()
    assert (shown["open"]["amount_minor"], shown["url"] is None) == (rest, False)

    path = f"charging-sessions/{charge.id}/payments"
    paid = await ada.asks("POST", path, {"payment_method": "saved_card"}, **{"Idempotency-Key": "rest"})
    assert paid.status_code == 201, paid.text
    await stage.settles()
    assert await charge.receivable() == 0
    assert sum(each["amount_received"] for each in await stage.intents()) == cents(140)
    assert (await ada.asks("GET", path)).json()["open"]["amount_minor"] == 0
    if not late:
        assert len(await charge.sent("capture")) == 1
    await agree(stage)
