"""Refunds of captured money. Answers to https://docs.stripe.com/api/refunds and /refunds#failed-refunds.

A refund may look finished and fail later: the money is ours again and the card holder unpaid.
"""

from sandbox.stripe.balance import book_refund
from sandbox.stripe.cards import RefundCourse
from sandbox.stripe.errors import Obj, bad_parameter, invalid
from sandbox.stripe.listing import keep_equal, list_page
from sandbox.stripe.metadata import merge_metadata
from sandbox.stripe.state import State
from sandbox.stripe.supported import refuse_unsupported

_PARAMETERS = frozenset({"amount", "charge", "payment_intent", "reason", "metadata", "expand"})


def create_refund(state: State, params: Obj) -> Obj:
    """Refund all or part of what is left of a captured charge.

    Raises ``StripeFailure`` (400) for an uncaptured, disputed or used up charge and for too large an amount.
    """
    refuse_unsupported(params, _PARAMETERS)
    if params.get("amount", 1) < 1:
        raise bad_parameter("The amount must be at least 1.", code="parameter_invalid_integer", param="amount")
    charge = _charge_of(state, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    if charge["disputed"] and _disputed_now(state, charge):
        raise invalid("This charge is disputed.", code="charge_disputed")
    if left == 0:
        raise invalid("This charge is refunded in full.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount > left:
        # The real API gives this refusal no code: a client decides from its own books first.
        raise invalid(f"{amount} is more than the {left} not refunded yet.", param="amount")
    course = state.cards[charge["payment_method"]].refund
    refund = _new_refund(state, charge, amount, params, course)
    if refund["status"] == "succeeded":
        refund["balance_transaction"] = book_refund(state, refund, failed=False, at=state.now())["id"]
    _count_refunded(charge, amount)
    state.emit("refund.created", refund)
    state.emit("charge.refunded", charge)
    if course != "succeeds":
        state.later(
            state.clock.now() + state.config.refund_settle_seconds,
            lambda at: _settle(state, refund, charge, course, at),
        )
    return refund


def _charge_of(state: State, params: Obj) -> Obj:
    if "charge" in params:
        charge = state.charges.need(params["charge"], param="charge", in_path=False)
    elif "payment_intent" in params:
        intent = state.payment_intents.need(params["payment_intent"], param="payment_intent", in_path=False)
        if intent["latest_charge"] is None:
            raise invalid("This PaymentIntent has no charge to refund.", param="payment_intent")
        charge = state.charges.need(intent["latest_charge"])
    else:
        raise bad_parameter("Name a charge or a payment_intent.", code="parameter_missing", param="charge")
    if not charge["captured"]:
        raise invalid("This charge is not captured: cancel its PaymentIntent instead.")
    return charge


def _disputed_now(state: State, charge: Obj) -> bool:
    free = ("won", "warning_needs_response", "warning_under_review", "warning_closed")
    return any(d["charge"] == charge["id"] and d["status"] not in free for d in state.disputes.oldest_first())


def _new_refund(state: State, charge: Obj, amount: int, params: Obj, course: RefundCourse) -> Obj:
    pending = course.startswith("pending")
    return state.refunds.add(
        {
            "id": state.new_id("re_3"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "created": state.now(),
            "currency": charge["currency"],
            "destination_details": {
                "card": {
                    "reference_status": "pending",
                    "reference_type": "acquirer_reference_number",
                    "type": "refund",
                },
                "type": "card",
            },
            "metadata": merge_metadata({}, params.get("metadata")),
            "payment_intent": charge["payment_intent"],
            "reason": params.get("reason"),
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "pending" if pending else "succeeded",
            "transfer_reversal": None,
        }
    )


def _count_refunded(charge: Obj, change: int) -> None:
    charge["amount_refunded"] += change
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]


def _settle(state: State, refund: Obj, charge: Obj, course: RefundCourse, at: int) -> None:
    """End a refund that was not final when it was created."""
    before: Obj = {"status": refund["status"]}
    if course == "pending_then_succeeds":
        refund["status"] = "succeeded"
        refund["balance_transaction"] = book_refund(state, refund, failed=False, at=at)["id"]
        state.emit("refund.updated", refund, at=at, before=before)
        return
    if refund["balance_transaction"] is not None:
        refund["failure_balance_transaction"] = book_refund(state, refund, failed=True, at=at)["id"]
    refund.update(status="failed", failure_reason="expired_or_canceled_card")
    _count_refunded(charge, -refund["amount"])
    state.emit("refund.updated", refund, at=at, before=before)
    state.emit("refund.failed", refund, at=at, before=before)


def update_refund(state: State, refund_id: str, params: Obj) -> Obj:
    """Change the metadata of a refund."""
    refund = state.refunds.need(refund_id)
    refund["metadata"] = merge_metadata(refund["metadata"], params.get("metadata"))
    state.emit("refund.updated", refund)
    return refund


def list_refunds(state: State, params: Obj) -> Obj:
    """List refunds, newest first, by ``charge``, ``payment_intent`` and ``created``; both must exist."""
    if "payment_intent" in params:
        state.payment_intents.need(params["payment_intent"], param="payment_intent", in_path=False)
    if "charge" in params:
        state.charges.need(params["charge"], param="charge", in_path=False)
    return list_page(state.refunds, params, "/v1/refunds", keep=keep_equal(params, "charge", "payment_intent"))
