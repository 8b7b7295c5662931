"""What a hold did not cover, paid: by the driver, by a link, once from the saved card (payments.md 12)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.finance.payer import Payer
from api.models.charging import ChargingSession
from api.models.wallet import Payin
from api.services.charging.look_payin import look_at_payin, sweep_payins
from api.services.charging.pay_link import UnknownPayLink, charge_of_token, pay_token
from api.services.charging.pay_rest import NothingToPay, PaymentInProgress, pay_rest
from api.services.charging.payers import ReceivableOpen
from api.services.charging.rest_view import rest_view
from api.services.payments.payins import PayinMethod, PayinSource
from tests.bench import Bench, a_bench
from tests.builders import a_cdr, a_driver, push_cdr
from tests.charges import a_charge, a_quote, start
from tests.fakes import ACTION_CARD, START
from tests.wallets import account, books_balance, payins, stored

S = ChargingStatus


async def a_rest(bench: Bench, cost: str = "60.00", **driver: Any) -> ChargingSession:
    """Return a settled charge of 71.40 on a hold of 50.00: 21.40 are owed."""
    await a_driver(bench, **driver)
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, a_cdr(charge, cost=cost))
    await bench.drain()
    return await bench.charge(charge)


async def pays(bench: Bench, charge: ChargingSession, method: str = "card", source: str = "driver") -> Payin:
    """Pay what is owed."""
    return await pay_rest(
        work=bench.work,
        ports=bench.ports,
        charging_session_id=charge.id,
        driver_id=charge.driver_id,
        method=PayinMethod(method),
        source=PayinSource(source),
    )


async def owed(bench: Bench, charge: ChargingSession) -> int:
    """Return what the machine says is owed; the books must agree."""
    minor = int((await bench.charge(charge)).state["receivable"]["minor"])
    assert await account(bench, "receivable") == minor
    return minor


async def test_the_rest_is_told_with_a_link_and_paid_with_the_saved_card(bench: Bench) -> None:
    """The hold is taken in full once; the rest is owed, told, and paid in one step by the driver."""
    charge = await a_rest(bench)
    assert await owed(bench, charge) == 2140
    assert "payment_due" in await bench.messages()
    detail = (await bench.rows("SELECT detail FROM notice WHERE message = 'payment_due'"))[0].detail
    assert (detail["amount_minor"], pay_token(bench.ports.policy, charge.id) in detail["url"]) == (2140, True)

    payin = await pays(bench, charge)

    assert (payin.status, payin.received_minor) == ("succeeded", 2140)
    assert await owed(bench, charge) == 0
    assert await account(bench, "revenue") + await account(bench, "vat") == -7140
    await books_balance(bench)
    with pytest.raises(NothingToPay):
        await pays(bench, charge)


async def test_ten_taps_and_a_link_pay_once(bench: Bench) -> None:
    """There is one payment at a time for a charge, whoever asks and however often."""
    charge = await a_rest(bench)

    await asyncio.gather(*(pays(bench, charge) for _ in range(10)), return_exceptions=True)

    assert len([each for each in payins(bench).payins if each.received.minor]) == 1
    assert await owed(bench, charge) == 0


async def test_a_link_shows_what_is_open_and_pays_it(bench: Bench) -> None:
    """Without signing in: amount, operator, the driver's language; the page confirms, and the look books it."""
    charge = await a_rest(bench, language="fr")
    token = pay_token(bench.ports.policy, charge.id)
    async with bench.work() as db:
        behind = await charge_of_token(db=db, policy=bench.ports.policy, token=token)
        view = await rest_view(db=db, charge=behind)
    assert (behind.id, view.open.minor, view.payment, view.text[:6]) == (charge.id, 2140, None, "La cha")

    payin = await pays(bench, charge, "new", "link")
    again = await pays(bench, charge, "new", "link")
    assert (payin.status, payin.client_secret is not None, again.id) == ("action_required", True, payin.id)
    payins(bench).pay_in_app(payin.payment_intent_id or "")
    await look_at_payin(work=bench.work, ports=bench.ports, payment_intent_id=payin.payment_intent_id or "")

    assert await owed(bench, charge) == 0
    await books_balance(bench)


@pytest.mark.parametrize("token", ["", "chs_1", "chs_00000001.0000", "chs_00000001.", ".", "a.b.c"])
async def test_a_link_that_we_did_not_make_leads_nowhere(bench: Bench, token: str) -> None:
    """No part of it can be guessed."""
    async with bench.work() as db:
        with pytest.raises(UnknownPayLink):
            await charge_of_token(db=db, policy=bench.ports.policy, token=token)


