"""Cards that a driver keeps with the processor, in our words, and what can go wrong with them.

Answers to Stripe's SetupIntents, CustomerSessions and PaymentMethods (https://docs.stripe.com/payments/mobile). Apple
Pay and Google Pay are cards inside a wallet. Errors are those of ``ports/payments.py``. Implemented by
``clients/stripe/cards.py``. No card data pass through us: the app gives them to the processor.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class SetupStatus(StrEnum):
    """How far the saving of a card has come; ``other`` keeps us alive when a new word appears."""

    NEEDS_PAYMENT_METHOD = "needs_payment_method"
    NEEDS_CONFIRMATION = "needs_confirmation"
    NEEDS_ACTION = "needs_action"
    PROCESSING = "processing"
    SAVED = "saved"
    CANCELED = "canceled"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CardSetup:
    """The saving of one card as the processor shows it; the app finishes it with ``client_secret``."""

    setup_intent_id: str
    status: SetupStatus
    customer_id: str | None
    client_secret: str | None = None
    payment_method_id: str | None = None
    error_code: str | None = None
    """Why the last attempt failed, where one did."""


@dataclass(frozen=True, slots=True)
class AppSession:
    """What lets the app show and save one customer's cards for a while."""

    client_secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeptCard:
    """A card as the processor shows it. ``customer_id`` None: it was removed, for good."""

    payment_method_id: str
    customer_id: str | None
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    wallet: str | None = None
    """``apple_pay``, ``google_pay`` ...; None for a card that was typed in."""


class Cards(Protocol):
    """Lets the app save cards, and looks at them."""

    async def begin_setup(
        self, customer_id: str, *, driver_id: str, card_operation_id: str, idempotency_key: str
    ) -> CardSetup:
        """Begin the saving of a card that is to be charged later; raises ProcessorRefused, OutcomeUnknown."""
        ...

    async def open_app_session(self, customer_id: str, *, idempotency_key: str) -> AppSession:
        """Let the app show and save the customer's cards; raises ProcessorRefused, OutcomeUnknown."""
        ...

    async def fetch_setup(self, setup_intent_id: str) -> CardSetup:
        """Return the setup as it is now; raises ProcessorRefused, OutcomeUnknown."""
        ...

    async def fetch_card(self, payment_method_id: str) -> KeptCard:
        """Return the card as it is now, also a removed one; raises ProcessorRefused, OutcomeUnknown."""
        ...

    async def cards_of_customer(self, customer_id: str) -> tuple[KeptCard, ...]:
        """Return every card of a customer, newest first.

        Raises ProcessorRefused (customer unknown or deleted) and OutcomeUnknown.
        """
        ...

    async def forget_customer(self, customer_id: str) -> None:
        """Delete a customer with name, address and cards, for good; what was paid stays, and can be paid back.

        Raises ProcessorRefused (``resource_missing``: unknown, or deleted already) and OutcomeUnknown.
        """
        ...

    async def remove_card(self, payment_method_id: str, *, idempotency_key: str) -> None:
        """Remove a card for good; holds placed on it stay valid.

        Raises ProcessorRefused (unknown, or removed already) and OutcomeUnknown.
        """
        ...
