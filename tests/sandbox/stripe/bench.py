"""What the tests of the stand-in share: the real SDK client, the steering wheel, a customer with a card, a hold."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import stripe

API_KEY = "sk_test_bench"
START = 1_900_000_000.0


def embedded_intent(error: stripe.StripeError) -> Any:
    """Return the PaymentIntent that rides along in an error."""
    assert error.error is not None
    assert error.error.payment_intent is not None
    return error.error.payment_intent


class HandClock:
    """Virtual time that only a test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> float:
        """Return the virtual time as Unix seconds."""
        return self.at


@dataclass
class Bench:
    """The SDK and plain HTTP towards one stand-in."""

    sdk: stripe.StripeClient
    http: httpx.AsyncClient
    clock: HandClock

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, url: str, clock: HandClock) -> AsyncIterator["Bench"]:
        """Connect the real SDK, without its own retries, to the stand-in at ``url``."""
        transport = stripe.HTTPXClient(timeout=10)
        sdk = stripe.StripeClient(API_KEY, base_addresses={"api": url}, http_client=transport)
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as http:
            yield cls(sdk, http, clock)
        await transport.close_async()  # type: ignore[no-untyped-call] # the SDK left this method untyped

    @property
    def intents(self) -> Any:
        """The SDK's PaymentIntent service, untyped: many tests send what its types forbid."""
        return self.sdk.v1.payment_intents

    async def customer(self, card: str = "pm_card_visa") -> tuple[str, str]:
        """Return the ids of a new customer and of their saved card."""
        customer = await self.sdk.v1.customers.create_async({"email": "driver@example.org"})
        method = await self.sdk.v1.payment_methods.attach_async(card, {"customer": customer.id})
        return customer.id, method.id

    async def hold(self, card: str = "pm_card_visa", *, key: str | None = None, **changes: Any) -> Any:
        """Place a hold of EUR 50.00 on ``card``; ``changes`` override the parameters."""
        params = {
            "amount": 5000,
            "currency": "eur",
            "payment_method": card,
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "expand": ["latest_charge"],
            **changes,
        }
        return await self.intents.create_async(params, {"idempotency_key": key} if key else {})

    async def events_of(self, intent_id: str) -> list[str]:
        """Return the types of the events about an intent and what belongs to it, oldest first."""
        page = await self.sdk.v1.events.list_async({"limit": 100})
        found = [(event.type, event.data.object.to_dict()) for event in reversed(page.data)]
        return [kind for kind, about in found if intent_id in (about.get("id"), about.get("payment_intent"))]

    async def event_types(self) -> list[str]:
        """Return the types of all payment events, in order, without the customer's and the card's."""
        page = await self.sdk.v1.events.list_async({"limit": 100})
        skipped = ("customer.", "payment_method.")
        return [event.type for event in reversed(page.data) if not event.type.startswith(skipped)]

    async def steer(self, path: str, /, **told: Any) -> Any:
        """Call ``POST /_sandbox/<path>`` and return its answer."""
        answer = await self.http.post(f"/_sandbox/{path}", json=told)
        answer.raise_for_status()
        return answer.json()

    async def totals(self, currency: str = "eur") -> dict[str, int]:
        """Return the control totals of one currency."""
        told: dict[str, dict[str, int]] = (await self.http.get("/_sandbox/totals")).json()
        return told[currency]

    async def advance(self, seconds: float) -> None:
        """Move virtual time and run what became due."""
        self.clock.at += seconds
        await self.steer("clock", advance_seconds=0)
