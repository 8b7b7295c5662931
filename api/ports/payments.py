"""Card holds at a payment processor, in our words, and what can go wrong with them.

Answers to Stripe's PaymentIntents with manual capture (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method).
Every write takes the idempotency key of its stored operation. Implemented by ``clients/stripe/payments.py``.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from api.domain.errors import Invalid, Refused, Upstream
from api.domain.money import Money


class ProcessorStatus(StrEnum):
    """Where the processor says a hold stands; ``other`` keeps us alive when a new word appears."""

    NEEDS_PAYMENT_METHOD = "needs_payment_method"
    NEEDS_CONFIRMATION = "needs_confirmation"
    NEEDS_ACTION = "needs_action"
    PROCESSING = "processing"
    HELD = "held"
    CAPTURED = "captured"
    CANCELED = "canceled"
    EXPIRED = "expired"
    OTHER = "other"


class ReleaseReason(StrEnum):
    """Why we let a hold go."""

    ABANDONED = "abandoned"
    REQUESTED = "requested"
    NOTHING_OWED = "nothing_owed"
    START_FAILED = "start_failed"


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """What to hold, on which card. ``hold_id`` is written to the processor's metadata so that a lost hold is found."""

    hold_id: str
    charging_session_id: str
    amount: Money
    customer_id: str
    payment_method_id: str
    description: str
    on_session: bool = True
    """The driver waits in our app or page and may answer their bank; else a bank that wants to ask declines."""


@dataclass(frozen=True, slots=True)
class HoldSnapshot:
    """A hold as the processor shows it at one moment."""

    payment_intent_id: str
    status: ProcessorStatus
    amount: Money
    capturable: Money
    captured: Money
    request_id: str | None = None
    capture_before: datetime | None = None
    client_secret: str | None = None
    decline_code: str | None = None
    card_brand: str | None = None
    card_last4: str | None = None
    fee: Money | None = None
    """The processor's fee, once money was captured and the processor tells it."""
    extended_authorization: str | None = None
    """What the processor says of a longer life of this hold (``enabled``, ``disabled``); None: not told."""
    incremental_authorization: str | None = None
    """What the processor says of raising this hold (``available``, ``unavailable``); None: not told."""
    capturable_at_most: Money | None = None
    """What could be captured above the hold, where the processor offers that; None: not told or not offered."""


@dataclass(frozen=True, slots=True)
class ProcessorEvent:
    """A verified webhook event: a hint to look, never a fact by itself."""

    event_id: str
    type: str
    occurred_at: datetime
    payment_intent_id: str | None
    livemode: bool
    object_kind: str = "payment_intent"
    """Stripe's word for what it is about: ``payment_intent``, ``charge``, ``refund``, ``dispute``, ``payout`` ..."""
    object_id: str | None = None


class HoldDeclined(Refused):
    """The card said no. Facts: ``decline_code``, ``payment_intent_id`` (None when saving a card), ``request_id``.

    The intent, if any, holds nothing and must be canceled or retried.
    """


class OutcomeUnknown(Upstream):
    """We do not know whether the processor did it: connection lost, time-out, 409, 429 or 5xx. Ask with the same key.

    Facts: ``http_status``, ``request_id``, ``replayed``. ``replayed`` true means that the processor repeats a stored
    failure: the same key never brings another answer, so look the hold up and use a new operation if nothing is there.
    """


class ProcessorRefused(Refused):
    """The processor refused for a reason that a retry cannot cure.

    Facts: ``processor_code``, ``request_id``, and ``hold_status`` (a ``ProcessorStatus`` value) where it was told.
    """

    @property
    def processor_code(self) -> str:
        """The processor's word for its no, or ours where it gave none."""
        return str(self.facts.get("processor_code") or self.code)


class ForgedEvent(Invalid):
    """A webhook whose signature, age or account is wrong; nothing of it may be stored."""


class Payments(Protocol):
    """Places, raises, captures and releases holds; looks them up; reads webhooks."""

    async def place_hold(self, request: HoldRequest, *, idempotency_key: str) -> HoldSnapshot:
        """Create and confirm a hold; raises HoldDeclined, ProcessorRefused, OutcomeUnknown.

        Off session a bank that wants to ask the driver is a decline, too.
        """
        ...

    async def fetch_hold(self, payment_intent_id: str) -> HoldSnapshot:
        """Return the hold as it is now; raises ProcessorRefused, OutcomeUnknown."""
        ...

    async def find_hold(self, hold_id: str, *, customer_id: str) -> HoldSnapshot | None:
        """Find a hold by our id among the customer's recent ones, preferring one that has money.

        Raises ProcessorRefused (unknown customer) and OutcomeUnknown.
        """
        ...

    async def capture_hold(self, payment_intent_id: str, amount: Money, *, idempotency_key: str) -> HoldSnapshot:
        """Capture ``amount``, in the hold's currency, once, releasing the rest.

        An already captured hold is answered as it is: compare ``captured``. Card and fee may be missing in that answer.
        Raises ProcessorRefused (expired, canceled, too large) and OutcomeUnknown.
        """
        ...

    async def extend_hold(self, payment_intent_id: str, amount: Money, *, idempotency_key: str) -> HoldSnapshot:
        """Raise a hold that stands to ``amount`` in all, where the processor says that it can be raised.

        Raises HoldDeclined (the old hold stays as it is), ProcessorRefused and OutcomeUnknown.
        """
        ...

    async def release_hold(
        self, payment_intent_id: str, reason: ReleaseReason, *, idempotency_key: str
    ) -> HoldSnapshot:
        """Cancel the hold; an already canceled or expired one is answered as it is.

        Raises ProcessorRefused (captured) and OutcomeUnknown.
        """
        ...

    async def create_customer(self, *, driver_id: str, email: str, idempotency_key: str) -> str:
        """Create the processor's customer for a driver and return its id.

        Raises ProcessorRefused, OutcomeUnknown.
        """
        ...

    async def save_card(self, customer_id: str, payment_method_id: str, *, idempotency_key: str) -> str:
        """Attach a payment method to a customer and return the attached id.

        Raises HoldDeclined, ProcessorRefused, OutcomeUnknown.
        """
        ...

    def read_event(self, payload: bytes, signature: str, *, now: datetime) -> ProcessorEvent:
        """Verify and parse a webhook; raises ForgedEvent."""
        ...
