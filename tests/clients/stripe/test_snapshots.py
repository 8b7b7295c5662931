"""A PaymentIntent is read into our words, and nothing is taken for money that is only held."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.domain.money import Money
from api.ports.payments import HoldSnapshot, OutcomeUnknown, ProcessorStatus
from clients.stripe.snapshots import read_snapshot


def an_intent(**changes: Any) -> dict[str, Any]:
    """Return a PaymentIntent holding EUR 40.00, with single fields changed."""
    intent: dict[str, Any] = {
        "id": "pi_7",
        "object": "payment_intent",
        "status": "requires_capture",
        "amount": 4000,
        "amount_capturable": 4000,
        "amount_received": 0,
        "currency": "eur",
        "client_secret": "pi_7_secret_x",
        "latest_charge": "ch_7",
    }
    return {**intent, **changes}


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("requires_payment_method", None, ProcessorStatus.NEEDS_PAYMENT_METHOD),
        ("requires_confirmation", None, ProcessorStatus.NEEDS_CONFIRMATION),
        ("requires_action", None, ProcessorStatus.NEEDS_ACTION),
        ("processing", None, ProcessorStatus.PROCESSING),
        ("requires_capture", None, ProcessorStatus.HELD),
        ("succeeded", None, ProcessorStatus.CAPTURED),
        ("canceled", "abandoned", ProcessorStatus.CANCELED),
        ("canceled", None, ProcessorStatus.CANCELED),
        ("canceled", "expired", ProcessorStatus.EXPIRED),
        ("canceled", "automatic", ProcessorStatus.EXPIRED),
        ("requires_reauthorization", None, ProcessorStatus.OTHER),
        ("a_word_of_tomorrow", None, ProcessorStatus.OTHER),
    ],
)
def test_every_status_has_our_word(status: str, reason: str | None, expected: ProcessorStatus) -> None:
    """Known statuses are translated, a lapsed hold is told from a canceled one, a new word keeps us alive."""
    assert read_snapshot(an_intent(status=status, cancellation_reason=reason)).status is expected


def test_a_hold_took_no_money() -> None:
    """A fresh hold is capturable in full and has captured nothing, though its charge calls itself succeeded."""
    charge = {
        "id": "ch_7",
        "status": "succeeded",
        "captured": False,
        "balance_transaction": None,
        "payment_method_details": {
            "type": "card",
            "card": {
                "brand": "mastercard",
                "last4": "4444",
                "capture_before": 1_780_000_000,
                "extended_authorization": {"status": "enabled"},
                "incremental_authorization": {"status": "available"},
                "overcapture": {"status": "available", "maximum_amount_capturable": 4800},
            },
        },
    }
    assert read_snapshot(an_intent(latest_charge=charge), request_id="req_1") == HoldSnapshot(
        payment_intent_id="pi_7",
        status=ProcessorStatus.HELD,
        amount=Money(4000, "EUR"),
        capturable=Money(4000, "EUR"),
        captured=Money(0, "EUR"),
        request_id="req_1",
        capture_before=datetime.fromtimestamp(1_780_000_000, UTC),
        client_secret="pi_7_secret_x",
        card_brand="mastercard",
        card_last4="4444",
        extended_authorization="enabled",
        incremental_authorization="available",
        capturable_at_most=Money(4800, "EUR"),
    )


def test_a_partial_capture_shows_what_was_taken() -> None:
    """After a partial capture the taken part is ``amount_received``; the amount of the hold stays what it was."""
    intent = an_intent(status="succeeded", amount_capturable=0, amount_received=1234)
    snapshot = read_snapshot(intent)
    assert (snapshot.amount.minor, snapshot.capturable.minor, snapshot.captured.minor) == (4000, 0, 1234)


def test_the_fee_keeps_its_own_currency() -> None:
    """Stripe takes its fee in the currency of our balance, which may differ from the hold's."""
    charge = {"balance_transaction": {"fee": 44, "currency": "chf"}}
    assert read_snapshot(an_intent(latest_charge=charge)).fee == Money(44, "CHF")


@pytest.mark.parametrize("charge", [None, "ch_7", {}, {"balance_transaction": "txn_1"}, {"payment_method_details": {}}])
def test_what_was_not_expanded_is_unknown(charge: object) -> None:
    """A bare id in place of an object leaves card, window and fee unknown instead of failing."""
    snapshot = read_snapshot(an_intent(latest_charge=charge))
    assert (snapshot.card_last4, snapshot.capture_before, snapshot.fee) == (None, None, None)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": "card_declined", "decline_code": "lost_card"}, "lost_card"),
        ({"code": "expired_card"}, "expired_card"),
        (None, None),
    ],
)
def test_the_decline_reason_is_the_issuers_where_given(error: dict[str, str] | None, expected: str | None) -> None:
    """The issuer's own reason is kept; without one the error's code stands in."""
    intent = an_intent(status="requires_payment_method", amount_capturable=0, last_payment_error=error)
    assert read_snapshot(intent).decline_code == expected


def test_whole_unit_currencies_are_not_scaled() -> None:
    """Amounts are minor units as the processor defines them: 500 yen are 500."""
    assert read_snapshot(an_intent(currency="jpy", amount=500)).amount == Money(500, "JPY")


@pytest.mark.parametrize(
    "intent",
    [{}, {"id": "pi_7"}, an_intent(amount="4000"), an_intent(currency=None), an_intent(currency="euro")],
)
def test_an_unreadable_answer_leaves_the_outcome_unknown(intent: dict[str, Any]) -> None:
    """From an answer that is no PaymentIntent nothing can be concluded, not even that nothing happened."""
    with pytest.raises(OutcomeUnknown) as caught:
        read_snapshot(intent, request_id="req_2")
    assert caught.value.facts["request_id"] == "req_2"
