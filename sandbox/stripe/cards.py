"""The simulated cards: which test name or number stands for which behavior.

Names without ``sandbox`` are Stripe's own (https://docs.stripe.com/testing); ``pm_sandbox_*`` exist only here.

| payment method | behavior |
|---|---|
| ``pm_card_visa``, ``_visa_debit``, ``_mastercard``, ``_amex``, ``_discover`` | works, no 3D Secure |
| ``pm_card_chargeCustomerFail`` | can be saved, every payment is declined |
| ``pm_card_chargeDeclined…``, ``pm_card_visa_chargeDeclined…`` | declined with the code in the name; cannot be saved |
| ``pm_card_authenticationRequired`` | every payment needs 3D Secure |
| ``pm_card_authenticationRequiredOnSetup`` | 3D Secure once, when saved for later use |
| ``pm_card_authenticationRequiredChargeDeclinedInsufficientFunds`` | 3D Secure, then declined |
| ``pm_card_refundFail`` | refund succeeds at once, fails later |
| ``pm_card_pendingRefund`` | refund is pending, succeeds later |
| ``pm_card_createDispute`` | money is disputed as fraudulent soon after it was taken |
| ``pm_card_createDisputeProductNotReceived`` | same, other reason |
| ``pm_card_createDisputeInquiry`` | the holder only asks (``warning_needs_response``): no money is taken |
| ``pm_card_createIssuerFraudRecord`` | the bank reports fraud soon after the money was taken |
| ``pm_sandbox_applePay``, ``pm_sandbox_googlePay`` | works, shown as a card inside that wallet |
| ``pm_sandbox_refundPendingThenFails`` | refund is pending, fails later |
| ``pm_sandbox_captureDeclined`` | hold works, capture answers 402 and the hold stays |
| ``pm_sandbox_captureExpired`` | hold works, capture answers ``charge_expired_for_capture`` |
| ``pm_sandbox_incremental`` | the hold can be raised (when asked for at creation) |
| ``pm_sandbox_incrementDeclined`` | raising is declined, the old hold stays |
| ``pm_sandbox_overcapture`` | up to 120 % can be captured (when asked for) |
| ``pm_sandbox_extended`` | the hold lives 30 days (when asked for) |
| ``pm_sandbox_allowances`` | the three above at once |
"""

from dataclasses import dataclass
from typing import Literal

Authentication = Literal["never", "always", "unless_saved"]
RefundCourse = Literal["succeeds", "succeeds_then_fails", "pending_then_succeeds", "pending_then_fails"]
CaptureCourse = Literal["succeeds", "declined", "expired"]
IncrementCourse = Literal["unavailable", "succeeds", "declined"]


@dataclass(frozen=True, kw_only=True)
class Card:
    """One simulated card."""

    name: str
    number: str = "4242424242424242"
    brand: str = "visa"
    funding: str = "credit"
    error_code: str | None = None
    """API error code of every payment; None means it goes through."""
    decline_code: str | None = None
    can_be_saved: bool = True
    authentication: Authentication = "never"
    refund: RefundCourse = "succeeds"
    capture: CaptureCourse = "succeeds"
    increment: IncrementCourse = "unavailable"
    dispute_reason: str | None = None
    inquiry: bool = False
    """The dispute begins as a question."""
    fraud_warning: bool = False
    wallet: str | None = None
    overcapture_percent: int = 0
    extended_seconds: int = 0

    @property
    def last4(self) -> str:
        """The last four digits, as printed on receipts."""
        return self.number[-4:]


def _declined(name: str, number: str, decline_code: str, error_code: str = "card_declined") -> list[Card]:
    """Return the card under both spellings Stripe uses: with and without the brand."""
    suffix = name[:1].upper() + name[1:] if name else ""
    return [
        Card(
            name=f"pm_card{brand}_chargeDeclined{suffix}",
            number=number,
            error_code=error_code,
            decline_code=decline_code,
            can_be_saved=False,
        )
        for brand in ("", "_visa")
    ]


_ALL = [
    Card(name="pm_card_visa"),
    Card(name="pm_card_visa_debit", number="4000056655665556", funding="debit"),
    Card(name="pm_card_mastercard", number="5555555555554444", brand="mastercard"),
    Card(name="pm_card_amex", number="378282246310005", brand="amex"),
    Card(name="pm_card_discover", number="6011111111111117", brand="discover"),
    *_declined("", "4000000000000002", "generic_decline"),
    *_declined("insufficientFunds", "4000000000009995", "insufficient_funds"),
    *_declined("lostCard", "4000000000009987", "lost_card"),
    *_declined("stolenCard", "4000000000009979", "stolen_card"),
    *_declined("fraudulent", "4100000000000019", "fraudulent"),
    *_declined("velocityLimitExceeded", "4000000000006975", "card_velocity_exceeded"),
    *_declined("expiredCard", "4000000000000069", "expired_card", "expired_card"),
    *_declined("incorrectCvc", "4000000000000127", "incorrect_cvc", "incorrect_cvc"),
    *_declined("processingError", "4000000000000119", "processing_error", "processing_error"),
    Card(
        name="pm_card_chargeCustomerFail",
        number="4000000000000341",
        error_code="card_declined",
        decline_code="generic_decline",
    ),
    Card(name="pm_card_authenticationRequired", number="4000002760003184", authentication="always"),
    Card(name="pm_card_authenticationRequiredOnSetup", number="4000002500003155", authentication="unless_saved"),
    Card(
        name="pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        number="4000008260003178",
        authentication="always",
        error_code="card_declined",
        decline_code="insufficient_funds",
    ),
    Card(name="pm_card_refundFail", number="4000000000005126", refund="succeeds_then_fails"),
    Card(name="pm_card_pendingRefund", number="4000000000007726", refund="pending_then_succeeds"),
    Card(name="pm_card_createDispute", number="4000000000000259", dispute_reason="fraudulent"),
    Card(
        name="pm_card_createDisputeProductNotReceived",
        number="4000000000002685",
        dispute_reason="product_not_received",
    ),
    Card(
        name="pm_card_createDisputeInquiry",
        number="4000000000001976",
        dispute_reason="product_not_received",
        inquiry=True,
    ),
    Card(name="pm_card_createIssuerFraudRecord", number="4000000000005423", fraud_warning=True),
    Card(name="pm_sandbox_applePay", wallet="apple_pay"),
    Card(name="pm_sandbox_googlePay", number="5555555555554444", brand="mastercard", wallet="google_pay"),
    Card(name="pm_sandbox_refundPendingThenFails", refund="pending_then_fails"),
    Card(name="pm_sandbox_captureDeclined", capture="declined"),
    Card(name="pm_sandbox_captureExpired", capture="expired"),
    Card(name="pm_sandbox_incremental", increment="succeeds"),
    Card(name="pm_sandbox_incrementDeclined", increment="declined"),
    Card(name="pm_sandbox_overcapture", overcapture_percent=20),
    Card(name="pm_sandbox_extended", extended_seconds=30 * 86_400),
    Card(
        name="pm_sandbox_allowances",
        increment="succeeds",
        overcapture_percent=20,
        extended_seconds=30 * 86_400,
    ),
]

CARDS = {card.name: card for card in _ALL}
BY_NUMBER = {card.number: card for card in reversed(_ALL) if not card.name.startswith("pm_sandbox_")}
BY_TOKEN = {f"tok_{card.name.removeprefix('pm_card_')}": card for card in _ALL if card.name.startswith("pm_card_")}
