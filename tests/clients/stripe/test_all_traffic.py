"""No request leaves that the SDK's own parameter types would reject: all traffic of a long mixed run is watched.

The stand-in refuses such requests as Stripe would; here each request that was sent is judged again, by a JSON Schema
library on schemas built from the SDK's types, and mistakes planted on the way are found by both.
"""

from typing import Any

import jsonschema
import pytest
import stripe

from api.domain.money import Money
from api.ports.payins import PayinRequest
from api.ports.payments import HoldDeclined, ProcessorRefused, ReleaseReason
from api.ports.refunds import RefundReason, RefundRequest
from sandbox.stripe.param_schema import schema_for
from sandbox.stripe.routes import find_route
from tests.clients.stripe.harness import a_request
from tests.clients.stripe.money_harness import StripeMoneyHarness
from tests.fakes import ACTION_CARD

ROUNDS = 6


def complaints(request: dict[str, Any]) -> list[str]:
    """Return what the SDK's parameter types have against a request that was sent."""
    route, _ = find_route(request["method"], request["path"])
    validator = jsonschema.Draft202012Validator(schema_for(route.params_type))
    return [error.message for error in validator.iter_errors(request["params"])]


async def _holds(money: StripeMoneyHarness, number: int) -> None:
    """Place, look at, find, capture and release holds, on good and bad cards."""
    cards = ("pm_card_visa", ACTION_CARD, "pm_card_chargeDeclined", "pm_sandbox_allowances")
    for card in cards:
        key = f"{number}-{card}"
        request = await a_request(money.payments, card=card, hold_id=f"hld-{key}")
        try:
            hold = await money.payments.place_hold(request, idempotency_key=f"place-{key}")
        except HoldDeclined:
            continue
        await money.payments.fetch_hold(hold.payment_intent_id)
        await money.payments.find_hold(request.hold_id, customer_id=request.customer_id)
        if card == "pm_card_visa":
            await money.payments.capture_hold(hold.payment_intent_id, Money(900, "EUR"), idempotency_key=f"cap-{key}")
        else:
            reason = list(ReleaseReason)[number % len(ReleaseReason)]
            await money.payments.release_hold(hold.payment_intent_id, reason, idempotency_key=f"release-{key}")


async def _payins(money: StripeMoneyHarness, number: int) -> None:
    """Take payments with a card, in the app and off session; look, find, cancel."""
    customer = (await a_request(money.payments, hold_id=f"payin-{number}")).customer_id
    saved = await money.payments.save_card(customer, "pm_card_visa", idempotency_key=f"save-{number}")
    for card, on_session in ((saved, True), (None, True), (saved, False)):
        payin_id = f"pay-{number}-{card}-{on_session}"
        request = PayinRequest(
            payin_id, "top_up", Money(5000, "EUR"), customer, "Top-up", card, on_session, charging_session_id="chs_1"
        )
        made = await money.payins.take_payment(request, idempotency_key=payin_id)
        await money.payins.fetch_payment(made.payment_intent_id)
        await money.payins.find_payment(payin_id, customer_id=customer)
        if card is None:
            await money.payins.cancel_payment(made.payment_intent_id, idempotency_key=f"cancel-{payin_id}")


async def _afterwards(money: StripeMoneyHarness, number: int) -> None:
    """Refund, dispute, hand in evidence, look at payouts and the balance."""
    request = await a_request(money.payments, hold_id=f"after-{number}")
    hold = await money.payments.place_hold(request, idempotency_key=f"after-{number}")
    intent_id = hold.payment_intent_id
    await money.payments.capture_hold(intent_id, Money(3000, "EUR"), idempotency_key=f"after-capture-{number}")
    reason = list(RefundReason)[number % len(RefundReason)]
    refund = RefundRequest(f"rfd-{number}", intent_id, Money(500, "EUR"), reason, charging_session_id="chs_1")
    made = await money.refunds.refund_payment(refund, idempotency_key=f"refund-{number}")
    await money.refunds.fetch_refund(made.processor_refund_id)
    await money.refunds.refunds_of_payment(intent_id)
    dispute_id = await money.dispute(intent_id)
    texts = {"customer_name": "A Driver", "product_description": "Energy", "uncategorized_text": "Meter: 10 kWh"}
    await money.settlement.submit_evidence(dispute_id, texts, final=True, idempotency_key=f"evidence-{number}")
    await money.settlement.fetch_dispute(dispute_id)
    await money.end_dispute(dispute_id, won=bool(number % 2))
    payout_id = await money.next_payout()
    await money.settlement.fetch_payout(payout_id)
    await money.settlement.balance_entries(payout_id=payout_id, since=None)
    await money.settlement.balance_entries(since=money.clock.now())


