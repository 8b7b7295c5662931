"""Each recorded fact of ``payments.md`` 0 and 1 is a fact of the stand-in: holds, captures, refunds, disputes.

One test a fact, named after it. With a test key the same tests run against Stripe itself, see ``account.py``. Events,
keys and the SDK are in ``test_facts_around.py``.
"""

from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.account import Account
from tests.sandbox.stripe.bench import embedded_intent

DAY = 86_400


async def refused(call: Any) -> stripe.InvalidRequestError:
    """Await a call that Stripe refuses with 400 and return the refusal."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await call
    assert caught.value.http_status == 400
    return caught.value


async def captured(account: Account, minor: int = 5000, *, card: str = "pm_card_visa", **changes: Any) -> Any:
    """Return a captured intent with its charge."""
    hold = await account.hold(card, **changes)
    return await account.intents.capture_async(hold.id, {"amount_to_capture": minor, "expand": ["latest_charge"]})


# --- holds ------------------------------------------------------------------------------------------------------------


async def test_payment_method_types_is_gone(account: Account) -> None:
    """Since 2026-09-30.endive a create, a confirm or a setup that sends it is refused with a code of its own."""
    setup: Any = {"payment_method_types": ["card"]}
    intent = await account.intents.create_async({"amount": 5000, "currency": "eur"})
    for call in (
        account.intents.create_async({"amount": 5000, "currency": "eur", **setup}),
        account.intents.confirm_async(intent.id, {"payment_method": "pm_card_visa", **setup}),
        account.sdk.v1.setup_intents.create_async(setup),
    ):
        assert (await refused(call)).code == "payment_method_types_no_longer_supported"


async def test_the_default_is_not_a_hold(account: Account) -> None:
    """Without ``capture_method`` the money is taken: ``automatic_async``."""
    params = {
        "amount": 5000,
        "currency": "eur",
        "payment_method": "pm_card_visa",
        "allowed_payment_method_types": ["card"],
        "confirm": True,
    }
    intent = await account.intents.create_async(params)
    assert (intent.capture_method, intent.status, intent.amount_received) == ("automatic_async", "succeeded", 5000)


async def test_a_hold_moves_no_money(account: Account) -> None:
    """The charge says ``succeeded`` and ``paid`` and is not captured: only ``captured`` tells that money moved."""
    intent = await account.hold()
    charge = intent.latest_charge
    assert (intent.status, intent.amount, intent.amount_capturable, intent.amount_received) == (
        "requires_capture", 5000, 5000, 0,
    )  # fmt: skip
    assert (charge.status, charge.paid, charge.captured, charge.amount_captured) == ("succeeded", True, False, 0)
    assert charge.balance_transaction is None


async def test_a_plain_visa_hold_lives_seven_days(account: Account) -> None:
    """``capture_before`` is the charge's creation plus 604,800 seconds."""
    charge = (await account.hold()).latest_charge
    assert charge.payment_method_details.card.capture_before == charge.created + 7 * DAY


async def test_a_merchant_initiated_visa_hold_lives_shorter(account: Account) -> None:
    """Off session Visa gives exactly 4 days and 18 hours: the window is read from the charge and nowhere else."""
    customer, method = await account.customer()
    charge = (await account.hold(method, customer=customer, off_session=True)).latest_charge
    assert charge.payment_method_details.card.capture_before == charge.created + 4 * DAY + 18 * 3_600


async def test_extras_of_the_networks_are_not_there_unless_granted(account: Account) -> None:
    """Asked for ``if_available``, a standard account's charge says what it got: nothing."""
    asked = {
        "request_extended_authorization": "if_available",
        "request_incremental_authorization": "if_available",
        "request_overcapture": "if_available",
        "request_multicapture": "if_available",
    }
    intent = await account.hold(payment_method_options={"card": asked})
    details = intent.latest_charge.payment_method_details.card
    assert details.extended_authorization.status == "disabled"
    assert details.incremental_authorization.status == "unavailable"
    assert details.overcapture.status == "unavailable"
    assert details.multicapture.status == "unavailable"
    await refused(account.intents.increment_authorization_async(intent.id, {"amount": 6000}))


