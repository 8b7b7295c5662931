"""Read a PaymentIntent as Stripe shows it into our ``HoldSnapshot``. Pure: takes plain JSON trees, calls nobody.

Answers to https://docs.stripe.com/api/payment_intents/object and, for the capture window, the card and the fee, to the
Charge and its BalanceTransaction when the caller asked Stripe to expand them. The amounts are Stripe's own minor units,
which are also ours (``api/domain/money.py``). Money moved only where ``amount_received`` says so: a charge's status
``succeeded`` also stands on a mere hold.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from api.domain.money import CurrencyInvalid, Money
from api.ports.payments import HoldSnapshot, OutcomeUnknown, ProcessorStatus

STATUSES: Mapping[str, ProcessorStatus] = {
    "requires_payment_method": ProcessorStatus.NEEDS_PAYMENT_METHOD,
    "requires_confirmation": ProcessorStatus.NEEDS_CONFIRMATION,
    "requires_action": ProcessorStatus.NEEDS_ACTION,
    "processing": ProcessorStatus.PROCESSING,
    "requires_capture": ProcessorStatus.HELD,
    "succeeded": ProcessorStatus.CAPTURED,
    "canceled": ProcessorStatus.CANCELED,
    "expired": ProcessorStatus.EXPIRED,
}

# A hold that lapsed is a canceled intent with this reason; "automatic" is what older API versions called it.
EXPIRY_REASONS = frozenset({"expired", "automatic"})

# What reading a tree of another shape raises; the last two come from a time beyond the calendar.
_NOT_AN_INTENT = (KeyError, TypeError, ValueError, AttributeError, CurrencyInvalid, OverflowError, OSError)


def read_snapshot(intent: Mapping[str, Any], *, request_id: str | None = None) -> HoldSnapshot:
    """Return the hold that ``intent`` (a PaymentIntent as plain JSON) describes.

    Capture window, card and fee are there only when ``latest_charge`` (and its ``balance_transaction``) is expanded.
    Raises ``OutcomeUnknown`` when the answer is not a readable PaymentIntent: then nothing can be said about the hold.
    """
    try:
        return _read(intent, request_id)
    except _NOT_AN_INTENT as error:
        raise OutcomeUnknown("processor_answer_unreadable", request_id=request_id) from error


def read_status(intent: Mapping[str, Any]) -> ProcessorStatus:
    """Return where the hold stands in our words; a status we do not know is ``other``."""
    if intent["status"] == "canceled" and intent.get("cancellation_reason") in EXPIRY_REASONS:
        return ProcessorStatus.EXPIRED
    return STATUSES.get(intent["status"], ProcessorStatus.OTHER)


def _read(intent: Mapping[str, Any], request_id: str | None) -> HoldSnapshot:
    currency = intent["currency"].upper()
    charge = _expanded(intent.get("latest_charge"))
    card = _card(charge)
    capture_before = card.get("capture_before")
    return HoldSnapshot(
        payment_intent_id=intent["id"],
        status=read_status(intent),
        amount=Money(intent["amount"], currency),
        capturable=Money(intent.get("amount_capturable") or 0, currency),
        captured=Money(intent.get("amount_received") or 0, currency),
        request_id=request_id,
        capture_before=None if capture_before is None else datetime.fromtimestamp(capture_before, UTC),
        client_secret=intent.get("client_secret"),
        decline_code=decline_code(intent.get("last_payment_error")),
        card_brand=card.get("brand"),
        card_last4=card.get("last4"),
        fee=_fee(charge),
        extended_authorization=_status(card, "extended_authorization"),
        incremental_authorization=_status(card, "incremental_authorization"),
        capturable_at_most=_at_most(card, currency),
    )


def decline_code(error: Mapping[str, Any] | None) -> str | None:
    """Return the issuer's reason of a payment error, or the error's own code where the issuer gave none."""
    if not error:
        return None
    code = error.get("decline_code") or error.get("code")
    return None if code is None else str(code)


def _status(card: Mapping[str, Any], capability: str) -> str | None:
    """Return the word of the answer for one capability of a hold; None where Stripe says nothing of it."""
    told = card.get(capability) or {}
    status = told.get("status")
    return None if status is None else str(status)


def _at_most(card: Mapping[str, Any], currency: str) -> Money | None:
    """Return up to what overcapture is available, if it is."""
    if _status(card, "overcapture") != "available":
        return None
    most = card["overcapture"].get("maximum_amount_capturable")
    return None if most is None else Money(most, currency)


def _fee(charge: Mapping[str, Any]) -> Money | None:
    transaction = _expanded(charge.get("balance_transaction"))
    if not transaction:
        return None
    return Money(transaction["fee"], transaction["currency"].upper())


def _card(charge: Mapping[str, Any]) -> Mapping[str, Any]:
    details = charge.get("payment_method_details") or {}
    card: Mapping[str, Any] = details.get("card") or {}
    return card


def _expanded(reference: object) -> Mapping[str, Any]:
    """Return the object behind an expandable field, or nothing when Stripe sent only its id."""
    return reference if isinstance(reference, Mapping) else {}
