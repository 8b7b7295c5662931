"""``StripePayments``: the payments port over the real Stripe SDK.

Answers to https://docs.stripe.com/payments/place-a-hold-on-a-payment-method. Here are the calls; what an answer means
is in ``snapshots.py``, what a failure means in ``errors.py``, webhooks in ``webhooks.py``. Nothing is stored here and
nothing is decided about a charge.
"""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING

import stripe
from stripe.params import PaymentIntentCreateParamsPaymentMethodOptionsCard

from api.domain.money import Money
from api.ports.payments import (
    HoldRequest,
    HoldSnapshot,
    ProcessorEvent,
    ProcessorStatus,
    ReleaseReason,
)
from clients.stripe.connection import StripeConnection, request_id_of
from clients.stripe.errors import declined_or_failed
from clients.stripe.intents import EXPAND_CHARGE, find_intent, reach
from clients.stripe.snapshots import read_snapshot
from clients.stripe.webhooks import read_event

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams

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


class StripePayments:
    """Implements ``api.ports.payments.Payments``; one instance per process and event loop, closed with ``aclose``."""

    def __init__(self, connection: StripeConnection) -> None:
        """Speak over ``connection``; nothing is sent."""
        self._connection = connection
        self._config = connection.config
        self._ask = connection.ask
        self._intents = connection.v1.payment_intents
        self._customers = connection.v1.customers
        self._payment_methods = connection.v1.payment_methods

    async def aclose(self) -> None:
        """Close the shared connection."""
        await self._connection.aclose()

    async def place_hold(self, request: HoldRequest, *, idempotency_key: str) -> HoldSnapshot:
        """Create and confirm a PaymentIntent with manual capture; on session the driver has just tapped "start".

        The answer may be ``needs_action`` (3-D Secure; ``client_secret`` is for the app); off session the bank's wish
        to ask is a decline (``authentication_required``). Raises ``HoldDeclined``, ``ProcessorRefused``,
        ``OutcomeUnknown``.
        """
        call = self._intents.create_async(
            _parameters(request, self._config.environment), {"idempotency_key": idempotency_key}
        )
        # A driver waits for a tap, a job for a pass that was shown at a post.
        deadline = self._config.tap_deadline_seconds if request.on_session else None
        return _snapshot(await self._ask(call, deadline_seconds=deadline, translate=declined_or_failed))

    async def fetch_hold(self, payment_intent_id: str) -> HoldSnapshot:
        """Return the hold as it is now, with card, capture window and fee.

        Raises ``ProcessorRefused`` (unknown id) and ``OutcomeUnknown``.
        """
        return _snapshot(await self._ask(self._intents.retrieve_async(payment_intent_id, {"expand": EXPAND_CHARGE})))

    async def find_hold(self, hold_id: str, *, customer_id: str) -> HoldSnapshot | None:
        """Find a hold by the ``hold_id`` in its metadata among the customer's newest intents.

        Of several (a hold tried again under a new key) the one that has the money is returned. Raises
        ``ProcessorRefused``, ``OutcomeUnknown``.
        """
        found = await find_intent(self._connection, customer_id, key="hold_id", value=hold_id)
        return None if found is None else read_snapshot(found)

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
        intent, request_id = await reach(self._connection, wanted, call)
        return read_snapshot(intent, request_id=request_id)


def _parameters(request: HoldRequest, environment: str) -> "PaymentIntentCreateParams":
    parameters: PaymentIntentCreateParams = {
        "amount": request.amount.minor,
        "currency": request.amount.currency.lower(),
        "customer": request.customer_id,
        "payment_method": request.payment_method_id,
        "allowed_payment_method_types": ["card"],
        # Without this word Stripe takes the money instead of holding it.
        "capture_method": "manual",
        "payment_method_options": {"card": CAPABILITIES},
        "confirm": True,
        "description": request.description,
        "metadata": {
            "hold_id": request.hold_id,
            "charging_session_id": request.charging_session_id,
            "env": environment,
        },
        "expand": EXPAND_CHARGE,
    }
    if request.on_session:  # 3-D Secure is shown inside the app, so there is no page to return to
        parameters["use_stripe_sdk"] = True
    else:
        parameters["off_session"] = True
    return parameters


def _snapshot(intent: stripe.PaymentIntent) -> HoldSnapshot:
    return read_snapshot(intent.to_dict(), request_id=request_id_of(intent))
