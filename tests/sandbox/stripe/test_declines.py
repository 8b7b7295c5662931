"""Declines and 3D Secure: facts of ``payments.md`` 1.1, 1.2 and 1.4."""

import pytest
import stripe

from sandbox.stripe.cards import CARDS
from tests.sandbox.stripe.bench import Bench, embedded_intent


async def test_decline_carries_intent_charge_and_card(bench: Bench) -> None:
    """A decline answers 402 with the intent, the failed charge and the card; the intent asks for another card."""
    with pytest.raises(stripe.CardError) as declined:
        await bench.hold("pm_card_visa_chargeDeclinedInsufficientFunds")
    error = declined.value
    assert (error.http_status, error.code) == (402, "card_declined")
    assert error.error is not None
    assert error.error.decline_code == "insufficient_funds"
    assert error.error.payment_method is not None
    intent = await bench.intents.retrieve_async(embedded_intent(error).id)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error.code == "card_declined"
    assert intent.last_payment_error.decline_code == "insufficient_funds"
    charge = await bench.sdk.v1.charges.retrieve_async(error.error.charge or "")
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, "card_declined")


async def test_events_of_a_decline_come_in_the_recorded_order(bench: Bench) -> None:
    """Created, charge failed, payment failed."""
    with pytest.raises(stripe.CardError):
        await bench.hold("pm_card_chargeDeclined")
    assert await bench.event_types() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


async def test_declined_intent_can_be_tried_again(bench: Bench) -> None:
    """The same intent goes through with another card and forgets the error."""
    with pytest.raises(stripe.CardError) as declined:
        await bench.hold("pm_card_chargeDeclined")
    intent = await bench.intents.confirm_async(embedded_intent(declined.value).id, {"payment_method": "pm_card_visa"})
    assert (intent.status, intent.last_payment_error) == ("requires_capture", None)
    assert len((await bench.sdk.v1.charges.list_async({"payment_intent": intent.id})).data) == 2


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
    ],
)
async def test_decline_codes(bench: Bench, card: str, code: str, decline_code: str) -> None:
    """Each test card declines with the codes its name promises."""
    with pytest.raises(stripe.CardError) as declined:
        await bench.hold(card)
    assert declined.value.error is not None
    assert (declined.value.code, declined.value.error.decline_code) == (code, decline_code)


