"""Payments taken at once, with no hold before them: top-ups of a wallet, and what a driver still owes.

Answers to Stripe's PaymentIntents with automatic capture (https://docs.stripe.com/payments/payment-intents). Errors are
those of ``ports/payments.py``. Implemented by ``clients/stripe/payins.py``.
"""

from dataclasses import dataclass
from typing import Protocol

from api.domain.money import Money
from api.ports.payments import ProcessorStatus


@dataclass(frozen=True, slots=True)
class PayinRequest:
    """What to take, from whom. ``payin_id`` is written to metadata so that a lost payment is found.

    With ``payment_method_id`` the payment is confirmed at once; without one the app confirms it with the secret.
    """

    payin_id: str
    purpose: str
    """``top_up`` or ``receivable``; into metadata."""
    amount: Money
    customer_id: str
    description: str
    payment_method_id: str | None = None
    on_session: bool = True
    """False: the driver is not there; a bank that wants to ask them declines with ``authentication_required``."""
    charging_session_id: str | None = None


@dataclass(frozen=True, slots=True)
class PayinSnapshot:
    """Such a payment as the processor shows it; ``captured`` means that the money came, all of it."""

    payment_intent_id: str
    status: ProcessorStatus
    amount: Money
    received: Money
    client_secret: str | None = None
    decline_code: str | None = None
    fee: Money | None = None
    our_payin_id: str | None = None
    request_id: str | None = None


class Payins(Protocol):
    """Takes payments and looks them up."""

    async def take_payment(self, request: PayinRequest, *, idempotency_key: str) -> PayinSnapshot:
        """Create the payment, and confirm it when a card is given.

        The answer may be ``needs_action`` or ``needs_payment_method``: ``client_secret`` is for the app. Raises
        HoldDeclined, ProcessorRefused, OutcomeUnknown.
        """
        ...

    async def fetch_payment(self, payment_intent_id: str) -> PayinSnapshot:
        """Return the payment as it is now; raises ProcessorRefused, OutcomeUnknown."""
        ...

    async def find_payment(self, payin_id: str, *, customer_id: str) -> PayinSnapshot | None:
        """Find a payment by our id among the customer's recent ones, preferring one that has money.

        Raises ProcessorRefused (unknown customer) and OutcomeUnknown.
        """
        ...

    async def cancel_payment(self, payment_intent_id: str, *, idempotency_key: str) -> PayinSnapshot:
        """Cancel a payment that was not made; an already canceled one is answered as it is.

        Raises ProcessorRefused (the money came; fact ``hold_status``) and OutcomeUnknown.
        """
        ...
