"""What happens to captured money at the processor afterwards: disputes, fees, payouts.

Answers to Stripe's disputes, balance transactions and payouts (https://docs.stripe.com/api/disputes,
https://docs.stripe.com/api/balance_transactions, https://docs.stripe.com/api/payouts). Errors are those of
``ports/payments.py``. Implemented by ``clients/stripe/settlement.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from api.domain.money import Money


class DisputeStatus(StrEnum):
    """Where a dispute stands; inquiries (``warning_...`` at Stripe) take no money. ``other``: a new word."""

    INQUIRY = "inquiry"
    INQUIRY_CLOSED = "inquiry_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DisputeSnapshot:
    """A dispute as the processor shows it; ``withdrawn`` and ``fee`` are what its balance transactions took so far."""

    dispute_id: str
    payment_intent_id: str | None
    status: DisputeStatus
    amount: Money
    reason: str
    withdrawn: Money
    """Net of what was taken and given back: the disputed amount while it is open or lost, zero once won."""
    fee: Money
    """Net of dispute fees taken and given back."""
    evidence_due_at: datetime | None = None
    evidence_submitted: bool = False
    created_at: datetime | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class PayoutSnapshot:
    """Money on its way, or arrived, at our bank."""

    payout_id: str
    status: str
    """Stripe's word: ``pending``, ``in_transit``, ``paid``, ``failed``, ``canceled``."""
    amount: Money
    arrives_at: datetime | None
    automatic: bool
    reconciled: bool
    """Its balance transactions are complete and may be listed."""


@dataclass(frozen=True, slots=True)
class BalanceEntry:
    """One movement of our balance at the processor. ``net = amount - fee``."""

    entry_id: str
    kind: str
    """Stripe's ``type``: ``charge``, ``refund``, ``adjustment``, ``payout``, ``refund_failure``, ``stripe_fee`` ..."""
    amount: Money
    fee: Money
    net: Money
    source_id: str | None
    """The charge, refund, dispute or payout that it belongs to."""
    payment_intent_id: str | None
    created_at: datetime
    available_at: datetime
    reporting_category: str | None = None
    """Stripe's finer word, for reports: ``charge``, ``refund``, ``dispute``, ``dispute_reversal``, ``fee`` ..."""


class Settlement(Protocol):
    """Looks at disputes, payouts and our balance; hands in evidence."""

    async def fetch_dispute(self, dispute_id: str) -> DisputeSnapshot:
        """Return the dispute as it is now; raises ProcessorRefused, OutcomeUnknown."""
        ...

    async def submit_evidence(
        self, dispute_id: str, evidence: Mapping[str, str], *, final: bool, idempotency_key: str
    ) -> DisputeSnapshot:
        """Hand in evidence as texts by Stripe's field names; ``final`` sends it to the bank, once.

        Raises ProcessorRefused (closed, or handed in already) and OutcomeUnknown.
        """
        ...

    async def fetch_payout(self, payout_id: str) -> PayoutSnapshot:
        """Return the payout as it is now; raises ProcessorRefused, OutcomeUnknown."""
        ...

    async def balance_entries(
        self, *, payout_id: str | None = None, since: datetime | None = None
    ) -> tuple[BalanceEntry, ...]:
        """Return our balance's movements, oldest first, all pages: of one payout, or since a moment.

        Raises ProcessorRefused, OutcomeUnknown.
        """
        ...
