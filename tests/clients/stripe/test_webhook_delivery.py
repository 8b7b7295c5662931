"""Events that the stand-in signs and sends over HTTP are read by ``StripePayments``: two signers, one rule."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.domain.money import Money
from api.ports.payments import ForgedEvent
from tests.clients.stripe.harness import WEBHOOK_SECRET, StripeHarness, a_hold, serve_stand_in, stripe_harness
from tests.serving import serve

Letter = tuple[bytes, str]


class Mailbox:
    """Receives webhooks and keeps body and signature, as a route would hand them on."""

    def __init__(self) -> None:
        """Start empty."""
        self.letters: list[Letter] = []
        self.app = Starlette(routes=[Route("/hook", self._receive, methods=["POST"])])

    async def _receive(self, request: Request) -> Response:
        self.letters.append((await request.body(), request.headers["stripe-signature"]))
        return Response()

    async def wait_for(self, enough: Callable[[list[Letter]], bool]) -> None:
        """Wait until ``enough`` holds; fails after five seconds."""
        async with asyncio.timeout(5):
            while not enough(self.letters):  # noqa: ASYNC110 - the server runs in another thread, on another loop
                await asyncio.sleep(0.01)


@pytest.fixture
async def told() -> AsyncIterator[tuple[StripeHarness, Mailbox]]:
    """Yield the real port over a stand-in that sends its events to a mailbox."""
    mailbox = Mailbox()
    with serve(mailbox.app) as url, serve_stand_in(webhook_url=f"{url}/hook") as stand_in:
        async with stripe_harness(stand_in) as wire:
            yield wire, mailbox


async def charge_once(wire: StripeHarness) -> str:
    """Place a hold, capture EUR 9.00 of it and return the intent's id."""
    hold = await a_hold(wire.payments)
    await wire.payments.capture_hold(hold.payment_intent_id, Money(900, "EUR"), idempotency_key="capture")
    return hold.payment_intent_id


def holds_the_end(letters: list[Letter]) -> bool:
    """Tell whether the last event of a charge has come."""
    return any(b'"payment_intent.succeeded"' in body for body, _ in letters)


async def test_delivered_events_lead_to_their_hold(told: tuple[StripeHarness, Mailbox]) -> None:
    """Hold and capture are told by events that verify and name the intent, be they about it or about its charge."""
    wire, mailbox = told
    intent_id = await charge_once(wire)
    await mailbox.wait_for(holds_the_end)
    now = wire.clock.now()
    events = [wire.payments.read_event(body, signature, now=now) for body, signature in mailbox.letters]
    assert {event.type: event.payment_intent_id for event in events if event.payment_intent_id} == {
        "payment_intent.created": intent_id,
        "charge.succeeded": intent_id,
        "payment_intent.amount_capturable_updated": intent_id,
        "charge.captured": intent_id,
        "payment_intent.succeeded": intent_id,
    }
    assert all(event.occurred_at == now and not event.livemode for event in events)
    assert len({event.event_id for event in events}) == len(events)


async def test_delivered_events_age(told: tuple[StripeHarness, Mailbox]) -> None:
    """The same delivery, replayed later, is refused."""
    wire, mailbox = told
    await charge_once(wire)
    await mailbox.wait_for(holds_the_end)
    body, signature = mailbox.letters[0]
    assert wire.payments.read_event(body, signature, now=wire.clock.now()).event_id
    with pytest.raises(ForgedEvent):
        wire.payments.read_event(body, signature, now=wire.clock.now() + timedelta(hours=1))


async def test_events_of_a_secret_roll_are_read(told: tuple[StripeHarness, Mailbox]) -> None:
    """Signed with the coming and the current secret at once, an event is read by who knows one of them."""
    wire, mailbox = told
    wire.steer("webhooks", {"secret": ["whsec_next", WEBHOOK_SECRET]})
    await charge_once(wire)
    await mailbox.wait_for(holds_the_end)
    for body, signature in mailbox.letters:
        assert signature.count("v1=") == 2
        assert wire.payments.read_event(body, signature, now=wire.clock.now()).event_id


async def test_events_of_a_foreign_secret_are_refused(told: tuple[StripeHarness, Mailbox]) -> None:
    """What somebody else signed is refused, however genuine the content."""
    wire, mailbox = told
    wire.steer("webhooks", {"secret": "whsec_foreign"})
    await charge_once(wire)
    await mailbox.wait_for(holds_the_end)
    for body, signature in mailbox.letters:
        with pytest.raises(ForgedEvent):
            wire.payments.read_event(body, signature, now=wire.clock.now())