async def test_a_declined_intent_waits_for_another_card(account: Account) -> None:
    """Back to ``requires_payment_method`` without the card, the error on it, and the same intent succeeds later."""
    with pytest.raises(stripe.CardError) as caught:
        await account.hold("pm_card_visa_chargeDeclinedInsufficientFunds")
    error: Any = caught.value.error
    assert (caught.value.http_status, caught.value.code, error.decline_code) == (
        402, "card_declined", "insufficient_funds",
    )  # fmt: skip
    intent = embedded_intent(caught.value)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error.decline_code == "insufficient_funds"
    assert error.payment_method is not None
    assert error.charge.startswith("ch_")
    again = await account.intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert again.status == "requires_capture"


async def test_waiting_for_the_bank_makes_no_charge(account: Account) -> None:
    """3-D Secure on session: ``requires_action``, a secret for the app, and no charge yet."""
    intent = await account.hold("pm_card_authenticationRequired", use_stripe_sdk=True)
    assert (intent.status, intent.latest_charge, intent.amount_capturable) == ("requires_action", None, 0)
    assert intent.client_secret


async def test_off_session_the_bank_cannot_ask(account: Account) -> None:
    """A card that needs 3-D Secure answers 402 ``authentication_required`` off session, without a charge."""
    customer, method = await account.customer("pm_card_authenticationRequired")
    with pytest.raises(stripe.CardError) as caught:
        await account.hold(method, customer=customer, off_session=True)
    assert caught.value.code == "authentication_required"
    assert embedded_intent(caught.value).latest_charge is None


async def test_the_smallest_charge(account: Account) -> None:
    """Less than the currency's minimum (EUR 0.50) is refused."""
    assert (await refused(account.hold(amount=49))).code == "amount_too_small"


# --- captures and the end of a hold -----------------------------------------------------------------------------------


async def test_a_partial_capture_makes_no_refund(account: Account) -> None:
    """Since 2025-03-31.basil: 5,000 of 6,500 leaves ``refunded`` false, one booking, and nothing capturable."""
    intent = await captured(account, 5000, amount=6500)
    charge = intent.latest_charge
    assert (intent.status, intent.amount, intent.amount_received, intent.amount_capturable) == (
        "succeeded", 6500, 5000, 0,
    )  # fmt: skip
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (5000, 0, False)
    assert charge.balance_transaction is not None
    assert (await account.sdk.v1.refunds.list_async({"payment_intent": intent.id})).data == []


async def test_a_hold_is_captured_once(account: Account) -> None:
    """The remainder is released with the capture; a second one is refused, the whole intent inside the error."""
    intent = await captured(account, 1000)
    error = await refused(account.intents.capture_async(intent.id, {"amount_to_capture": 500}))
    assert error.code == "payment_intent_unexpected_state"
    assert embedded_intent(error).amount_received == 1000


async def test_zero_cannot_be_captured(account: Account) -> None:
    """``amount_to_capture=0`` is no integer for Stripe: a bill of nothing is a cancel."""
    hold = await account.hold()
    error = await refused(account.intents.capture_async(hold.id, {"amount_to_capture": 0}))
    assert (error.code, error.param) == ("parameter_invalid_integer", "amount_to_capture")


async def test_more_than_the_hold_cannot_be_captured(account: Account) -> None:
    """Too much has a code; less than nothing has none, only the parameter."""
    hold = await account.hold()
    assert (await refused(account.intents.capture_async(hold.id, {"amount_to_capture": 5001}))).code == (
        "amount_too_large"
    )
    error = await refused(account.intents.capture_async(hold.id, {"amount_to_capture": -1}))
    assert (error.code, error.param) == (None, "amount_to_capture")


