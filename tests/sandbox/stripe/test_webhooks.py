"""Signing and delivering webhooks, and every knob: facts of ``payments.md`` 0.10 and 1.2."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest
import stripe

from sandbox.stripe.config import API_VERSION, StandInConfig
from sandbox.stripe.server import create_app
from tests.sandbox.stripe.bench import API_KEY, Bench, HandClock
from tests.sandbox.stripe.receiver import Receiver
from tests.serving import serve

SECRET = "whsec_test"
HOLD_EVENTS = ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"]
QUIET_SECONDS = 0.3


def verifies(body: bytes, header: str, secret: str) -> bool:
    """Tell whether the SDK accepts the signature, whatever its date."""
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret))
    except stripe.SignatureVerificationError:
        return False


@pytest.fixture
def receiver() -> Receiver:
    """Return an empty receiver."""
    return Receiver()


@pytest.fixture
def receiver_url(receiver: Receiver) -> Iterator[str]:
    """Serve the receiver and yield its URL."""
    with serve(receiver.app) as base_url:
        yield f"{base_url}/hook"


@pytest.fixture
async def telling(receiver_url: str, hand_clock: HandClock) -> AsyncIterator[Bench]:
    """Yield a stand-in that tells the receiver everything; its clock starts at real time."""
    hand_clock.at = time.time()
    config = StandInConfig(
        api_key=API_KEY,
        clock=hand_clock,
        webhook_url=receiver_url,
        webhook_secret=SECRET,
        webhook_backoff_real_seconds=0.05,
    )
    with serve(create_app(config)) as url:
        async with Bench.open(url, hand_clock) as bench:
            yield bench


async def test_the_sdk_accepts_the_signature(telling: Bench, receiver: Receiver) -> None:
    """Each event verifies with the SDK, carries version, mode and the key of the request behind it."""
    intent = await telling.hold(key="tap-1")
    await receiver.wait_for(3)
    events = [stripe.Webhook.construct_event(body, header, SECRET) for body, header in receiver.requests]
    assert [event.type for event in events] == HOLD_EVENTS
    for event in events:
        assert (event.api_version, event.livemode) == (API_VERSION, False)
        assert event.request.idempotency_key == "tap-1"
        assert event.request.id == intent.last_response.request_id
    assert events[2].data.object["amount_capturable"] == 5000


async def test_wrong_secret_does_not_verify(telling: Bench, receiver: Receiver) -> None:
    """The signature depends on the secret and on every byte."""
    await telling.hold()
    await receiver.wait_for(3)
    body, header = receiver.requests[0]
    for payload, secret in ((body, "whsec_other"), (body + b" ", SECRET)):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(payload, header, secret, 300)


async def test_signature_is_dated_by_the_virtual_clock(telling: Bench, receiver: Receiver) -> None:
    """When virtual time runs elsewhere, so does the date in the signature."""
    telling.clock.at = 1_900_000_123.9
    await telling.hold()
    await receiver.wait_for(3)
    assert receiver.requests[0][1].startswith("t=1900000123,v1=")


async def test_refused_delivery_is_tried_again(telling: Bench, receiver: Receiver) -> None:
    """Anything but a 2xx is retried until it is taken; only then the event counts as delivered."""
    receiver.refuse = 2
    await telling.sdk.v1.customers.create_async({})
    await receiver.wait_for(3)
    assert len({event["id"] for event in receiver.events}) == 1
    await asyncio.sleep(QUIET_SECONDS)
    assert len(receiver.requests) == 3
    assert (await telling.sdk.v1.events.list_async({"delivery_success": False})).data == []


async def test_given_up_delivery_stays_undelivered(telling: Bench, receiver: Receiver) -> None:
    """After the last attempt the event is found by ``delivery_success=false``."""
    receiver.refuse = 100
    await telling.sdk.v1.customers.create_async({})
    await receiver.wait_for(StandInConfig.webhook_attempts)
    await asyncio.sleep(QUIET_SECONDS)
    assert len(receiver.requests) == StandInConfig.webhook_attempts
    (event,) = (await telling.sdk.v1.events.list_async({"delivery_success": False})).data
    assert event.type == "customer.created"
    assert (await telling.sdk.v1.events.list_async({"delivery_success": True})).data == []


async def test_duplicates(telling: Bench, receiver: Receiver) -> None:
    """Each event comes once more for each duplicate ordered, with the same id."""
    await telling.steer("webhooks", duplicate=2)
    await telling.sdk.v1.customers.create_async({})
    await receiver.wait_for(3)
    assert len({event["id"] for event in receiver.events}) == 1


async def test_reordering(telling: Bench, receiver: Receiver) -> None:
    """The events of one moment come in reverse."""
    await telling.steer("webhooks", reorder=True)
    await telling.hold()
    await receiver.wait_for(3)
    assert receiver.types == HOLD_EVENTS[::-1]


async def test_delay(telling: Bench, receiver: Receiver) -> None:
    """A delayed event comes, later."""
    await telling.steer("webhooks", delay_seconds=0.5)
    started = time.monotonic()
    await telling.sdk.v1.customers.create_async({})
    await receiver.wait_for(1)
    assert time.monotonic() - started >= 0.5


async def test_omitted_events_can_be_fetched_and_resent(telling: Bench, receiver: Receiver) -> None:
    """An omitted type never comes by itself, counts as undelivered, and comes when resent."""
    await telling.steer("webhooks", omit=["charge.succeeded"])
    await telling.hold()
    await receiver.wait_for(2)
    await asyncio.sleep(QUIET_SECONDS)
    assert receiver.types == [HOLD_EVENTS[0], HOLD_EVENTS[2]]
    (missed,) = (await telling.sdk.v1.events.list_async({"delivery_success": False})).data
    assert missed.type == "charge.succeeded"
    await telling.steer("webhooks/resend", event_id=missed.id)
    await receiver.wait_for(3)
    assert receiver.events[2]["id"] == missed.id


async def test_everything_can_be_omitted_and_resent(telling: Bench, receiver: Receiver) -> None:
    """``omit: true`` silences all; ``resend all`` tells everything again."""
    await telling.steer("webhooks", omit=True)
    await telling.hold()
    await asyncio.sleep(QUIET_SECONDS)
    assert receiver.requests == []
    assert (await telling.steer("webhooks/resend", all=True))["deliveries"] == 3
    await receiver.wait_for(3)


async def test_secret_roll_signs_twice(telling: Bench, receiver: Receiver) -> None:
    """During a roll each delivery carries a signature for the old and one for the new secret."""
    await telling.steer("webhooks", secret=["whsec_old", SECRET])
    await telling.sdk.v1.customers.create_async({})
    await receiver.wait_for(1)
    body, header = receiver.requests[0]
    for secret in ("whsec_old", SECRET):
        assert stripe.WebhookSignature.verify_header(body, header, secret, 300)


async def test_second_endpoint_hears_what_it_subscribed(telling: Bench, receiver: Receiver, receiver_url: str) -> None:
    """An endpoint made over the API has its own secret, shown once, and hears only its types."""
    endpoint = await telling.sdk.v1.webhook_endpoints.create_async(
        {"url": f"{receiver_url}/second", "enabled_events": ["charge.succeeded"]}
    )
    assert endpoint.secret is not None
    listed = await telling.sdk.v1.webhook_endpoints.list_async({})
    assert [getattr(one, "secret", None) for one in listed.data] == [None, None]
    await telling.hold()
    await receiver.wait_for(4)
    charges = [request for request, kind in zip(receiver.requests, receiver.types, strict=True) if "charge" in kind]
    verified = [verifies(body, header, endpoint.secret) for body, header in charges]
    assert sorted(verified) == [False, True]


async def test_expiry_is_told_by_nobodys_request(telling: Bench, receiver: Receiver) -> None:
    """The background task expires a hold without any request and the event names none."""
    await telling.hold()
    telling.clock.at += 7 * 86_400
    await receiver.wait_for(5)
    assert receiver.types[3:] == ["charge.expired", "payment_intent.canceled"]
    assert receiver.events[4]["request"] == {"id": None, "idempotency_key": None}


async def test_unknown_knob_is_refused(telling: Bench) -> None:
    """A misspelt knob fails loudly instead of testing nothing."""
    assert (await telling.http.post("/_sandbox/webhooks", json={"duplicates": 1})).status_code == 400