async def test_a_bill_that_falls_while_the_rest_is_paid_gives_the_excess_back(bench: Bench) -> None:
    """Paid for a rest that is no more: counted as income first, and due to the driver by the machine's own rule."""
    charge = await a_rest(bench)
    payin = await pays(bench, charge, "new")
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-60.00", credit=True, credit_reference_id=a_cdr(charge).id))
    await push_cdr(bench, a_cdr(charge, id="NEW", cost="50.00"))
    await bench.drain()
    assert await owed(bench, charge) == 950  # 59.50 on a hold of 50.00

    payins(bench).pay_in_app(payin.payment_intent_id or "")
    await look_at_payin(work=bench.work, ports=bench.ports, payment_intent_id=payin.payment_intent_id or "")

    assert await owed(bench, charge) == 0
    state = (await bench.charge(charge)).state
    assert (state["after"]["paid"]["minor"], state["excess"]["minor"]) == (2140, 1190)
    await books_balance(bench)


async def test_an_open_payment_of_another_amount_is_taken_back_first(bench: Bench) -> None:
    """The bill changed: the old payment is canceled, so that nobody confirms too much, and a new one begun."""
    charge = await a_rest(bench)
    old = await pays(bench, charge, "new")
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-60.00", credit=True, credit_reference_id=a_cdr(charge).id))
    await push_cdr(bench, a_cdr(charge, id="NEW", cost="50.00"))
    await bench.drain()

    with pytest.raises(PaymentInProgress):
        await pays(bench, charge)
    await bench.drain()
    payin = await pays(bench, charge)

    assert ((await stored(bench, old)).status, payin.received_minor) == ("canceled", 950)
    assert await owed(bench, charge) == 0


@pytest.fixture
def generous(bench: Bench) -> Bench:
    """Return an installation that may charge a saved card later."""
    policy = replace(bench.ports.policy, receivable_off_session=True)
    return a_bench(bench.work, policy=policy)


async def test_the_saved_card_pays_once_where_policy_and_driver_agree(generous: Bench) -> None:
    """Nobody is asked twice: the rest is taken off session, and there is no notice to pay."""
    charge = await a_rest(generous, later_charges_at=START)

    assert await owed(generous, charge) == 0
    assert "payment_due" not in await generous.messages()
    assert await generous.value("SELECT source FROM payin") == "automatic"


async def test_a_bank_that_wants_to_ask_makes_us_ask_the_driver(generous: Bench) -> None:
    """``authentication_required``: the one automatic attempt is over, the driver is told, and pays in the app."""
    await a_driver(generous, later_charges_at=START)
    charge = await a_charge(generous, S.ENDED)
    await generous.rows("UPDATE driver SET payment_method_id = :card RETURNING id", card=ACTION_CARD)
    await push_cdr(generous, a_cdr(charge, cost="60.00"))
    await generous.drain()

    assert (await generous.rows("SELECT status, decline_code FROM payin"))[0] == ("declined", "authentication_required")
    assert (await generous.messages()).count("payment_due") == 1
    assert await owed(generous, charge) == 2140


async def test_without_agreement_no_card_is_charged_later(generous: Bench) -> None:
    """A policy alone is not the driver's word."""
    charge = await a_rest(generous)

    assert payins(generous).calls == []
    assert await owed(generous, charge) == 2140


async def test_who_owes_too_much_starts_no_card_charge(bench: Bench) -> None:
    """Above 100 euro owed a card starts nothing; the wallet may, since it pays beforehand."""
    await a_rest(bench, "150.00")  # 178.50, of which 128.50 are owed

    quote = await a_quote(bench)
    with pytest.raises(ReceivableOpen):
        await start(bench, quote, pay_with=Payer.CARD)


async def test_a_payment_link_that_nobody_uses_is_closed_and_may_be_used_again(bench: Bench) -> None:
    """An intent does not stay open for ever; the link itself does."""
    charge = await a_rest(bench)
    first = await pays(bench, charge, "new", "link")
    bench.clock.advance(3601)
    await sweep_payins(work=bench.work, ports=bench.ports)
    await bench.drain()
    assert (await stored(bench, first)).status == "canceled"

    again = await pays(bench, charge, "new", "link")

    assert again.id != first.id
