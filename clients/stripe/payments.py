"""``StripePayments``: the payments port over the real Stripe SDK.

Answers to https://docs.stripe.com/payments/place-a-hold-on-a-payment-method at API version ``STRIPE_VERSION``. Here are
the calls; what an answer means is in ``snapshots.py``, what a failure means in ``errors.py``, webhooks in
``webhooks.py``. Nothing is stored here and nothing is decided about a charge.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import httpx
import stripe
from stripe.params import PaymentIntentCreateParamsPaymentMethodOptionsCard

from api.domain.errors import AppError
from api.domain.money import Money
from api.ports.payments import (
    HoldRequest,
    HoldSnapshot,
    OutcomeUnknown,
    ProcessorEvent,
    ProcessorStatus,
    ReleaseReason,
)
from clients.stripe.errors import UNEXPECTED_STATE, declined_or_failed, embedded_intent, refused_or_unknown
from clients.stripe.snapshots import read_snapshot
from clients.stripe.transport import StripeTransport
from clients.stripe.webhooks import TOLERANCE, read_event

STRIPE_VERSION = "2026-10-28.endive"
"""The API version every request asks for; moving it is a change with its own tests, not a side effect of an upgrade."""

NETWORK_RETRIES = 2
RECENT_HOLDS = 100
"""How many of a customer's newest PaymentIntents are searched for a lost hold; the most Stripe gives in one page."""

# The balance transaction, and with it the fee, exists once money was captured.
EXPAND_CHARGE = ["latest_charge.balance_transaction"]

# Extras that some contracts and cards allow (https://docs.stripe.com/payments/flexible-payments). Asking costs nothing;
# the answer is read and nothing is built on it.
CAPABILITIES: PaymentIntentCreateParamsPaymentMethodOptionsCard = {
    "request_extended_authorization": "if_available",
    "request_incremental_authorization": "if_available",
    "request_overcapture": "if_available",
}

RELEASE_REASONS = {
    ReleaseReason.ABANDONED: "abandoned",
    ReleaseReason.REQUESTED: "requested_by_customer",
    # Stripe has no word for these two; its list is about the payer, and "abandoned" is the one without blame.
    ReleaseReason.NOTHING_OWED: "abandoned",
    ReleaseReason.START_FAILED: "abandoned",
}

