"""What happens to an authorized amount: hold, capture, cancel, increment, expiry.

Answers to https://docs.stripe.com/payments/place-a-hold-on-a-payment-method. Since API version 2025-03-31.basil neither
a partial capture nor a cancel makes a refund. One capture a hold; the rest is released with it.
"""

from sandbox.stripe.balance import book_charge
from sandbox.stripe.cards import Card
from sandbox.stripe.disputes import dispute_later
from sandbox.stripe.errors import Obj, StripeFailure, bad_parameter, invalid, unexpected_state
from sandbox.stripe.metadata import merge_metadata
from sandbox.stripe.money import check_charge_amount
from sandbox.stripe.radar import warn_later
from sandbox.stripe.state import Hold, State
from sandbox.stripe.supported import refuse_unsupported

_CAPTURE_PARAMETERS = frozenset({"amount_to_capture", "final_capture", "metadata", "expand"})
_INCREMENT_PARAMETERS = frozenset({"amount", "metadata", "description", "expand"})
_CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture", "processing")
_MOST_INCREMENTS = 10


def place_hold(state: State, intent: Obj, charge: Obj, card: Card, *, off_session: bool) -> Obj:
    """Turn an agreed charge into a hold with its own deadline."""
    asked = intent["payment_method_options"]["card"]
    details = charge["payment_method_details"]["card"]
    seconds = state.config.hold_seconds
    if off_session and card.brand == "visa":
        seconds = state.config.merchant_initiated_visa_seconds
    if card.extended_seconds and asked.get("request_extended_authorization") == "if_available":
        seconds = card.extended_seconds
        details["extended_authorization"]["status"] = "enabled"
    if card.increment != "unavailable" and asked.get("request_incremental_authorization") == "if_available":
        details["incremental_authorization"]["status"] = "available"
    if card.overcapture_percent and asked.get("request_overcapture") == "if_available":
        most = intent["amount"] * (100 + card.overcapture_percent) // 100
        details["overcapture"] = {"maximum_amount_capturable": most, "status": "available"}
    details["capture_before"] = charge["created"] + seconds
    intent.update(status="requires_capture", amount_capturable=intent["amount"])
    state.holds[intent["id"]] = Hold(intent_id=intent["id"], currency=intent["currency"], authorized=intent["amount"])
    state.later(details["capture_before"], lambda at: _expire(state, intent, charge, at))
    state.emit("charge.succeeded", charge)
    state.emit("payment_intent.amount_capturable_updated", intent)
    return intent


def take_at_once(state: State, intent: Obj, charge: Obj, card: Card) -> Obj:
    """Take the money of an automatic capture; with ``automatic_async`` it is booked a moment later."""
    amount = intent["amount"]
    state.holds[intent["id"]] = Hold(
        intent_id=intent["id"], currency=intent["currency"], authorized=amount, captured=amount
    )
    charge.update(captured=True, amount_captured=amount)
    intent.update(status="succeeded", amount_received=amount)
    if intent["capture_method"] == "automatic_async":
        state.later(state.clock.now(), lambda at: _book_late(state, charge, at))
    else:
        book_charge(state, charge, amount, state.now())
    state.emit("charge.succeeded", charge)
    state.emit("payment_intent.succeeded", intent)
    _trouble_later(state, charge, card)
    return intent


def _trouble_later(state: State, charge: Obj, card: Card) -> None:
    """Let the magic cards' holders and banks speak up a moment after the money was taken."""
    if card.dispute_reason:
        dispute_later(state, charge, card.dispute_reason, inquiry=card.inquiry)
    if card.fraud_warning:
        warn_later(state, charge)


def _book_late(state: State, charge: Obj, at: int) -> None:
    book_charge(state, charge, charge["amount_captured"], at)
    state.emit("charge.updated", charge, at=at, before={"balance_transaction": None})


def capture_payment_intent(state: State, intent_id: str, params: Obj) -> Obj:
    """Capture a hold, all of it or less, once; the rest is released.

    Raises ``StripeFailure``: 400 for the amount or the status, 402 when the bank refuses.
    """
    intent = state.payment_intents.need(intent_id)
    refuse_unsupported(params, _CAPTURE_PARAMETERS)
    _check_capture_amount(params)
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, "captured")
    if params.get("final_capture") is False:
        raise invalid("Several captures of one hold are not available.", param="final_capture")
    charge = state.charges.need(intent["latest_charge"])
    card = state.cards[charge["payment_method"]]
    amount: int = {"amount_to_capture": intent["amount_capturable"], **params}["amount_to_capture"]
    most = charge["payment_method_details"]["card"]["overcapture"]["maximum_amount_capturable"]
    if amount > max(most, intent["amount_capturable"]):
        raise invalid("More than was authorized.", code="amount_too_large", param="amount_to_capture")
    check_charge_amount(amount, intent["currency"], param="amount_to_capture")
    _refuse_by_card(card, intent)
    intent["metadata"] = merge_metadata(intent["metadata"], params.get("metadata"))
    return _take(state, intent, charge, card, amount)


