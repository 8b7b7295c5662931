"""Early fraud warnings and reviews: doubts about a payment that take no money.

Answers to https://docs.stripe.com/api/radar/early_fraud_warnings and https://docs.stripe.com/api/radar/reviews.
"""

from sandbox.stripe.errors import Obj, invalid
from sandbox.stripe.listing import keep_equal, list_page
from sandbox.stripe.state import State


def warn_of_fraud(state: State, charge: Obj, *, fraud_type: str, at: int) -> Obj:
    """Have the card's bank report ``charge`` as fraud; a dispute mostly follows unless it is refunded."""
    warning = state.early_fraud_warnings.add(
        {
            "id": state.new_id("issfr_1"),
            "object": "radar.early_fraud_warning",
            "actionable": not charge["refunded"] and not charge["disputed"],
            "charge": charge["id"],
            "created": at,
            "fraud_type": fraud_type,
            "livemode": False,
            "payment_intent": charge["payment_intent"],
        }
    )
    state.emit("radar.early_fraud_warning.created", warning, at=at)
    return warning


def warn_later(state: State, charge: Obj) -> None:
    """Have the bank report ``charge`` a moment from now."""
    state.later(state.clock.now(), lambda at: _warn(state, charge, at))


def _warn(state: State, charge: Obj, at: int) -> None:
    warn_of_fraud(state, charge, fraud_type="unauthorized_use_of_card", at=at)


def list_warnings(state: State, params: Obj) -> Obj:
    """List warnings, newest first, by ``charge``, ``payment_intent`` and ``created``."""
    keep = keep_equal(params, "charge", "payment_intent")
    return list_page(state.early_fraud_warnings, params, "/v1/radar/early_fraud_warnings", keep=keep)


def open_review(state: State, charge: Obj, *, reason: str = "manual") -> Obj:
    """Put a payment under review."""
    review = state.reviews.add(
        {
            "id": state.new_id("prv_1"),
            "object": "review",
            "billing_zip": None,
            "charge": charge["id"],
            "closed_reason": None,
            "created": state.now(),
            "ip_address": None,
            "ip_address_location": None,
            "livemode": False,
            "open": True,
            "opened_reason": "rule" if reason == "rule" else "manual",
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "session": None,
        }
    )
    charge["review"] = review["id"]
    state.emit("review.opened", review)
    return review


def close_review(state: State, review_id: str, *, reason: str) -> Obj:
    """Close a review; raises ``StripeFailure`` (400) when it is closed already."""
    review = state.reviews.need(review_id)
    if not review["open"]:
        raise invalid("This review is closed.")
    review.update(open=False, closed_reason=reason, reason=reason)
    state.charges.need(review["charge"])["review"] = None
    state.emit("review.closed", review)
    return review


def approve_review(state: State, review_id: str, _params: Obj) -> Obj:
    """Approve a review over the API."""
    return close_review(state, review_id, reason="approved")


def list_reviews(state: State, params: Obj) -> Obj:
    """List open reviews, newest first."""
    return list_page(state.reviews, params, "/v1/reviews", keep=lambda review: bool(review["open"]))
