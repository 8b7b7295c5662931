"""Giving captured money back through the processor, in our words, and what can go wrong with it.

Answers to Stripe's refunds (https://docs.stripe.com/api/refunds). A refund may be ``pending`` for days and ``failed``
after that: the money is ours again then and the driver unpaid. Errors are those of ``ports/payments.py``. Implemented
by ``clients/stripe/refunds.py``.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from api.domain.money import Money


class RefundStatus(StrEnum):
    """Where the processor says a refund stands; ``other`` keeps us alive when a new word appears."""

    PENDING = "pending"
    NEEDS_ACTION = "needs_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    OTHER = "other"


class RefundReason(StrEnum):
    """The processor's words for why money goes back; ours are kept on our own row."""

    DUPLICATE = "duplicate"
    FRAUDULENT = "fraudulent"
    REQUESTED = "requested"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """How much to give back of which payment. ``refund_id`` is written to metadata so that a lost one is found."""

    refund_id: str
    payment_intent_id: str
    amount: Money
    reason: RefundReason
    charging_session_id: str | None = None


@dataclass(frozen=True, slots=True)
class RefundSnapshot:
    """A refund as the processor shows it at one moment."""

    processor_refund_id: str
    payment_intent_id: str | None
    status: RefundStatus
    amount: Money
    our_refund_id: str | None = None
    """From metadata; None: made by hand at the processor."""
    failure_reason: str | None = None
    request_id: str | None = None
    created_at: datetime | None = None


class Refunds(Protocol):
    """Gives money back, and looks refunds up."""

    async def refund_payment(self, request: RefundRequest, *, idempotency_key: str) -> RefundSnapshot:
        """Give ``amount`` of captured money back.

        Raises ProcessorRefused (nothing captured, more than is left, disputed; fact ``processor_code``) and
        OutcomeUnknown.
        """
        ...

    async def fetch_refund(self, processor_refund_id: str) -> RefundSnapshot:
        """Return the refund as it is now; raises ProcessorRefused, OutcomeUnknown."""
        ...

    async def refunds_of_payment(self, payment_intent_id: str) -> tuple[RefundSnapshot, ...]:
        """Return every refund of a payment, newest first: those made by hand too.

        Raises ProcessorRefused (unknown payment), OutcomeUnknown.
        """
        ...
