"""Capturing and canceling: facts of ``payments.md`` 0.2, 0.3, 0.7 and 1.1."""

import pytest
import stripe

from tests.sandbox.stripe.bench import Bench, embedded_intent


async def test_partial_capture_makes_no_refund(bench: Bench) -> None:
    """Capturing 50.00 of 65.00 takes 50.00 once; nothing is called refunded, one booking is made."""
    intent = await bench.hold(amount=6500)
    captured = await bench.intents.capture_async(
        intent.id, {"amount_to_capture": 5000, "expand": ["latest_charge.balance_transaction"]}
    )
    charge = captured.latest_charge
    amounts = (captured.amount, captured.amount_received, captured.amount_capturable)
    assert (captured.status, amounts) == ("succeeded", (6500, 5000, 0))
    assert (charge.captured, charge.amount_captured, charge.amount_refunded, charge.refunded) == (True, 5000, 0, False)
    assert charge.balance_transaction.amount == 5000
    assert (await bench.sdk.v1.refunds.list_async({})).data == []
    assert len((await bench.sdk.v1.balance_transactions.list_async({})).data) == 1


async def test_fee_is_taken_from_the_captured_amount(bench: Bench) -> None:
    """1.5 % + 0.25 of 12.34 is 0.44; net is what is left."""
    intent = await bench.hold()
    captured = await bench.intents.capture_async(
        intent.id, {"amount_to_capture": 1234, "expand": ["latest_charge.balance_transaction"]}
    )
    booked = captured.latest_charge.balance_transaction
    assert (booked.amount, booked.fee, booked.net) == (1234, 44, 1190)
    assert sum(detail.amount for detail in booked.fee_details) == booked.fee


async def test_capture_without_amount_takes_everything(bench: Bench) -> None:
    """The amount defaults to all that is capturable."""
    intent = await bench.hold()
    assert (await bench.intents.capture_async(intent.id)).amount_received == 5000


async def test_events_of_a_capture_come_in_the_recorded_order(bench: Bench) -> None:
    """Charge captured, then intent succeeded; no refund event."""
    intent = await bench.hold()
    await bench.intents.capture_async(intent.id, {"amount_to_capture": 1234})
    assert (await bench.event_types())[3:] == ["charge.captured", "payment_intent.succeeded"]


async def test_events_of_a_cancel(bench: Bench) -> None:
    """One event; the charge itself says nothing."""
    intent = await bench.hold()
    await bench.intents.cancel_async(intent.id)
    assert (await bench.event_types())[3:] == ["payment_intent.canceled"]


async def test_only_one_capture(bench: Bench) -> None:
    """The rest of a hold is released with its capture: a second one is refused, the intent rides along."""
    intent = await bench.hold()
    await bench.intents.capture_async(intent.id, {"amount_to_capture": 1000})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.intents.capture_async(intent.id, {"amount_to_capture": 1000})
    assert (refused.value.http_status, refused.value.code) == (400, "payment_intent_unexpected_state")
    assert embedded_intent(refused.value).amount_received == 1000


async def test_keeping_the_rest_for_later_is_not_available(bench: Bench) -> None:
    """``final_capture=false`` needs a plan we do not have; the hold stays."""
    intent = await bench.hold()
    with pytest.raises(stripe.InvalidRequestError):
        await bench.intents.capture_async(intent.id, {"amount_to_capture": 1000, "final_capture": False})
    assert (await bench.intents.retrieve_async(intent.id)).status == "requires_capture"


@pytest.mark.parametrize(
    ("amount", "code"),
    [(0, "parameter_invalid_integer"), (-1, None), (5001, "amount_too_large"), (49, "amount_too_small")],
)
async def test_impossible_amounts_are_refused(bench: Bench, amount: int, code: str | None) -> None:
    """Zero, negative, too much and too little answer 400 and leave the hold as it was."""
    intent = await bench.hold()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.intents.capture_async(intent.id, {"amount_to_capture": amount})
    assert (refused.value.http_status, refused.value.code) == (400, code)
    assert refused.value.param == "amount_to_capture"
    assert (await bench.intents.retrieve_async(intent.id)).amount_capturable == 5000


