"""Disputes step by step, early fraud warnings, reviews, cards that change by themselves, outages and rolled secrets."""

import json
from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.bench import Bench
from tests.sandbox.stripe.receiver import Receiver
from tests.sandbox.stripe.test_payouts import captured
from tests.sandbox.stripe.test_webhooks import receiver, receiver_url, telling, verifies

__all__ = ["receiver", "receiver_url", "telling"]


async def dispute_of(bench: Bench, intent: Any) -> stripe.Dispute:
    """Return the one dispute of an intent."""
    (found,) = (await bench.sdk.v1.disputes.list_async({"payment_intent": intent.id})).data
    return found


async def test_an_inquiry_takes_no_money_until_it_escalates(bench: Bench) -> None:
    """A question is answered with no loss; escalated, the money is withdrawn with the fee."""
    intent = await captured(bench, card="pm_card_createDisputeInquiry")
    await bench.advance(1)
    asked = await dispute_of(bench, intent)
    assert (asked.status, asked.balance_transactions, asked.is_charge_refundable) == (
        "warning_needs_response",
        [],
        True,
    )
    await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id, "amount": 100})
    await bench.steer(f"dashboard/disputes/{asked.id}/escalate")
    taken = await dispute_of(bench, intent)
    assert (taken.status, [one.net for one in taken.balance_transactions]) == ("needs_response", [-5000])
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id, "amount": 100})
    assert caught.value.code == "charge_disputed"
    assert (await bench.http.post(f"/_sandbox/dashboard/disputes/{asked.id}/escalate")).status_code == 400


async def test_an_inquiry_may_just_close(bench: Bench) -> None:
    """Closed without escalation it was never a loss."""
    intent = await captured(bench, card="pm_card_createDisputeInquiry")
    await bench.advance(1)
    await bench.steer(f"dashboard/disputes/{(await dispute_of(bench, intent)).id}/end", outcome="won")
    closed = await dispute_of(bench, intent)
    assert (closed.status, closed.balance_transactions) == ("warning_closed", [])
    assert (await bench.totals())["disputed"] == 0


async def test_evidence_goes_to_the_bank_once(bench: Bench) -> None:
    """A draft may be changed; what was submitted may not."""
    intent = await captured(bench)
    dispute_id = (await bench.steer(f"dashboard/charges/{intent.latest_charge}/dispute"))["id"]
    update = bench.sdk.v1.disputes.update_async
    for number in range(2):
        draft = await update(dispute_id, {"evidence": {"customer_name": f"A{number}"}, "submit": False})
        assert draft.status == "needs_response"
    assert (await update(dispute_id, {"evidence": {"customer_name": "A"}})).status == "under_review"
    with pytest.raises(stripe.InvalidRequestError):
        await update(dispute_id, {"evidence": {"customer_name": "B"}})


async def test_what_was_refunded_may_be_disputed_too(bench: Bench) -> None:
    """The other bank disputes the whole payment whatever went back before."""
    intent = await captured(bench, 3000)
    await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id, "amount": 1000})
    told = await bench.steer(f"dashboard/charges/{intent.latest_charge}/dispute", amount=3000)
    assert (told["amount"], told["balance_transactions"][0]["amount"]) == (3000, -3000)


async def test_an_early_warning_of_fraud(bench: Bench) -> None:
    """The bank reports soon after the capture, once; no money moves."""
    intent = await captured(bench, card="pm_card_createIssuerFraudRecord")
    await bench.advance(1)
    (warning,) = (await bench.sdk.v1.radar.early_fraud_warnings.list_async({"payment_intent": intent.id})).data
    assert (warning.charge, warning.actionable) == (intent.latest_charge, True)
    assert (await bench.sdk.v1.radar.early_fraud_warnings.retrieve_async(warning.id)).id == warning.id
    types = [event.type for event in (await bench.sdk.v1.events.list_async({"type": "radar.*"})).data]
    assert types == ["radar.early_fraud_warning.created"]
    assert (await bench.totals())["disputed"] == 0


