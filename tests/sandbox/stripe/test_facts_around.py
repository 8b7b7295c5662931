"""Each recorded fact around the money (``payments.md`` 0 and 1): events, keys, webhooks, saved cards, the SDK.

One test a fact, named after it; see ``test_facts.py``.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable

import pytest
import stripe

from tests.sandbox.stripe.account import Account
from tests.sandbox.stripe.bench import START, embedded_intent

HOLD = ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"]
PATIENCE = 20


async def told(account: Account, intent_id: str, expected: list[str]) -> list[str]:
    """Return the events of an intent; the real ones take their time and are waited for, and are not in order."""
    for _ in range(PATIENCE if account.real else 1):
        found = await account.events_of(intent_id)
        if len(found) >= len(expected):
            break
        await asyncio.sleep(1 if account.real else 0)
    return sorted(found) if account.real else found


async def _capture(account: Account) -> str:
    hold = await account.hold()
    await account.intents.capture_async(hold.id)
    return str(hold.id)


async def _cancel(account: Account) -> str:
    hold = await account.hold()
    await account.intents.cancel_async(hold.id)
    return str(hold.id)


async def _refund(account: Account) -> str:
    intent_id = await _capture(account)
    await account.sdk.v1.refunds.create_async({"payment_intent": intent_id})
    return intent_id


async def _decline(account: Account) -> str:
    with pytest.raises(stripe.CardError) as caught:
        await account.hold("pm_card_visa_chargeDeclined")
    return str(embedded_intent(caught.value).id)


async def _three_d_secure(account: Account) -> str:
    return str((await account.hold("pm_card_authenticationRequired", use_stripe_sdk=True)).id)


async def _hold(account: Account) -> str:
    return str((await account.hold()).id)


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (_hold, HOLD),
        (_decline, ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]),
        (_three_d_secure, ["payment_intent.created", "payment_intent.requires_action"]),
        (_capture, [*HOLD, "charge.captured", "payment_intent.succeeded"]),
        (_cancel, [*HOLD, "payment_intent.canceled"]),
        (_refund, [*HOLD, "charge.captured", "payment_intent.succeeded", "refund.created", "charge.refunded"]),
    ],
)
async def test_events_in_the_recorded_order(
    account: Account, story: Callable[[Account], Awaitable[str]], expected: list[str]
) -> None:
    """Each step is told by the events that were recorded, in that order; a cancel tells nothing of a refund."""
    found = await told(account, await story(account), expected)
    assert found == (sorted(expected) if account.real else expected)


async def test_undelivered_events_can_be_listed(account: Account) -> None:
    """``delivery_success=false`` fills the gaps after downtime."""
    account.only_here("a webhook endpoint that fails is needed")
    await account.sdk.v1.webhook_endpoints.create_async({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    await account.steer("webhooks", omit=["charge.succeeded"])
    hold = await account.hold()
    missed = await account.sdk.v1.events.list_async({"delivery_success": False, "type": "charge.succeeded"})
    assert [event.data.object["payment_intent"] for event in missed.data] == [hold.id]


async def test_late_money_is_told_by_charge_updated(account: Account) -> None:
    """With ``automatic_async`` the booking comes after the answer, with ``charge.updated``."""
    account.only_here("how late it comes is Stripe's own affair")
    intent = await account.hold(capture_method="automatic_async")
    assert intent.latest_charge.balance_transaction is None
    await account.advance(1)
    assert (await account.events_of(intent.id))[-1] == "charge.updated"
    charge = await account.sdk.v1.charges.retrieve_async(intent.latest_charge.id)
    assert charge.balance_transaction is not None


# --- keys -------------------------------------------------------------------------------------------------------------


def a_key() -> str:
    """Return a key that no run before used."""
    return f"fact-{uuid.uuid4()}"


async def test_a_key_is_answered_once_and_repeated(account: Account) -> None:
    """The first answer comes again, marked ``Idempotent-Replayed``, and nothing is done twice."""
    key = a_key()
    first, again = [await account.hold(key=key) for _ in range(2)]
    assert first.id == again.id
    assert again.last_response.headers["idempotent-replayed"] == "true"


async def test_a_decline_is_kept_for_its_key(account: Account) -> None:
    """402 is kept as an answer: the card is not tried a second time."""
    key, intents = a_key(), set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            await account.hold("pm_card_visa_chargeDeclined", key=key)
        intents.add(embedded_intent(caught.value).id)
    assert len(intents) == 1


async def test_a_key_with_another_body_is_a_mistake(account: Account) -> None:
    """The same key with other parameters, or at another endpoint, is refused as such."""
    key = a_key()
    hold = await account.hold(key=key)
    with pytest.raises(stripe.IdempotencyError):
        await account.hold(key=key, amount=6000)
    with pytest.raises(stripe.IdempotencyError):
        await account.intents.capture_async(hold.id, {}, {"idempotency_key": key})


async def test_refused_parameters_free_their_key(account: Account) -> None:
    """A 400 of the parameter check is not kept: the mended request may use the same key."""
    key = a_key()
    with pytest.raises(stripe.InvalidRequestError):
        await account.hold(key=key, surprise=1)
    assert (await account.hold(key=key)).status == "requires_capture"


async def test_a_stored_failure_is_repeated(account: Account) -> None:
    """A 500 after the work began stays the key's answer: only another key can succeed."""
    account.only_here("Stripe does not fail on demand")
    await account.steer("faults", kind="error_500", path="/v1/payment_intents")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            await account.hold(key="stored")
    assert (await account.hold(key="fresh")).status == "requires_capture"


