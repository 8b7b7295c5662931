"""What the payments tests need behind the port: a clock, the driver's bank, and things that go wrong on demand.

Two harnesses with one face: ``FakeHarness`` around ``FakePayments``, ``StripeHarness`` around ``StripePayments`` and a
stand-in served on loopback. The stand-in is steered through its own ``/_sandbox`` endpoints, as any client could.
"""

import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import stripe

from api.domain.money import Money
from api.ports.payments import HoldRequest, HoldSnapshot, Payments
from clients.stripe.connection import NETWORK_RETRIES, StripeConfig, StripeConnection
from clients.stripe.payments import StripePayments
from sandbox.stripe.config import StandInConfig
from sandbox.stripe.server import create_app
from tests.fakes import START, FakeClock, FakePayments
from tests.serving import serve

API_KEY = "sk_test_harness"
WEBHOOK_SECRET = "whsec_harness"

PATHS = {
    "place_hold": "/v1/payment_intents",
    "extend_hold": "/v1/payment_intents/[^/]+/increment_authorization",
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


@dataclass(frozen=True, slots=True)
class StandIn:
    """A served stand-in, on a clock of its own."""

    base_url: str
    clock: FakeClock
    control: httpx.Client

    def reset(self) -> None:
        """Forget everything and set the clock back."""
        self.clock.set(START)
        assert self.control.post("/_sandbox/reset").status_code == 200


@contextlib.contextmanager
def serve_stand_in(*, webhook_url: str | None = None) -> Iterator[StandIn]:
    """Serve a stand-in on loopback; with ``webhook_url`` it sends its events there."""
    clock = FakeClock()
    config = StandInConfig(
        api_key=API_KEY,
        clock=lambda: clock.now().timestamp(),
        webhook_url=webhook_url,
        webhook_secret=WEBHOOK_SECRET,
    )
    with serve(create_app(config)) as base_url, httpx.Client(base_url=base_url, trust_env=False) as control:
        yield StandIn(base_url, clock, control)


class StripeHarness:
    """Around ``StripePayments`` and a stand-in."""

    def __init__(self, stand_in: StandIn, payments: StripePayments) -> None:
        """Hold what ``stripe_harness`` built."""
        self.clock = stand_in.clock
        self.base_url = stand_in.base_url
        self.payments = payments
        self._control = stand_in.control

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
        answer = self.post(path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Post to the stand-in's steering wheel and return the answer, a refusal too."""
        return self._control.post(f"/_sandbox/{path}", json=body)

    def requests(self) -> list[dict[str, Any]]:
        """Return every API request that reached the stand-in, in order."""
        logged: list[dict[str, Any]] = self._control.get("/_sandbox/requests").json()["requests"]
        return logged

    def sent(self, path: str) -> list[dict[str, Any]]:
        """Return the writes to ``path`` that reached the stand-in, in order."""
        return [one for one in self.requests() if (one["method"], one["path"]) == ("POST", path)]

    def totals(self) -> Mapping[str, int]:
        """Return the stand-in's control totals in EUR, in cents; all zero before the first hold."""
        return Counter(self.all_totals().get("eur", {}))

    def all_totals(self) -> dict[str, dict[str, int]]:
        """Return the stand-in's control totals by currency, in minor units."""
        found: dict[str, dict[str, int]] = self._control.get("/_sandbox/totals").json()
        return found


@contextlib.asynccontextmanager
async def stripe_harness(stand_in: StandIn, **config: Any) -> AsyncIterator[StripeHarness]:
    """Yield a harness around a ``StripePayments`` that speaks to ``stand_in``; ``config`` changes single settings."""
    settings: dict[str, Any] = {
        "api_key": API_KEY,
        "webhook_secrets": (WEBHOOK_SECRET,),
        "environment": "test",
        "api_base": stand_in.base_url,
    }
    payments = StripePayments(StripeConnection(StripeConfig(**{**settings, **config})))
    try:
        yield StripeHarness(stand_in, payments)
    finally:
        await payments.aclose()


async def a_request(payments: Payments, *, card: str = "pm_card_visa", hold_id: str = "hld_1") -> HoldRequest:
    """Return a request for EUR 40.00 on a card of a new customer."""
    customer = await payments.create_customer(
        driver_id="drv_1", email="driver@example.test", idempotency_key=f"customer-{hold_id}"
    )
    return HoldRequest(
        hold_id=hold_id,
        charging_session_id="chs_1",
        amount=Money(4000, "EUR"),
        customer_id=customer,
        payment_method_id=card,
        description="Charging at Market Square",
    )


async def a_hold(payments: Payments, *, card: str = "pm_card_visa") -> HoldSnapshot:
    """Return a hold of EUR 40.00, placed under the key ``place``."""
    return await payments.place_hold(await a_request(payments, card=card), idempotency_key="place")