async def test_a_review_opens_and_closes(bench: Bench) -> None:
    """Told both times, shown on the charge in between, and closed once."""
    intent = await captured(bench)
    review = await bench.steer(f"dashboard/charges/{intent.latest_charge}/review", reason="rule")
    assert (await bench.sdk.v1.charges.retrieve_async(intent.latest_charge)).review == review["id"]
    closed = await bench.sdk.v1.reviews.approve_async(review["id"])
    assert (closed.open, closed.closed_reason) == (False, "approved")
    assert (await bench.sdk.v1.reviews.list_async()).data == []
    with pytest.raises(stripe.InvalidRequestError):
        await bench.sdk.v1.reviews.approve_async(review["id"])
    types = [event.type for event in (await bench.sdk.v1.events.list_async({"type": "review.*"})).data]
    assert types == ["review.closed", "review.opened"]


async def test_a_bank_replaces_a_card(bench: Bench) -> None:
    """The network updates the card by itself, and tells what it was before."""
    _, method = await bench.customer()
    await bench.steer(f"dashboard/payment_methods/{method}/update", last4="1881", exp_year=2040)
    card = (await bench.sdk.v1.payment_methods.retrieve_async(method)).card
    assert card is not None
    assert (card.last4, card.exp_year) == ("1881", 2040)
    (event,) = (await bench.sdk.v1.events.list_async({"type": "payment_method.automatically_updated"})).data
    assert event.data.previous_attributes is not None
    assert event.data.previous_attributes.to_dict() == {"card": {"exp_year": 2034, "last4": "4242"}}


async def test_detaching_the_default_clears_it(bench: Bench) -> None:
    """A customer's default payment method does not outlive its card."""
    customer, method = await bench.customer()
    await bench.sdk.v1.customers.update_async(customer, {"invoice_settings": {"default_payment_method": method}})
    await bench.steer(f"dashboard/payment_methods/{method}/detach")
    seen = await bench.sdk.v1.customers.retrieve_async(customer)
    assert seen.invoice_settings is not None
    assert seen.invoice_settings.default_payment_method is None


async def test_an_outage_lasts_and_ends(bench: Bench) -> None:
    """For a while of virtual time every request fails, nothing is done and no key is used up; then all is well."""
    await bench.steer("faults", kind="outage", path=".*", method="*", for_seconds=3 * 86_400)
    for _ in range(3):
        with pytest.raises(stripe.APIError) as caught:
            await bench.hold(key="tap")
        assert caught.value.http_status == 503
    with pytest.raises(stripe.APIError):
        await bench.intents.list_async({})
    await bench.advance(3 * 86_400 + 1)
    assert (await bench.intents.list_async({})).data == []
    assert (await bench.hold(key="tap")).status == "requires_capture"


async def test_the_network_may_be_gone_for_a_while(bench: Bench) -> None:
    """Any fault can last: here every connection is dropped before a word."""
    await bench.steer("faults", kind="drop_request", path=".*", method="*", for_seconds=60)
    for _ in range(2):
        with pytest.raises(stripe.APIConnectionError):
            await bench.hold()
    await bench.advance(61)
    assert len((await bench.intents.list_async({})).data) == 0


async def test_a_rolled_secret_signs_along_for_a_while(telling: Bench, receiver: Receiver) -> None:
    """After a roll both secrets sign until the old one ends; then only the new one does."""
    (endpoint,) = (await telling.sdk.v1.webhook_endpoints.list_async()).data
    old = "whsec_test"
    new = (await telling.steer(f"dashboard/webhook_endpoints/{endpoint.id}/roll_secret", keep_seconds=3_600))["secret"]
    await telling.sdk.v1.customers.create_async({})
    await receiver.wait_for(1)
    body, header = receiver.requests[0]
    assert verifies(body, header, old)
    assert verifies(body, header, new)
    await telling.advance(3_601)
    await telling.sdk.v1.customers.create_async({})
    await receiver.wait_for(2)
    body, header = receiver.requests[1]
    assert not verifies(body, header, old)
    assert verifies(body, header, new)


async def test_an_event_comes_again_later(telling: Bench, receiver: Receiver) -> None:
    """A delivery repeated after a while carries the same event."""
    await telling.sdk.v1.customers.create_async({})
    await receiver.wait_for(1)
    event_id = receiver.events[0]["id"]
    assert (await telling.steer("webhooks/resend", event_id=event_id, after_seconds=0.2))["deliveries"] == 1
    await receiver.wait_for(2)
    assert [json.loads(body)["id"] for body, _ in receiver.requests] == [event_id] * 2
