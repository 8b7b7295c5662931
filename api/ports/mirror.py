"""The processor's objects, page by page, so that a copy of them can be kept and compared with our books.

Answers to Stripe's lists (https://docs.stripe.com/api/pagination): the newest come first, and what is created while one
pages joins in front, so going on behind the last one seen misses nothing. Words and metadata are the processor's own:
nothing is decided from them here. Errors are those of ``ports/payments.py``. Implemented by
``clients/stripe/mirror.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from api.domain.money import Money
from api.ports.settlement import BalanceEntry

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PaymentCopy:
    """A PaymentIntent with its latest charge, as the processor shows it."""

    payment_intent_id: str
    status: str
    """The processor's word: ``requires_capture``, ``succeeded``, ``canceled`` ..."""
    amount: Money
    capturable: Money
    received: Money
    refunded: Money
    created_at: datetime
    cancellation_reason: str | None = None
    capture_before: datetime | None = None
    charge_id: str | None = None
    hold_id: str | None = None
    """From metadata, as are all below."""
    charging_session_id: str | None = None
    subject_id: str | None = None
    """Of a payment beside a hold: which of ours it says it is."""
    environment: str | None = None
    """Whose it is; None: made by hand at the processor, or not by us."""


@dataclass(frozen=True, slots=True)
class RefundCopy:
    """A refund, as the processor shows it."""

    processor_refund_id: str
    payment_intent_id: str | None
    status: str
    amount: Money
    created_at: datetime
    failure_reason: str | None = None
    refund_id: str | None = None
    """From metadata: which of ours it says it is; None: made by hand."""
    environment: str | None = None
    """Its own, or else that of its payment."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some objects, the newest first, and where to go on."""

    found: tuple[T, ...]
    after: str | None = None
    """The id to go on behind; None: this was the last page."""
    unreadable: tuple[str, ...] = ()
    """Ids of objects that we could not read: one of them must not keep all others from being seen."""


class Mirror(Protocol):
    """Lists what there is at the processor, and looks single objects up again."""

    async def payments_page(self, *, since: datetime | None, after: str | None, size: int) -> Page[PaymentCopy]:
        """Return payments created at or after ``since``, behind ``after``; ``size`` is 1 to 100.

        Raises ProcessorRefused (``resource_missing``: no such ``after``) and OutcomeUnknown (429 included), as all do.
        """
        ...

    async def refunds_page(self, *, since: datetime | None, after: str | None, size: int) -> Page[RefundCopy]:
        """Return refunds, as ``payments_page`` does payments."""
        ...

    async def entries_page(self, *, since: datetime | None, after: str | None, size: int) -> Page[BalanceEntry]:
        """Return movements of our balance, as ``payments_page`` does payments."""
        ...

    async def fetch_payments(self, payment_intent_ids: Sequence[str]) -> Page[PaymentCopy]:
        """Return payments as they are now; one that the processor does not know is left out."""
        ...

    async def fetch_refunds(self, processor_refund_ids: Sequence[str]) -> Page[RefundCopy]:
        """Return refunds as they are now; one that the processor does not know is left out."""
        ...