async def test_declined_cards_cannot_be_saved_but_one_can(bench: Bench) -> None:
    """Attaching tries the card: the declined ones answer 402, ``chargeCustomerFail`` fails only when charged."""
    with pytest.raises(stripe.CardError):
        await bench.customer("pm_card_chargeDeclined")
    customer, method = await bench.customer("pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError):
        await bench.hold(method, customer=customer)


async def test_three_d_secure_waits_without_a_charge(bench: Bench) -> None:
    """A card that needs 3D Secure waits for the holder: nothing is charged or held yet."""
    intent = await bench.hold("pm_card_authenticationRequired", use_stripe_sdk=True)
    assert (intent.status, intent.latest_charge, intent.amount_capturable) == ("requires_action", None, 0)
    assert intent.next_action.type == "use_stripe_sdk"
    assert await bench.event_types() == ["payment_intent.created", "payment_intent.requires_action"]


async def test_passed_three_d_secure_gives_the_hold(bench: Bench) -> None:
    """When the holder agrees the hold is placed, and the webhook side of it is visible."""
    intent = await bench.hold("pm_card_authenticationRequired", use_stripe_sdk=True)
    await bench.steer(f"payment_intents/{intent.id}/authenticate", outcome="pass")
    held = await bench.intents.retrieve_async(intent.id, {"expand": ["latest_charge"]})
    assert (held.status, held.amount_capturable, held.next_action) == ("requires_capture", 5000, None)
    assert held.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"
    assert (await bench.event_types())[-2:] == ["charge.succeeded", "payment_intent.amount_capturable_updated"]


async def test_failed_three_d_secure_asks_for_another_card(bench: Bench) -> None:
    """When the holder refuses, nothing is held and the error says why."""
    intent = await bench.hold("pm_card_authenticationRequired", use_stripe_sdk=True)
    await bench.steer(f"payment_intents/{intent.id}/authenticate", outcome="fail")
    failed = await bench.intents.retrieve_async(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert (await bench.event_types())[-1] == "payment_intent.payment_failed"


async def test_three_d_secure_then_declined(bench: Bench) -> None:
    """Passing 3D Secure does not mean that the bank pays."""
    card = "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"
    intent = await bench.hold(card, use_stripe_sdk=True)
    await bench.steer(f"payment_intents/{intent.id}/authenticate", outcome="pass")
    failed = await bench.intents.retrieve_async(intent.id)
    assert failed.last_payment_error.decline_code == "insufficient_funds"


async def test_three_d_secure_can_be_abandoned(bench: Bench) -> None:
    """An intent that waits for the holder can be canceled, and then not be authenticated."""
    intent = await bench.hold("pm_card_authenticationRequired", use_stripe_sdk=True)
    await bench.intents.cancel_async(intent.id, {"cancellation_reason": "abandoned"})
    answer = await bench.http.post(f"/_sandbox/payment_intents/{intent.id}/authenticate", json={"outcome": "pass"})
    assert answer.status_code == 400


async def test_off_session_three_d_secure_is_a_decline(bench: Bench) -> None:
    """Nobody is there to authenticate: 402 ``authentication_required`` and no charge."""
    customer, method = await bench.customer("pm_card_authenticationRequired")
    with pytest.raises(stripe.CardError) as declined:
        await bench.hold(method, customer=customer, off_session=True)
    assert (declined.value.http_status, declined.value.code) == (402, "authentication_required")
    assert embedded_intent(declined.value).latest_charge is None
    assert (await bench.sdk.v1.charges.list_async({})).data == []


async def test_redirect_page_of_the_bank(bench: Bench) -> None:
    """With a ``return_url`` the holder is sent to a page that exists and names the amount."""
    intent = await bench.hold("pm_card_authenticationRequired", return_url="https://app.example.org/back")
    assert intent.next_action.redirect_to_url.return_url == "https://app.example.org/back"
    page = await bench.http.get(intent.next_action.redirect_to_url.url)
    assert page.status_code == 200
    assert "5000 eur" in page.text


async def test_saving_a_card_with_a_setup_intent(bench: Bench) -> None:
    """A SetupIntent attaches the card; the customer can then be charged off session."""
    customer = await bench.sdk.v1.customers.create_async({})
    setup = await bench.sdk.v1.setup_intents.create_async(
        {"customer": customer.id, "payment_method": "pm_card_visa", "confirm": True, "usage": "off_session"}
    )
    assert setup.status == "succeeded"
    intent = await bench.hold(str(setup.payment_method), customer=customer.id, off_session=True)
    assert intent.status == "requires_capture"


async def test_card_authenticated_on_setup_needs_it_no_more(bench: Bench) -> None:
    """3D Secure while saving the card lets later payments through without it."""
    customer = await bench.sdk.v1.customers.create_async({})
    setup = await bench.sdk.v1.setup_intents.create_async(
        {"customer": customer.id, "payment_method": "pm_card_authenticationRequiredOnSetup"}
    )
    waiting = await bench.sdk.v1.setup_intents.confirm_async(setup.id)
    assert waiting.status == "requires_action"
    await bench.steer(f"setup_intents/{setup.id}/authenticate", outcome="pass")
    intent = await bench.hold(str(waiting.payment_method), customer=customer.id, off_session=True)
    assert intent.status == "requires_capture"


async def test_declined_card_is_not_saved(bench: Bench) -> None:
    """A SetupIntent answers 402 for a card its bank refuses and says so afterwards."""
    with pytest.raises(stripe.CardError) as declined:
        await bench.sdk.v1.setup_intents.create_async({"payment_method": "pm_card_chargeDeclined", "confirm": True})
    assert declined.value.error is not None
    assert declined.value.error.setup_intent is not None
    assert declined.value.error.setup_intent.status == "requires_payment_method"


def test_card_table_is_documented() -> None:
    """Every simulated card outside the decline families is named in the table people read."""
    import sandbox.stripe.cards as module

    told = module.__doc__ or ""
    for name in CARDS:
        short = name.removeprefix("pm_card")
        assert "chargeDeclined" in name or f"``{name}``" in told or f"``{short}``" in told, name