@pytest.mark.parametrize("reason", ["abandoned", "duplicate", "fraudulent", "requested_by_customer", None])
async def test_a_cancel_keeps_the_reason(account: Account, reason: str | None) -> None:
    """As sent, or null; the charge stays ``succeeded`` and uncaptured, and no refund is made."""
    hold = await account.hold()
    params = {"expand": ["latest_charge"]} | ({"cancellation_reason": reason} if reason else {})
    intent = await account.intents.cancel_async(hold.id, params)
    assert (intent.status, intent.cancellation_reason) == ("canceled", reason)
    assert intent.canceled_at
    charge = intent.latest_charge
    assert (charge.status, charge.captured, charge.refunded) == ("succeeded", False, False)
    assert (await account.sdk.v1.refunds.list_async({"payment_intent": intent.id})).data == []


@pytest.mark.parametrize(("first", "second"), [("cancel", "cancel"), ("capture", "cancel"), ("cancel", "capture")])
async def test_after_the_end_the_intent_rides_in_the_error(account: Account, first: str, second: str) -> None:
    """Cancel twice, cancel after capture, capture after cancel: the state can be read from the refusal."""
    hold = await account.hold()
    await getattr(account.intents, f"{first}_async")(hold.id)
    error = await refused(getattr(account.intents, f"{second}_async")(hold.id))
    assert error.code == "payment_intent_unexpected_state"
    assert embedded_intent(error).status == {"cancel": "canceled", "capture": "succeeded"}[first]


async def test_an_expired_hold_is_canceled_as_expired(account: Account) -> None:
    """Past ``capture_before``: ``canceled`` with the reason ``expired``, told as ``charge.expired`` too."""
    account.only_here("seven days must pass")
    hold = await account.hold()
    await account.advance(7 * DAY + 1)
    intent = await account.intents.retrieve_async(hold.id)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "expired")
    assert (await account.events_of(hold.id))[-2:] == ["charge.expired", "payment_intent.canceled"]


# --- refunds and disputes ---------------------------------------------------------------------------------------------


async def test_a_hold_is_not_refunded(account: Account) -> None:
    """What was not captured is canceled, never refunded."""
    hold = await account.hold()
    await refused(account.sdk.v1.refunds.create_async({"payment_intent": hold.id}))


async def test_too_much_of_a_refund_has_no_code(account: Account) -> None:
    """Only a text says it, so our own books decide first; once all is refunded there is a code."""
    intent = await captured(account, 3000)
    refunds = account.sdk.v1.refunds
    assert (await refused(refunds.create_async({"payment_intent": intent.id, "amount": 4000}))).code is None
    await refunds.create_async({"payment_intent": intent.id})
    assert (await refused(refunds.create_async({"payment_intent": intent.id}))).code == "charge_already_refunded"


async def test_the_reasons_of_a_refund(account: Account) -> None:
    """Ours are three; the one Stripe gives itself is refused."""
    intent = await captured(account, 3000)
    for reason in ("duplicate", "fraudulent", "requested_by_customer"):
        params: Any = {"payment_intent": intent.id, "amount": 100, "reason": reason}
        assert (await account.sdk.v1.refunds.create_async(params)).reason == reason
    foreign: Any = {"payment_intent": intent.id, "amount": 100, "reason": "expired_uncaptured_charge"}
    await refused(account.sdk.v1.refunds.create_async(foreign))


async def test_a_refund_may_fail_after_it_succeeded(account: Account) -> None:
    """``refund.failed`` later: the money is ours again, with a booking of its own, and the driver unpaid."""
    account.only_here("the failure comes when Stripe thinks fit")
    intent = await captured(account, 3000, card="pm_card_refundFail")
    refund = await account.sdk.v1.refunds.create_async({"payment_intent": intent.id})
    assert refund.status == "succeeded"
    await account.advance(61)
    failed = await account.sdk.v1.refunds.retrieve_async(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert failed.failure_balance_transaction is not None
    assert "refund.failed" in await account.events_of(intent.id)


async def test_a_hold_is_never_disputed(account: Account) -> None:
    """Disputes arise on captured money only, even on the card that always disputes."""
    hold = await account.hold("pm_card_createDispute")
    if not account.real:
        await account.advance(100)
    assert (await account.sdk.v1.disputes.list_async({"payment_intent": hold.id})).data == []
