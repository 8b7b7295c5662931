"""Placing holds: facts of ``payments.md`` 0.1, 0.4, 0.5, 0.6 and 1.1."""

import pytest
import stripe

from tests.sandbox.stripe.bench import Bench

DAY = 86_400


async def test_manual_capture_blocks_without_taking(bench: Bench) -> None:
    """A confirmed manual intent waits for capture; its charge "succeeded" although no money moved."""
    intent = await bench.hold()
    charge = intent.latest_charge
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 5000, 0)
    assert (charge.status, charge.paid, charge.captured, charge.amount_captured) == ("succeeded", True, False, 0)
    assert charge.balance_transaction is None


async def test_without_capture_method_the_money_is_taken(bench: Bench) -> None:
    """The default is ``automatic_async``: the money goes at once and is booked a moment later (``charge.updated``)."""
    intent = await bench.hold(capture_method=None)
    assert (intent.capture_method, intent.status, intent.amount_received) == ("automatic_async", "succeeded", 5000)
    assert intent.latest_charge.balance_transaction is None
    await bench.advance(1)
    charge = await bench.sdk.v1.charges.retrieve_async(intent.latest_charge.id)
    assert charge.balance_transaction is not None
    assert (await bench.event_types())[-1] == "charge.updated"


async def test_synchronous_automatic_capture_is_booked_at_once(bench: Bench) -> None:
    """With ``automatic`` the answer already has its balance transaction."""
    intent = await bench.hold(capture_method="automatic", expand=["latest_charge.balance_transaction"])
    assert intent.latest_charge.balance_transaction.amount == 5000


async def test_customer_initiated_hold_lives_seven_days(bench: Bench) -> None:
    """An on-session hold says to be captured within exactly seven days."""
    intent = await bench.hold()
    assert intent.latest_charge.payment_method_details.card.capture_before == intent.created + 7 * DAY


@pytest.mark.parametrize(("card", "seconds"), [("pm_card_visa", 4 * DAY + 18 * 3600), ("pm_card_mastercard", 7 * DAY)])
async def test_off_session_window_depends_on_the_brand(bench: Bench, card: str, seconds: int) -> None:
    """A merchant-initiated Visa hold lives 4 days 18 hours; other brands keep seven days."""
    customer, method = await bench.customer(card)
    intent = await bench.hold(method, customer=customer, off_session=True)
    assert intent.latest_charge.payment_method_details.card.capture_before == intent.created + seconds


async def test_events_of_a_hold_come_in_the_recorded_order(bench: Bench) -> None:
    """Created, charge succeeded, amount capturable."""
    await bench.hold()
    assert await bench.event_types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
    ]


@pytest.mark.parametrize("path", ["/v1/payment_intents", "/v1/setup_intents"])
async def test_payment_method_types_is_refused(bench: Bench, path: str) -> None:
    """Since 2026-09-30.endive ``payment_method_types`` answers 400 with a code of its own."""
    form = {"payment_method_types[0]": "card", **({"amount": "5000", "currency": "eur"} if "payment" in path else {})}
    answer = await bench.http.post(path, data=form)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "payment_method_types_no_longer_supported"


async def test_payment_method_types_is_refused_on_confirm(bench: Bench) -> None:
    """The same on confirming."""
    intent = await bench.hold(confirm=False)
    answer = await bench.http.post(f"/v1/payment_intents/{intent.id}/confirm", data={"payment_method_types[]": "card"})
    assert answer.json()["error"]["code"] == "payment_method_types_no_longer_supported"


async def test_confirm_in_two_steps(bench: Bench) -> None:
    """An intent made without a card asks for one, then for confirmation, then holds."""
    intent = await bench.hold(confirm=False, payment_method=None)
    assert intent.status == "requires_payment_method"
    updated = await bench.intents.update_async(intent.id, {"payment_method": "pm_card_visa", "amount": 6000})
    assert updated.status == "requires_confirmation"
    confirmed = await bench.intents.confirm_async(intent.id)
    assert (confirmed.status, confirmed.amount_capturable) == ("requires_capture", 6000)


async def test_refused_update_changes_nothing(bench: Bench) -> None:
    """An update is all or nothing."""
    intent = await bench.hold(confirm=False)
    with pytest.raises(stripe.InvalidRequestError):
        await bench.intents.update_async(intent.id, {"amount": 6000, "payment_method": "pm_nobody"})
    assert (await bench.intents.retrieve_async(intent.id)).amount == 5000