async def _copy(money: StripeMoneyHarness, number: int) -> None:
    """Page through all there is, and look some of it up."""
    since = money.clock.now() if number % 2 else None
    payments = await money.mirror.payments_page(since=since, after=None, size=5)
    await money.mirror.payments_page(since=since, after=payments.after, size=5)
    refunds = await money.mirror.refunds_page(since=since, after=None, size=1)
    await money.mirror.refunds_page(since=since, after=refunds.after, size=1)
    entries = await money.mirror.entries_page(since=since, after=None, size=2)
    await money.mirror.entries_page(since=since, after=entries.after, size=2)
    await money.mirror.fetch_payments([one.payment_intent_id for one in payments.found])
    await money.mirror.fetch_refunds([one.processor_refund_id for one in refunds.found])


async def _cards(money: StripeMoneyHarness, number: int) -> None:
    """Add, list, look at and remove cards."""
    customer = (await a_request(money.payments, hold_id=f"cards-{number}")).customer_id
    setup = await money.cards.begin_setup(
        customer, driver_id="drv_1", card_operation_id=f"cop-{number}", idempotency_key=f"setup-{number}"
    )
    await money.cards.open_app_session(customer, idempotency_key=f"session-{number}")
    money.enter_card(setup.setup_intent_id)
    done = await money.cards.fetch_setup(setup.setup_intent_id)
    for card in await money.cards.cards_of_customer(customer):
        await money.cards.fetch_card(card.payment_method_id)
    await money.cards.remove_card(str(done.payment_method_id), idempotency_key=f"remove-{number}")


async def test_no_request_leaves_that_the_types_would_reject(money_wire: StripeMoneyHarness) -> None:
    """Every call of every port, on good and bad ways: nothing is refused for its parameters, here or by the types."""
    for number in range(ROUNDS):
        for story in (_holds, _payins, _afterwards, _cards, _copy):
            await story(money_wire, number)
    # What the test itself asked for with the SDK stands apart: it looked charges and payouts up.
    sent = money_wire.wire.requests()
    assert len(sent) > 200
    assert {request["path"]: found for request in sent if (found := complaints(request))} == {}
    assert [request for request in sent if request["status"] == 400] == []
    writes = [request for request in sent if request["method"] == "POST"]
    assert [request["path"] for request in writes if not request["idempotency_key"]] == []
    called = {find_route(request["method"], request["path"])[0].params_type for request in sent}
    assert len(called) >= 18, "calls are missing in this run"


@pytest.mark.parametrize(
    "planted",
    [
        {"surprise": 1},
        {"capture_method": "manuel"},
        {"amount": "50.00"},
        {"payment_method_types": ["card"]},
        {"payment_method_options": {"card": {"request_overcapture": "yes"}}},
        {"payment_method_options": {"card": {"surprise": "yes"}}},
        {"metadata": "hold"},
    ],
)
async def test_a_planted_mistake_is_found(
    money_wire: StripeMoneyHarness, monkeypatch: pytest.MonkeyPatch, planted: dict[str, Any]
) -> None:
    """A wrong name, value or form in one request of ours is refused by the stand-in and by the types alike."""
    request = await a_request(money_wire.payments)
    await money_wire.payments.place_hold(request, idempotency_key="good")
    create = stripe.PaymentIntentService.create_async

    async def spoiled(self: Any, params: Any, options: Any) -> Any:
        return await create(self, params | planted, options)

    monkeypatch.setattr(stripe.PaymentIntentService, "create_async", spoiled)
    with pytest.raises(ProcessorRefused):
        await money_wire.payments.place_hold(request, idempotency_key="spoiled")
    good, bad = money_wire.wire.sent("/v1/payment_intents")
    assert (good["status"], complaints(good)) == (200, [])
    assert bad["status"] == 400
    assert complaints(good | {"params": good["params"] | planted})
