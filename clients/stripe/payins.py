"""``StripePayins``: the payins port over the real Stripe SDK.

Answers to https://docs.stripe.com/payments/payment-intents with automatic capture: the money is taken as soon as the
payer agreed. With a card named the payment is confirmed here; without one the app confirms it with the client secret,
by whatever method the account offers there (a wallet can be topped up by methods that cannot hold).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from api.ports.payins import PayinRequest, PayinSnapshot
from api.ports.payments import ProcessorStatus
from clients.stripe.connection import StripeConnection, request_id_of
from clients.stripe.errors import declined_or_failed
from clients.stripe.intents import EXPAND_CHARGE, find_intent, reach
from clients.stripe.snapshots import read_snapshot

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams


class StripePayins:
    """Implements ``api.ports.payins.Payins`` over a shared connection."""

    def __init__(self, connection: StripeConnection) -> None:
        """Speak over ``connection``; nothing is sent."""
        self._connection = connection
        self._intents = connection.v1.payment_intents

    async def take_payment(self, request: PayinRequest, *, idempotency_key: str) -> PayinSnapshot:
        """Create a payment, and confirm it when a card is given.

        Raises ``HoldDeclined`` (off session also where the bank wants to ask: ``authentication_required``),
        ``ProcessorRefused``, ``OutcomeUnknown``.
        """
        config = self._connection.config
        call = self._intents.create_async(
            _parameters(request, config.environment), {"idempotency_key": idempotency_key}
        )
        # A driver waits for a payment they are asked for, a job for one that they are not.
        deadline = config.tap_deadline_seconds if request.on_session else None
        answer = await self._connection.ask(call, deadline_seconds=deadline, translate=declined_or_failed)
        return read_payin(answer.to_dict(), request_id=request_id_of(answer))

    async def fetch_payment(self, payment_intent_id: str) -> PayinSnapshot:
        """Return the payment as it is now; raises ``ProcessorRefused`` (unknown id), ``OutcomeUnknown``."""
        call = self._intents.retrieve_async(payment_intent_id, {"expand": EXPAND_CHARGE})
        answer = await self._connection.ask(call)
        return read_payin(answer.to_dict(), request_id=request_id_of(answer))

    async def find_payment(self, payin_id: str, *, customer_id: str) -> PayinSnapshot | None:
        """Find a payment by the ``payin_id`` in its metadata among the customer's newest intents.

        Raises ``ProcessorRefused`` (unknown customer), ``OutcomeUnknown``.
        """
        found = await find_intent(self._connection, customer_id, key="payin_id", value=payin_id)
        return None if found is None else read_payin(found)

    async def cancel_payment(self, payment_intent_id: str, *, idempotency_key: str) -> PayinSnapshot:
        """Cancel a payment that was not made; an already canceled one is answered as it is.

        Raises ``ProcessorRefused`` (the money came; fact ``hold_status``) and ``OutcomeUnknown``.
        """
        call = self._intents.cancel_async(
            payment_intent_id,
            {"cancellation_reason": "abandoned", "expand": EXPAND_CHARGE},
            {"idempotency_key": idempotency_key},
        )
        intent, request_id = await reach(self._connection, ProcessorStatus.CANCELED, call)
        return read_payin(intent, request_id=request_id)


def _parameters(request: PayinRequest, environment: str) -> "PaymentIntentCreateParams":
    metadata = {"payin_id": request.payin_id, "purpose": request.purpose, "env": environment}
    if request.charging_session_id is not None:
        metadata["charging_session_id"] = request.charging_session_id
    parameters: PaymentIntentCreateParams = {
        "amount": request.amount.minor,
        "currency": request.amount.currency.lower(),
        "customer": request.customer_id,
        # Said aloud although it is nearly the default: the asynchronous kind would tell us its fee later.
        "capture_method": "automatic",
        "description": request.description,
        "metadata": metadata,
        "expand": EXPAND_CHARGE,
    }
    if request.payment_method_id is None:
        parameters["automatic_payment_methods"] = {"enabled": True}
        return parameters
    parameters["payment_method"] = request.payment_method_id
    parameters["allowed_payment_method_types"] = ["card"]
    parameters["confirm"] = True
    if request.on_session:
        parameters["use_stripe_sdk"] = True
    else:
        parameters["off_session"] = True
    return parameters


def read_payin(intent: Mapping[str, Any], *, request_id: str | None = None) -> PayinSnapshot:
    """Return the payment that ``intent`` (plain JSON) describes; raises ``OutcomeUnknown`` when it cannot be read."""
    seen = read_snapshot(intent, request_id=request_id)
    return PayinSnapshot(
        payment_intent_id=seen.payment_intent_id,
        status=seen.status,
        amount=seen.amount,
        received=seen.captured,
        client_secret=seen.client_secret,
        decline_code=seen.decline_code,
        fee=seen.fee,
        our_payin_id=(intent.get("metadata") or {}).get("payin_id"),
        request_id=seen.request_id,
    )