def _check_capture_amount(params: Obj) -> None:
    amount = params.get("amount_to_capture")
    if amount == 0:
        raise bad_parameter(
            "The amount must be at least 1.", code="parameter_invalid_integer", param="amount_to_capture"
        )
    if amount is not None and amount < 0:
        raise bad_parameter("The amount is negative.", param="amount_to_capture")


def _refuse_by_card(card: Card, intent: Obj) -> None:
    if card.capture == "expired":
        raise invalid("The authorization ended at the bank.", code="charge_expired_for_capture")
    if card.capture == "declined":
        raise StripeFailure(
            402,
            "The bank refused the capture.",
            type_="card_error",
            code="card_declined",
            decline_code="generic_decline",
            charge=intent["latest_charge"],
            payment_intent=intent,
        )


def _take(state: State, intent: Obj, charge: Obj, card: Card, amount: int) -> Obj:
    hold = state.holds[intent["id"]]
    # Taking more than was held (overcapture) authorizes the difference.
    hold.authorized = max(hold.authorized, amount)
    hold.captured, hold.released = amount, hold.authorized - amount
    charge.update(captured=True, amount_captured=amount, amount=max(charge["amount"], amount))
    delay = state.knobs.late_booking_seconds
    if delay:
        state.later(state.clock.now() + delay, lambda at: _book_late(state, charge, at))
    else:
        book_charge(state, charge, amount, state.now())
    intent.update(status="succeeded", amount_received=amount, amount_capturable=0, amount=max(intent["amount"], amount))
    state.emit("charge.captured", charge)
    state.emit("payment_intent.succeeded", intent)
    _trouble_later(state, charge, card)
    return intent


def cancel_payment_intent(state: State, intent_id: str, params: Obj) -> Obj:
    """Cancel an intent that took no money; a hold is released, no refund is made."""
    intent = state.payment_intents.need(intent_id)
    if intent["status"] not in _CANCELABLE:
        raise unexpected_state(intent, "canceled")
    hold = state.holds.get(intent_id)
    if hold is not None:
        hold.released = hold.open_minor
    _end(state, intent, reason=params.get("cancellation_reason"), at=state.now())
    return intent


def _expire(state: State, intent: Obj, charge: Obj, at: int) -> None:
    """End a hold nobody captured in time; does nothing to one that ended before."""
    if intent["status"] != "requires_capture":
        return
    hold = state.holds[intent["id"]]
    hold.expired = hold.open_minor
    intent.update(status="canceled", amount_capturable=0)
    state.emit("charge.expired", charge, at=at)
    _end(state, intent, reason="expired", at=at)


def _end(state: State, intent: Obj, *, reason: str | None, at: int) -> None:
    intent.update(status="canceled", amount_capturable=0, canceled_at=at, cancellation_reason=reason, next_action=None)
    state.emit("payment_intent.canceled", intent, at=at)


def increment_authorization(state: State, intent_id: str, params: Obj) -> Obj:
    """Raise a hold to a new total; only where the card and the creation request allow it.

    Raises ``StripeFailure``: 400 where it is not available, 402 when the bank refuses (the old hold stays).
    """
    intent = state.payment_intents.need(intent_id)
    refuse_unsupported(params, _INCREMENT_PARAMETERS)
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, "incremented")
    charge = state.charges.need(intent["latest_charge"])
    details = charge["payment_method_details"]["card"]
    hold = state.holds[intent_id]
    if details["incremental_authorization"]["status"] != "available":
        raise invalid("This hold cannot be raised.", code="payment_intent_invalid_parameter")
    if params["amount"] <= intent["amount"]:
        raise invalid("The new amount must be above the old one.", param="amount")
    card = state.cards[charge["payment_method"]]
    if card.increment == "declined":
        raise StripeFailure(
            402, "The bank refused the higher amount.", type_="card_error", code="card_declined",
            decline_code="insufficient_funds", payment_intent=intent,
        )  # fmt: skip
    if hold.increments == _MOST_INCREMENTS:
        raise invalid("This hold was raised too often.")
    hold.increments += 1
    hold.authorized = params["amount"]
    intent.update(amount=params["amount"], amount_capturable=params["amount"])
    charge["amount"] = details["amount_authorized"] = params["amount"]
    details["overcapture"]["maximum_amount_capturable"] = params["amount"]
    intent["metadata"] = merge_metadata(intent["metadata"], params.get("metadata"))
    state.emit("payment_intent.amount_capturable_updated", intent)
    state.emit("charge.updated", charge)
    return intent