async def test_amount_of_a_hold_cannot_be_updated(bench: Bench) -> None:
    """An authorized amount does not change by an update; metadata does."""
    intent = await bench.hold()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.intents.update_async(intent.id, {"amount": 6000})
    assert refused.value.code == "payment_intent_unexpected_state"
    updated = await bench.intents.update_async(intent.id, {"metadata": {"note": "x"}})
    assert (updated.amount, updated.metadata["note"]) == (5000, "x")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 49}, "amount_too_small"),
        ({"amount": 0}, "parameter_invalid_integer"),
        ({"amount": 100_000_000}, "amount_too_large"),
        ({"currency": "xxx"}, None),
        ({"customer": "cus_nobody"}, "resource_missing"),
        ({"payment_method": "pm_nobody"}, "resource_missing"),
    ],
)
async def test_impossible_holds_are_refused(bench: Bench, changes: dict[str, object], code: str | None) -> None:
    """Amounts outside the limits, unknown currencies, customers and cards answer 400."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.hold(**changes)  # type: ignore[arg-type] # the card is among the changes on purpose
    assert (refused.value.http_status, refused.value.code) == (400, code)


async def test_foreign_card_is_refused(bench: Bench) -> None:
    """A card saved by one customer does not pay for another, nor for nobody."""
    _, method = await bench.customer()
    other, _ = await bench.customer()
    for changes in ({"customer": other}, {}):
        with pytest.raises(stripe.InvalidRequestError):
            await bench.hold(method, **changes)


async def test_used_or_detached_card_cannot_be_used_again(bench: Bench) -> None:
    """A card used without a customer, or detached from one, is spent."""
    loose = await bench.sdk.v1.payment_methods.create_async({"type": "card", "card": {"token": "tok_visa"}})
    await bench.hold(loose.id)
    customer, method = await bench.customer()
    await bench.sdk.v1.payment_methods.detach_async(method)
    for spent in (loose.id, method):
        with pytest.raises(stripe.InvalidRequestError):
            await bench.hold(spent, customer=customer)


async def test_detaching_leaves_a_live_hold_alone(bench: Bench) -> None:
    """A hold stays good when its card is removed meanwhile."""
    customer, method = await bench.customer()
    intent = await bench.hold(method, customer=customer)
    await bench.sdk.v1.payment_methods.detach_async(method)
    captured = await bench.intents.capture_async(intent.id, {"amount_to_capture": 1234})
    assert captured.status == "succeeded"


async def test_hold_saves_the_card_when_asked(bench: Bench) -> None:
    """``setup_future_usage`` attaches the card to the customer once the hold is good."""
    customer = await bench.sdk.v1.customers.create_async({})
    await bench.hold(customer=customer.id, setup_future_usage="off_session")
    saved = await bench.sdk.v1.payment_methods.list_async({"customer": customer.id, "type": "card"})
    assert [method.card and method.card.last4 for method in saved.data] == ["4242"]


async def test_confirm_without_a_way_back_is_refused(bench: Bench) -> None:
    """When redirecting payment methods are possible, confirming needs a ``return_url``."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.hold(allowed_payment_method_types=None)
    assert refused.value.param == "return_url"


async def test_raising_a_hold_is_not_available(bench: Bench) -> None:
    """Incremental authorization is refused on an ordinary card, asked for or not."""
    asked = {"card": {"request_incremental_authorization": "if_available"}}
    intent = await bench.hold(payment_method_options=asked)
    assert intent.latest_charge.payment_method_details.card.incremental_authorization.status == "unavailable"
    with pytest.raises(stripe.InvalidRequestError):
        await bench.intents.increment_authorization_async(intent.id, {"amount": 6000})


async def test_magic_card_can_be_raised(bench: Bench) -> None:
    """The incremental card raises the hold, and the totals follow."""
    asked = {"card": {"request_incremental_authorization": "if_available"}}
    intent = await bench.hold("pm_sandbox_incremental", payment_method_options=asked)
    raised = await bench.intents.increment_authorization_async(intent.id, {"amount": 6000})
    assert (raised.amount, raised.amount_capturable) == (6000, 6000)
    assert (await bench.totals())["authorized"] == 6000


async def test_declined_raise_leaves_the_old_hold(bench: Bench) -> None:
    """A refused increment answers 402 and changes nothing."""
    asked = {"card": {"request_incremental_authorization": "if_available"}}
    intent = await bench.hold("pm_sandbox_incrementDeclined", payment_method_options=asked)
    with pytest.raises(stripe.CardError):
        await bench.intents.increment_authorization_async(intent.id, {"amount": 6000})
    now = await bench.intents.retrieve_async(intent.id)
    assert (now.status, now.amount_capturable) == ("requires_capture", 5000)


async def test_extended_and_overcapture_only_when_asked(bench: Bench) -> None:
    """The cards that allow more give it only on request."""
    plain = await bench.hold("pm_sandbox_extended")
    assert plain.latest_charge.payment_method_details.card.capture_before == plain.created + 7 * DAY
    asked = {"card": {"request_extended_authorization": "if_available", "request_overcapture": "if_available"}}
    longer = await bench.hold("pm_sandbox_extended", payment_method_options=asked)
    assert longer.latest_charge.payment_method_details.card.capture_before == longer.created + 30 * DAY
    wider = await bench.hold("pm_sandbox_overcapture", payment_method_options=asked)
    assert wider.latest_charge.payment_method_details.card.overcapture.maximum_amount_capturable == 6000
    taken = await bench.intents.capture_async(wider.id, {"amount_to_capture": 5500})
    assert taken.amount_received == 5500
