"""``StripeRefunds``: the refunds port over the real Stripe SDK.

Answers to https://docs.stripe.com/api/refunds. Whether there is enough left to give back is decided from our own books
before anything is asked: Stripe gives the refusal of too much no code.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from api.domain.money import CurrencyInvalid, Money
from api.ports.payments import OutcomeUnknown
from api.ports.refunds import RefundReason, RefundRequest, RefundSnapshot, RefundStatus
from clients.stripe.connection import StripeConnection, request_id_of

PAGE = 100

STATUSES: Mapping[str, RefundStatus] = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.NEEDS_ACTION,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELED,
}

REASONS: Mapping[RefundReason, Literal["duplicate", "fraudulent", "requested_by_customer"]] = {
    RefundReason.DUPLICATE: "duplicate",
    RefundReason.FRAUDULENT: "fraudulent",
    RefundReason.REQUESTED: "requested_by_customer",
}

_NOT_A_REFUND = (KeyError, TypeError, ValueError, AttributeError, CurrencyInvalid, OverflowError, OSError)


class StripeRefunds:
    """Implements ``api.ports.refunds.Refunds`` over a shared connection."""

    def __init__(self, connection: StripeConnection) -> None:
        """Speak over ``connection``; nothing is sent."""
        self._ask = connection.ask
        self._environment = connection.config.environment
        self._refunds = connection.v1.refunds

    async def refund_payment(self, request: RefundRequest, *, idempotency_key: str) -> RefundSnapshot:
        """Give captured money back; the answer may be ``pending``, and ``succeeded`` may still fail later.

        Raises ``ProcessorRefused`` (nothing captured, more than is left, disputed) and ``OutcomeUnknown``.
        """
        metadata = {"refund_id": request.refund_id, "env": self._environment}
        if request.charging_session_id is not None:
            metadata["charging_session_id"] = request.charging_session_id
        call = self._refunds.create_async(
            {
                "payment_intent": request.payment_intent_id,
                "amount": request.amount.minor,
                "reason": REASONS[request.reason],
                "metadata": metadata,
            },
            {"idempotency_key": idempotency_key},
        )
        answer = await self._ask(call)
        return read_refund(answer.to_dict(), request_id=request_id_of(answer))

    async def fetch_refund(self, processor_refund_id: str) -> RefundSnapshot:
        """Return the refund as it is now; raises ``ProcessorRefused`` (unknown id), ``OutcomeUnknown``."""
        answer = await self._ask(self._refunds.retrieve_async(processor_refund_id))
        return read_refund(answer.to_dict(), request_id=request_id_of(answer))

    async def refunds_of_payment(self, payment_intent_id: str) -> tuple[RefundSnapshot, ...]:
        """Return every refund of a payment, newest first, those made by hand in the dashboard too.

        Raises ``ProcessorRefused`` (unknown payment), ``OutcomeUnknown``.
        """
        found: list[RefundSnapshot] = []
        page = await self._ask(self._refunds.list_async({"payment_intent": payment_intent_id, "limit": PAGE}))
        found += [read_refund(one.to_dict()) for one in page.data]
        while page.has_more and page.data:
            page = await self._ask(
                self._refunds.list_async(
                    {"payment_intent": payment_intent_id, "limit": PAGE, "starting_after": page.data[-1].id}
                )
            )
            found += [read_refund(one.to_dict()) for one in page.data]
        return tuple(found)


def read_refund(refund: Mapping[str, Any], *, request_id: str | None = None) -> RefundSnapshot:
    """Return the refund that ``refund`` (plain JSON) describes; raises ``OutcomeUnknown`` when it cannot be read."""
    try:
        return RefundSnapshot(
            processor_refund_id=refund["id"],
            payment_intent_id=id_of(refund.get("payment_intent")),
            status=STATUSES.get(refund["status"], RefundStatus.OTHER),
            amount=Money(refund["amount"], refund["currency"].upper()),
            our_refund_id=(refund.get("metadata") or {}).get("refund_id"),
            failure_reason=refund.get("failure_reason"),
            request_id=request_id,
            created_at=datetime.fromtimestamp(refund["created"], UTC),
        )
    except _NOT_A_REFUND as error:
        raise OutcomeUnknown("processor_answer_unreadable", request_id=request_id) from error


def id_of(reference: object) -> str | None:
    """Return the id behind a field that may hold an id or the whole object; raises ``TypeError`` for anything else."""
    found = reference["id"] if isinstance(reference, Mapping) else reference
    if found is None or isinstance(found, str):
        return found
    raise TypeError(f"expected an id, got {type(found).__name__}")