async def test_a_key_lives_a_day(account: Account) -> None:
    """After 24 hours the same request is a new one: read the state first."""
    account.only_here("a day must pass")
    first = await account.hold(key="old")
    await account.advance(86_401)
    assert (await account.hold(key="old")).id != first.id


# --- saved cards ------------------------------------------------------------------------------------------------------


async def test_a_card_is_saved_for_later(account: Account) -> None:
    """SetupIntent for use off session plus a CustomerSession for the mobile payment element, and then it pays."""
    customer = await account.sdk.v1.customers.create_async({})
    session = await account.sdk.v1.customer_sessions.create_async(
        {"customer": customer.id, "components": {"mobile_payment_element": {"enabled": True}}}
    )
    assert session.client_secret
    setup = await account.sdk.v1.setup_intents.create_async(
        {
            "customer": customer.id,
            "usage": "off_session",
            "allowed_payment_method_types": ["card"],
            "payment_method": "pm_card_visa",
            "confirm": True,
        }
    )
    assert setup.status == "succeeded"
    hold = await account.hold(str(setup.payment_method), customer=customer.id)
    assert hold.status == "requires_capture"


async def test_a_detached_card_keeps_its_hold(account: Account) -> None:
    """Removing a card during a charge leaves the hold to be captured, and the card to be used no more."""
    customer, method = await account.customer()
    hold = await account.hold(method, customer=customer)
    await account.sdk.v1.payment_methods.detach_async(method)
    assert (await account.intents.capture_async(hold.id)).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError):
        await account.hold(method, customer=customer)


async def test_wallets_are_cards(account: Account) -> None:
    """Apple Pay and Google Pay come as ``card`` with a ``wallet``."""
    account.only_here("a wallet needs a device")
    hold = await account.hold("pm_sandbox_applePay")
    method = await account.sdk.v1.payment_methods.retrieve_async(hold.payment_method)
    assert method.type == "card"
    assert method.card is not None
    assert method.card.wallet is not None
    assert method.card.wallet.type == "apple_pay"


# --- the SDK ----------------------------------------------------------------------------------------------------------


async def test_the_sdk_does_not_retry_by_itself(account: Account) -> None:
    """One 500 is one request unless ``max_network_retries`` is given."""
    account.only_here("Stripe does not fail on demand")
    await account.steer("faults", kind="error_500", path="/v1/payment_intents")
    with pytest.raises(stripe.APIError):
        await account.hold()
    requests = (await account.http.get("/_sandbox/requests")).json()["requests"]
    assert [one["path"] for one in requests] == ["/v1/payment_intents"]


async def test_objects_are_no_mappings(account: Account) -> None:
    """``dict(intent)`` fails, ``to_dict()`` works, and the request's id is on the answer."""
    hold = await account.hold()
    with pytest.raises(TypeError):
        dict(hold)
    assert hold.to_dict()["id"] == hold.id
    assert hold.last_response.request_id.startswith("req_")


@pytest.mark.parametrize(("seconds", "accepted"), [(10_000, True), (-301, False)])
def test_the_sdks_tolerance_looks_only_backwards(seconds: int, accepted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature from the future passes the SDK, so we bound it ourselves."""
    monkeypatch.setattr("time.time", lambda: START)
    header = stripe.WebhookSignature.generate_signature_header("{}", "whsec", int(START) + seconds)
    if accepted:
        assert stripe.WebhookSignature.verify_header("{}", header, "whsec", tolerance=300)
    else:
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header("{}", header, "whsec", tolerance=300)


def test_several_signatures_while_a_secret_is_rolled() -> None:
    """One good ``v1`` among several is enough."""
    header = stripe.WebhookSignature.generate_signature_header("{}", "whsec", int(START))
    at, good = header.split(",")
    assert stripe.WebhookSignature.verify_header("{}", f"{at},v1={'0' * 64},{good}", "whsec")