# Which of several intents for one hold is the hold: the one that has money, then the one that may still get it.
_MOST_TELLING = (
    ProcessorStatus.CAPTURED,
    ProcessorStatus.HELD,
    ProcessorStatus.PROCESSING,
    ProcessorStatus.NEEDS_ACTION,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeConfig:
    """How to reach Stripe, and as whom. ``environment`` is written into metadata to tell staging from production."""

    api_key: str = field(repr=False)
    webhook_secrets: Sequence[str] = field(repr=False)
    environment: str
    api_base: str | None = None
    """Where Stripe answers when not at its own address: a stand-in, for example."""
    timeout: httpx.Timeout = field(default_factory=lambda: httpx.Timeout(20, connect=3))
    """Limits of one request; the SDK sends up to ``NETWORK_RETRIES`` more."""
    tap_deadline_seconds: float = 8.0
    """Limit of placing a hold with all its retries: a driver is waiting at the charger."""
    deadline_seconds: float = 45.0
    """Limit of every other call with all its retries: a job is waiting."""
    event_tolerance: timedelta = TOLERANCE
    """How far an event's time may lie from ours; a sandbox whose clock runs fast needs more than real life does."""

    @property
    def livemode(self) -> bool:
        """Say whether the key moves real money."""
        return self.api_key.startswith(("sk_live_", "rk_live_"))


class StripePayments:
    """Implements ``api.ports.payments.Payments``; one instance per process and event loop, closed with ``aclose``."""

    def __init__(self, config: StripeConfig) -> None:
        """Build the client; nothing is sent."""
        # Latency figures of our requests are nobody else's business; the SDK knows this switch only as a global.
        stripe.enable_telemetry = False
        self._config = config
        self._http = StripeTransport(timeout=config.timeout)
        client = stripe.StripeClient(
            config.api_key,
            stripe_version=STRIPE_VERSION,
            base_addresses={"api": config.api_base} if config.api_base else None,
            http_client=self._http,
            max_network_retries=NETWORK_RETRIES,
        )
        self._intents = client.v1.payment_intents
        self._customers = client.v1.customers
        self._payment_methods = client.v1.payment_methods

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK left this method without types

    async def place_hold(self, request: HoldRequest, *, idempotency_key: str) -> HoldSnapshot:
        """Create and confirm a PaymentIntent with manual capture, on session: the driver has just tapped "start".

        The answer may be ``needs_action`` (3-D Secure; ``client_secret`` is for the app). Raises ``HoldDeclined``,
        ``ProcessorRefused``, ``OutcomeUnknown``.
        """
        call = self._intents.create_async(
            {
                "amount": request.amount.minor,
                "currency": request.amount.currency.lower(),
                "customer": request.customer_id,
                "payment_method": request.payment_method_id,
                "allowed_payment_method_types": ["card"],
                # Without this word Stripe takes the money instead of holding it.
                "capture_method": "manual",
                "payment_method_options": {"card": CAPABILITIES},
                "confirm": True,
                # 3-D Secure is shown inside the app, so there is no page to return to.
                "use_stripe_sdk": True,
                "description": request.description,
                "metadata": {
                    "hold_id": request.hold_id,
                    "charging_session_id": request.charging_session_id,
                    "env": self._config.environment,
                },
                "expand": EXPAND_CHARGE,
            },
            {"idempotency_key": idempotency_key},
        )
        return _snapshot(await self._ask(call, self._config.tap_deadline_seconds, declined_or_failed))

    async def fetch_hold(self, payment_intent_id: str) -> HoldSnapshot:
        """Return the hold as it is now, with card, capture window and fee.

        Raises ``ProcessorRefused`` (unknown id) and ``OutcomeUnknown``.
        """
        return _snapshot(await self._ask(self._intents.retrieve_async(payment_intent_id, {"expand": EXPAND_CHARGE})))

    async def find_hold(self, hold_id: str, *, customer_id: str) -> HoldSnapshot | None:
        """Find a hold by the ``hold_id`` in its metadata among the customer's ``RECENT_HOLDS`` newest intents.

        Of several (a hold tried again under a new key) the one that has the money is returned. Stripe's search API is
        not used: its index runs up to a minute behind. Raises ``ProcessorRefused``, ``OutcomeUnknown``.
        """
        page = await self._ask(
            self._intents.list_async(
                {"customer": customer_id, "limit": RECENT_HOLDS, "expand": ["data.latest_charge.balance_transaction"]}
            )
        )
        found = [_snapshot(intent) for intent in page.data if intent.to_dict()["metadata"].get("hold_id") == hold_id]
        for status in _MOST_TELLING:
            for snapshot in found:
                if snapshot.status is status:
                    return snapshot
        return found[0] if found else None

    async def capture_hold(self, payment_intent_id: str, amount: Money, *, idempotency_key: str) -> HoldSnapshot:
        """Capture ``amount`` (at least one minor unit, in the hold's currency) once; Stripe releases the rest.

        An already captured hold is answered as it is, whatever its amount: compare ``captured`` with what you asked.
        Stripe takes no currency here, so the caller sees to it that it is the hold's. Raises ``ProcessorRefused``
        (expired, canceled, too large, zero; fact ``hold_status`` where known) and ``OutcomeUnknown``.
        """
        call = self._intents.capture_async(
            payment_intent_id,
            {"amount_to_capture": amount.minor, "expand": EXPAND_CHARGE},
            {"idempotency_key": idempotency_key},
        )
        return await self._reach(ProcessorStatus.CAPTURED, call)

    async def extend_hold(self, payment_intent_id: str, amount: Money, *, idempotency_key: str) -> HoldSnapshot:
        """Raise a hold to ``amount`` in all (incremental authorization); a decline leaves the old hold as it is.

        Raises ``HoldDeclined``, ``ProcessorRefused`` (not available for this hold, ended) and ``OutcomeUnknown``.
        """
        call = self._intents.increment_authorization_async(
            payment_intent_id,
            {"amount": amount.minor, "expand": EXPAND_CHARGE},
            {"idempotency_key": idempotency_key},
        )
        return _snapshot(await self._ask(call, translate=declined_or_failed))

    async def release_hold(
        self, payment_intent_id: str, reason: ReleaseReason, *, idempotency_key: str
    ) -> HoldSnapshot:
        """Cancel the PaymentIntent, which frees the whole hold; works in every state before a capture.

        An already canceled or expired one is answered as it is. Raises ``ProcessorRefused`` (captured; fact
        ``hold_status``) and ``OutcomeUnknown``.
        """
        call = self._intents.cancel_async(
            payment_intent_id,
            {"cancellation_reason": RELEASE_REASONS[reason], "expand": EXPAND_CHARGE},
            {"idempotency_key": idempotency_key},
        )
        return await self._reach(ProcessorStatus.CANCELED, call)

    async def create_customer(self, *, driver_id: str, email: str, idempotency_key: str) -> str:
        """Create Stripe's customer for a driver and return its id; raises ``ProcessorRefused``, ``OutcomeUnknown``."""
        metadata = {"driver_id": driver_id, "env": self._config.environment}
        customer = await self._ask(
            self._customers.create_async({"email": email, "metadata": metadata}, {"idempotency_key": idempotency_key})
        )
        return customer.id

    async def save_card(self, customer_id: str, payment_method_id: str, *, idempotency_key: str) -> str:
        """Attach a payment method to a customer and return the attached id, which may differ from the one given.

        Raises ``HoldDeclined`` (the bank refused the card), ``ProcessorRefused``, ``OutcomeUnknown``.
        """
        call = self._payment_methods.attach_async(
            payment_method_id, {"customer": customer_id}, {"idempotency_key": idempotency_key}
        )
        return (await self._ask(call, translate=declined_or_failed)).id

    def read_event(self, payload: bytes, signature: str, *, now: datetime) -> ProcessorEvent:
        """Verify and parse a webhook's raw body; raises ``ForgedEvent`` (see ``webhooks.read_event``)."""
        config = self._config
        return read_event(
            payload,
            signature,
            secrets=config.webhook_secrets,
            livemode=config.livemode,
            now=now,
            tolerance=config.event_tolerance,
        )

    async def _reach(self, wanted: ProcessorStatus, call: Awaitable[stripe.PaymentIntent]) -> HoldSnapshot:
        """Make a call that ends a hold; a refusal because the hold has already ended that way is a success."""
        try:
            return _snapshot(await self._ask(call))
        except AppError as error:
            cause = error.__cause__
            if not isinstance(cause, stripe.InvalidRequestError) or cause.code != UNEXPECTED_STATE:
                raise
            intent = embedded_intent(cause)
            if intent is None:
                raise
            snapshot = read_snapshot(intent, request_id=cause.request_id)
            ended = snapshot.status
            if ended is wanted or (wanted is ProcessorStatus.CANCELED and ended is ProcessorStatus.EXPIRED):
                return snapshot
            raise

    async def _ask(
        self,
        call: Awaitable[T],
        deadline_seconds: float | None = None,
        translate: Callable[[stripe.StripeError], AppError] = refused_or_unknown,
    ) -> T:
        """Await a call within its deadline, its failure translated into an error of the port."""
        try:
            async with asyncio.timeout(deadline_seconds or self._config.deadline_seconds):
                return await call
        except stripe.StripeError as error:
            raise translate(error) from error
        except TimeoutError as error:
            raise OutcomeUnknown("processor_outcome_unknown", http_status=None, replayed=False) from error


def _snapshot(intent: stripe.PaymentIntent) -> HoldSnapshot:
    response = intent.last_response
    return read_snapshot(intent.to_dict(), request_id=None if response is None else response.request_id)