async def test_cancel_releases_without_refund(bench: Bench) -> None:
    """A canceled hold keeps a succeeded, uncaptured charge and makes no refund."""
    intent = await bench.hold()
    canceled = await bench.intents.cancel_async(
        intent.id, {"cancellation_reason": "abandoned", "expand": ["latest_charge"]}
    )
    assert (canceled.status, canceled.cancellation_reason, canceled.amount_capturable) == ("canceled", "abandoned", 0)
    assert canceled.canceled_at == int(bench.clock.at)
    charge = canceled.latest_charge
    assert (charge.status, charge.captured, charge.refunded, charge.amount_refunded) == ("succeeded", False, False, 0)
    assert (await bench.sdk.v1.refunds.list_async({})).data == []


async def test_cancel_without_reason_has_none(bench: Bench) -> None:
    """The reason is as sent, or null."""
    intent = await bench.hold()
    assert (await bench.intents.cancel_async(intent.id)).cancellation_reason is None


@pytest.mark.parametrize(
    ("first", "second"), [("cancel", "cancel"), ("capture", "cancel"), ("cancel", "capture"), ("cancel", "confirm")]
)
async def test_steps_after_the_end_are_refused_with_the_intent(bench: Bench, first: str, second: str) -> None:
    """Whatever comes after the end answers 400 with the whole intent inside the error."""
    intent = await bench.hold()
    ended = await getattr(bench.intents, f"{first}_async")(intent.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await getattr(bench.intents, f"{second}_async")(intent.id)
    assert (refused.value.http_status, refused.value.code) == (400, "payment_intent_unexpected_state")
    embedded = embedded_intent(refused.value)
    assert (embedded.id, embedded.status, embedded.amount) == (intent.id, ended.status, 5000)


async def test_unknown_intent_is_not_found(bench: Bench) -> None:
    """An id in the path that nobody knows answers 404."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.intents.capture_async("pi_nobody")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


async def test_bank_refuses_the_capture(bench: Bench) -> None:
    """The capture-declined card answers 402; the hold is still there to be read."""
    intent = await bench.hold("pm_sandbox_captureDeclined")
    with pytest.raises(stripe.CardError) as refused:
        await bench.intents.capture_async(intent.id, {"amount_to_capture": 1000})
    assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
    assert (await bench.intents.retrieve_async(intent.id)).status == "requires_capture"


async def test_authorization_ended_at_the_bank(bench: Bench) -> None:
    """The capture-expired card answers the code for an authorization that is gone."""
    intent = await bench.hold("pm_sandbox_captureExpired")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.intents.capture_async(intent.id, {"amount_to_capture": 1000})
    assert refused.value.code == "charge_expired_for_capture"


async def test_totals_balance(bench: Bench) -> None:
    """Authorized = captured + released + expired + open, whatever happened to each hold."""
    holds = [await bench.hold() for _ in range(4)]
    await bench.intents.capture_async(holds[0].id, {"amount_to_capture": 1234})
    await bench.intents.cancel_async(holds[1].id)
    await bench.advance(7 * 86_400)
    await bench.hold(amount=700)
    totals = await bench.totals()
    assert (totals["authorized"], totals["captured"], totals["expired"]) == (20_700, 1234, 10_000)
    assert (totals["released"], totals["open_holds"], totals["open_hold_count"]) == (5000 + 3766, 700, 1)


async def test_staff_captures_in_the_dashboard(bench: Bench) -> None:
    """A capture made by hand at Stripe looks like ours, but no request of ours stands behind its events."""
    intent = await bench.hold()
    await bench.steer(f"dashboard/payment_intents/{intent.id}/capture", amount=2000)
    assert (await bench.intents.retrieve_async(intent.id)).amount_received == 2000
    newest = (await bench.sdk.v1.events.list_async({"limit": 1})).data[0]
    assert newest.type == "payment_intent.succeeded"
    assert newest.request is not None
    assert newest.request.id is None
