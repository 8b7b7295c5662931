"""Refunds and disputes: facts of ``payments.md`` 1.1 and 1.2."""

import pytest
import stripe

from tests.sandbox.stripe.bench import Bench


async def test_partial_refunds_add_up(bench: Bench) -> None:
    """Refunds count against what was captured, not against what was held."""
    intent = await bench.hold()
    await bench.intents.capture_async(intent.id, {"amount_to_capture": 3000})
    refunds = bench.sdk.v1.refunds
    first = await refunds.create_async({"payment_intent": intent.id, "amount": 1000, "reason": "requested_by_customer"})
    assert (first.status, first.amount, first.payment_intent) == ("succeeded", 1000, intent.id)
    second = await refunds.create_async({"charge": str(first.charge)})
    assert second.amount == 2000
    charge = await bench.sdk.v1.charges.retrieve_async(str(first.charge))
    assert (charge.amount_refunded, charge.refunded) == (3000, True)
    assert (await bench.totals())["refunded"] == 3000


async def test_refund_is_booked_without_giving_the_fee_back(bench: Bench) -> None:
    """The booking of a refund is its negative amount and no fee."""
    intent = await bench.hold(capture_method="automatic")
    refund = await bench.sdk.v1.refunds.create_async(
        {"payment_intent": intent.id, "amount": 1000, "expand": ["balance_transaction"]}
    )
    assert isinstance(refund.balance_transaction, stripe.BalanceTransaction)
    assert (refund.balance_transaction.amount, refund.balance_transaction.fee) == (-1000, 0)


async def test_events_of_a_refund_come_in_the_recorded_order(bench: Bench) -> None:
    """Refund created, then charge refunded."""
    intent = await bench.hold(capture_method="automatic")
    await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id})
    assert (await bench.event_types())[-2:] == ["refund.created", "charge.refunded"]


async def test_over_refund_has_no_code(bench: Bench) -> None:
    """Too much answers 400 without a code, also after a partial refund."""
    intent = await bench.hold()
    await bench.intents.capture_async(intent.id, {"amount_to_capture": 3000})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id, "amount": 4000})
    assert (refused.value.http_status, refused.value.code) == (400, None)


async def test_fully_refunded_charge_has_a_code(bench: Bench) -> None:
    """Nothing left answers ``charge_already_refunded``."""
    intent = await bench.hold(capture_method="automatic")
    await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id, "amount": 1})
    assert (refused.value.http_status, refused.value.code) == (400, "charge_already_refunded")


async def test_uncaptured_charge_cannot_be_refunded(bench: Bench) -> None:
    """A hold is canceled, not refunded."""
    intent = await bench.hold()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id})
    assert refused.value.http_status == 400


async def test_refund_reason_of_stripes_own_is_refused(bench: Bench) -> None:
    """``expired_uncaptured_charge`` is a reason only Stripe may give."""
    intent = await bench.hold(capture_method="automatic")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id, "reason": "expired_uncaptured_charge"})
    assert refused.value.param == "reason"


async def test_refund_can_fail_later(bench: Bench) -> None:
    """The refund-fail card's refund looks done, then fails: the money is back and can be refunded again."""
    intent = await bench.hold("pm_card_refundFail", capture_method="automatic")
    refund = await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id, "amount": 1000})
    assert refund.status == "succeeded"
    await bench.advance(61)
    failed = await bench.sdk.v1.refunds.retrieve_async(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    charge = await bench.sdk.v1.charges.retrieve_async(str(refund.charge))
    assert charge.amount_refunded == 0
    assert (await bench.event_types())[-2:] == ["refund.updated", "refund.failed"]
    bookings = (await bench.sdk.v1.balance_transactions.list_async({"source": refund.id})).data
    assert sum(booked.net for booked in bookings) == 0


@pytest.mark.parametrize(
    ("card", "end"), [("pm_card_pendingRefund", "succeeded"), ("pm_sandbox_refundPendingThenFails", "failed")]
)
async def test_pending_refund_ends(bench: Bench, card: str, end: str) -> None:
    """A pending refund is not booked until it ends."""
    intent = await bench.hold(card, capture_method="automatic")
    refund = await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id, "amount": 1000})
    assert (refund.status, refund.balance_transaction) == ("pending", None)
    await bench.advance(61)
    ended = await bench.sdk.v1.refunds.retrieve_async(refund.id)
    assert (ended.status, ended.balance_transaction is not None) == (end, end == "succeeded")


async def test_dispute_on_captured_money(bench: Bench) -> None:
    """The dispute card takes the captured money back with a fee; a refund is refused meanwhile."""
    intent = await bench.hold("pm_card_createDispute")
    await bench.advance(1)
    assert (await bench.sdk.v1.disputes.list_async({})).data == []
    await bench.intents.capture_async(intent.id, {"amount_to_capture": 1234})
    await bench.advance(1)
    (dispute,) = (await bench.sdk.v1.disputes.list_async({"payment_intent": intent.id})).data
    assert (dispute.amount, dispute.reason, dispute.status) == (1234, "fraudulent", "needs_response")
    assert (await bench.event_types())[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id})
    assert refused.value.code == "charge_disputed"


async def test_won_dispute_gives_the_money_back(bench: Bench) -> None:
    """The amount returns, the dispute fee does not."""
    intent = await bench.hold("pm_card_createDispute", capture_method="automatic")
    await bench.advance(1)
    (dispute,) = (await bench.sdk.v1.disputes.list_async({})).data
    await bench.steer(f"dashboard/disputes/{dispute.id}/end", outcome="won")
    ended = await bench.sdk.v1.disputes.retrieve_async(dispute.id)
    assert ended.status == "won"
    assert [booked.net for booked in ended.balance_transactions] == [-5000 - 2000, 5000]
    assert intent.id == ended.payment_intent
