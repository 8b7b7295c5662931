"""What the payments tests need behind the port: a clock, the driver's bank, and things that go wrong on demand.

Two harnesses with one face: ``FakeHarness`` around ``FakePayments``, ``StripeHarness`` around ``StripePayments`` and a
stand-in served on loopback. The stand-in is steered through its own ``/_sandbox`` endpoints, as any client could.
"""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, Protocol

import httpx
import pytest
import stripe

from api.ports.payments import Payments
from clients.stripe.payments import NETWORK_RETRIES, StripeConfig, StripePayments
from sandbox.stripe.config import StandInConfig
from sandbox.stripe.server import create_app
from tests.fakes import FakeClock, FakePayments
from tests.serving import serve

API_KEY = "sk_test_harness"
WEBHOOK_SECRET = "whsec_harness"

PATHS = {
    "place_hold": "/v1/payment_intents",
    "capture_hold": "/v1/payment_intents/[^/]+/capture",
    "release_hold": "/v1/payment_intents/[^/]+/cancel",
}


class PaymentsHarness(Protocol):
    """A port under test and the means to disturb it."""

    @property
    def payments(self) -> Payments:
        """The port under test."""
        ...

    @property
    def clock(self) -> FakeClock:
        """The processor's time."""
        ...

    def lose_answer(self, method: str) -> None:
        """Let the next call of ``method`` be done and its answer be lost."""
        ...

    def fail_for_good(self, method: str) -> None:
        """Let the next call of ``method`` fail inside the processor, for its key for good."""
        ...

    def pass_action(self, payment_intent_id: str) -> None:
        """Let the driver pass 3-D Secure."""
        ...

    def fail_action(self, payment_intent_id: str) -> None:
        """Let the driver fail 3-D Secure."""
        ...

    def signed_event(self, type_: str, payment_intent_id: str) -> tuple[bytes, str]:
        """Return body and signature of a genuine event, made now."""
        ...


class FakeHarness:
    """Around ``FakePayments``."""

    def __init__(self) -> None:
        """Start with an empty fake."""
        self.clock = FakeClock()
        self.payments = FakePayments(self.clock)
        self.lose_answer = self.payments.lose_answer
        self.fail_for_good = self.payments.fail_for_good
        self.pass_action = self.payments.pass_action
        self.fail_action = self.payments.fail_action

    def signed_event(self, type_: str, payment_intent_id: str) -> tuple[bytes, str]:
        """Return what the fake signs."""
        return self.payments.signed_event(type_, payment_intent_id, at=self.clock.now())


class StripeHarness:
    """Around ``StripePayments`` and a stand-in at ``base_url``."""

    def __init__(self, base_url: str, clock: FakeClock, payments: StripePayments, control: httpx.Client) -> None:
        """Hold what ``stripe_harness`` built."""
        self.base_url = base_url
        self.clock = clock
        self.payments = payments
        self._control = control

    def lose_answer(self, method: str) -> None:
        """Drop the answer to the first request and to each repetition by the SDK."""
        self.fault("drop_answer", PATHS[method], times=1 + NETWORK_RETRIES)

    def fail_for_good(self, method: str) -> None:
        """Answer 500 without doing anything; the stand-in keeps that answer for the key."""
        self.fault("error_500", PATHS[method])

    def fault(self, kind: str, path: str, **more: Any) -> None:
        """Order a fault of the stand-in (``sandbox/stripe/faults.py``)."""
        self.steer("faults", {"kind": kind, "path": path, **more})

    def pass_action(self, payment_intent_id: str) -> None:
        """Press "yes" at the bank."""
        self.steer(f"payment_intents/{payment_intent_id}/authenticate", {"outcome": "pass"})

    def fail_action(self, payment_intent_id: str) -> None:
        """Press "no" at the bank."""
        self.steer(f"payment_intents/{payment_intent_id}/authenticate", {"outcome": "fail"})

    def signed_event(self, type_: str, payment_intent_id: str) -> tuple[bytes, str]:
        """Return an event signed by the SDK's own signer."""
        now = int(self.clock.now().timestamp())
        subject = {"id": payment_intent_id, "object": "payment_intent"}
        event = {"id": "evt_harness", "object": "event", "type": type_, "created": now, "livemode": False}
        body = json.dumps({**event, "data": {"object": subject}})
        return body.encode(), stripe.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET, now)

    def steer(self, path: str, body: dict[str, Any]) -> Any:
        """Post to the stand-in's steering wheel and return its answer."""
        answer = self._control.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def requests(self) -> list[dict[str, Any]]:
        """Return every API request that reached the stand-in, in order."""
        logged: list[dict[str, Any]] = self._control.get("/_sandbox/requests").json()["requests"]
        return logged

    def totals(self) -> dict[str, Any]:
        """Return the stand-in's control totals in EUR, in cents."""
        totals: dict[str, Any] = self._control.get("/_sandbox/totals").json()["eur"]
        return totals


@contextlib.asynccontextmanager
async def stripe_harness(monkeypatch: pytest.MonkeyPatch, **config: Any) -> AsyncIterator[StripeHarness]:
    """Serve a fresh stand-in and yield a harness around a ``StripePayments`` that speaks to it.

    ``config`` overrides fields of ``StripeConfig``. The SDK's pause between its repetitions is cut short.
    """
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.02)
    clock = FakeClock()
    stand_in = create_app(StandInConfig(api_key=API_KEY, clock=lambda: clock.now().timestamp()))
    with serve(stand_in) as base_url, httpx.Client(base_url=base_url, trust_env=False) as control:
        settings: dict[str, Any] = {
            "api_key": API_KEY,
            "webhook_secrets": (WEBHOOK_SECRET,),
            "environment": "test",
            "api_base": base_url,
        }
        payments = StripePayments(StripeConfig(**{**settings, **config}))
        try:
            yield StripeHarness(base_url, clock, payments, control)
        finally:
            await payments.aclose()
