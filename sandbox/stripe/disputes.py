"""Disputes on captured money. Answers to https://docs.stripe.com/api/disputes. An uncaptured hold has none."""

from sandbox.stripe.balance import book_dispute
from sandbox.stripe.config import DAY_SECONDS
from sandbox.stripe.errors import Obj, invalid
from sandbox.stripe.listing import keep_equal, list_page
from sandbox.stripe.metadata import merge_metadata
from sandbox.stripe.state import State

_DAYS_TO_ANSWER = 7
_INQUIRY = ("warning_needs_response", "warning_under_review")
_OPEN = ("needs_response", "under_review", *_INQUIRY)


def dispute_later(state: State, charge: Obj, reason: str, *, inquiry: bool) -> None:
    """Have the card holder dispute ``charge`` a moment from now."""

    def act(at: int) -> None:
        open_dispute(state, charge, reason, at, inquiry=inquiry)

    state.later(state.clock.now(), act)


def open_dispute(
    state: State, charge: Obj, reason: str, at: int, *, inquiry: bool = False, amount: int | None = None
) -> Obj:
    """Open a dispute on everything not refunded, or on ``amount``: a holder may dispute what was refunded too.

    The money is withdrawn at once, with a fee; an inquiry takes none.
    """
    dispute = _new_dispute(state, charge, reason, at)
    dispute["amount"] = amount or charge["amount_captured"] - charge["amount_refunded"]
    dispute["status"] = "warning_needs_response" if inquiry else "needs_response"
    dispute["is_charge_refundable"] = inquiry
    dispute["payment_method_details"]["card"]["case_type"] = "inquiry" if inquiry else "chargeback"
    state.disputes.add(dispute)
    charge["disputed"] = True
    state.emit("charge.dispute.created", dispute, at=at)
    if not inquiry:
        _withdraw(state, dispute, at)
    return dispute


def _withdraw(state: State, dispute: Obj, at: int) -> None:
    dispute["balance_transactions"].append(book_dispute(state, dispute, returned=False, at=at))
    state.emit("charge.dispute.funds_withdrawn", dispute, at=at)


def escalate_dispute(state: State, dispute_id: str) -> Obj:
    """Turn an inquiry into a dispute: now the money is withdrawn.

    Raises ``StripeFailure`` (400) when it is none.
    """
    dispute = state.disputes.need(dispute_id)
    if dispute["status"] not in _INQUIRY:
        raise invalid(f"This is no open inquiry: {dispute['status']}.")
    dispute.update(status="needs_response", is_charge_refundable=False)
    dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    state.emit("charge.dispute.updated", dispute)
    _withdraw(state, dispute, state.now())
    return dispute


def _new_dispute(state: State, charge: Obj, reason: str, at: int) -> Obj:
    card = charge["payment_method_details"]["card"]
    shown = {"brand": card["brand"], "case_type": "chargeback", "network": card["network"], "network_reason_code": "10"}
    return {
        "id": state.new_id("du_1"),
        "object": "dispute",
        "amount": 0,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": at,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": at + _DAYS_TO_ANSWER * DAY_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": shown, "type": "card"},
        "reason": reason,
        "status": "needs_response",
    }


def end_dispute(state: State, dispute_id: str, *, won: bool) -> Obj:
    """End a dispute; a won one gives the money back.

    Raises ``StripeFailure`` (400) when it is over already.
    """
    dispute = state.disputes.need(dispute_id)
    if dispute["status"] not in _OPEN:
        raise invalid(f"This dispute is over: {dispute['status']}.")
    inquiry = dispute["status"] in _INQUIRY
    ended = "won" if won else "lost"
    dispute["status"] = "warning_closed" if inquiry else ended
    state.emit("charge.dispute.closed", dispute)
    if won and not inquiry:
        dispute["balance_transactions"].append(book_dispute(state, dispute, returned=True, at=state.now()))
        state.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def close_dispute(state: State, dispute_id: str, _params: Obj) -> Obj:
    """Accept a dispute: it is lost."""
    return end_dispute(state, dispute_id, won=False)


def update_dispute(state: State, dispute_id: str, params: Obj) -> Obj:
    """Store evidence; with ``submit`` (the default) the bank looks at it."""
    dispute = state.disputes.need(dispute_id)
    dispute["metadata"] = merge_metadata(dispute["metadata"], params.get("metadata"))
    if params.get("evidence"):
        if dispute["status"] not in _OPEN:
            raise invalid(f"This dispute is over: {dispute['status']}.")
        if dispute["evidence_details"]["submission_count"]:
            raise invalid("Evidence was handed to the bank already; it can be handed in once.")
        dispute["evidence"].update(params["evidence"])
        dispute["evidence_details"]["has_evidence"] = True
        if params.get("submit", True):
            dispute["evidence_details"].update(submission_count=1, submission_method="manual")
            dispute["status"] = dispute["status"].replace("needs_response", "under_review")
    state.emit("charge.dispute.updated", dispute)
    return dispute


def list_disputes(state: State, params: Obj) -> Obj:
    """List disputes, newest first, by ``charge``, ``payment_intent`` and ``created``."""
    return list_page(state.disputes, params, "/v1/disputes", keep=keep_equal(params, "charge", "payment_intent"))
