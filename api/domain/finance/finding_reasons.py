"""What a finding's reason calls for: the words for it (``reasons.py``), and the actions that mend it most often.

A reason that nobody described, as one of a rule that an installation adds, gets plain words made of its code.
"""

from api.domain.finance.finding import Action
from api.domain.finance.reason_text import ReasonText, said
from api.domain.finance.reasons import REASONS

_SUGGESTED: dict[tuple[Action, ...], tuple[str, ...]] = {
    (Action.ASK_PROCESSOR,): (
        "capture_at_risk",
        "clearing_differs",
        "dispute_beyond_payment",
        "hold_differs_at_processor",
        "hold_not_at_processor",
        "operation_without_end",
        "payment_differs_at_processor",
        "refund_by_hand",
        "refund_differs_at_processor",
        "second_hold_at_processor",
    ),
    (Action.ASK_PROCESSOR, Action.RELEASE, Action.WRITE_OFF): ("capture_failed",),
    (Action.ASK_PROCESSOR, Action.REFUND): ("captured_unexpectedly",),
    (Action.WRITE_OFF,): ("cdr_after_hold_ended", "dispute_lost", "session_without_hold"),
    (Action.REFUND, Action.WRITE_OFF, Action.SEND_RECEIPT): ("cdr_changed_after_capture",),
    (Action.DISPUTE_CDR,): (
        "cdr_conflict",
        "cdr_energy_above_metered",
        "cdr_idle_at_charging_rate",
        "cdr_names_two_charges",
        "cdr_tax_differs",
        "cdr_unexplained",
        "cdr_unpriced",
        "cdr_without_charge",
        "complaint_given_back",
        "cdr_wrong_quantity",
        "cdr_wrong_tariff",
        "credit_without_original",
        "currency_differs",
        "session_of_no_charge",
    ),
    (Action.CAPTURE, Action.DISPUTE_CDR, Action.RELEASE): ("cdr_missing",),
    (Action.CAPTURE, Action.RELEASE, Action.DISPUTE_CDR): ("cdr_unpriceable",),
    (Action.DISPUTE_CDR, Action.REFUND): ("cdr_cost_differs", "charge_with_two_sessions", "estimate_captured"),
    (Action.REFUND, Action.ASK_PROCESSOR): ("captured_differs", "dispute_inquiry"),
    (Action.ASK_PROCESSOR, Action.SEND_RECEIPT): ("dispute_open",),
    (Action.REFUND,): ("early_fraud_warning",),
    (Action.ASK_PROCESSOR, Action.RELEASE): ("hold_amount_wrong", "release_failed"),
    (Action.WRITE_OFF, Action.ASK_PROCESSOR): ("hold_expired",),
    (Action.WRITE_OFF, Action.REFUND): ("owed_above_hold",),
    (Action.SETTLE_OTHERWISE,): ("refund_denied",),
    (Action.SETTLE_OTHERWISE, Action.ASK_PROCESSOR): ("refund_failed",),
    (Action.CAPTURE, Action.RELEASE): ("hold_near_expiry", "hold_open_too_long", "session_too_long"),
}
SUGGESTED = {reason: actions for actions, reasons in _SUGGESTED.items() for reason in reasons}
"""By reason, the likeliest action first; a reason that is not here is looked into by a person."""


def words_of(reason: str) -> ReasonText:
    """Return the words of a reason."""
    known = REASONS.get(reason)
    if known is not None:
        return known
    title = reason.replace("_", " ").capitalize()
    return said(title, "Two sources that must agree do not.", "Compare the facts below and decide.")


def suggested_for(reason: str) -> tuple[Action, ...]:
    """Return the actions that a reason calls for, the likeliest first."""
    return SUGGESTED.get(reason, ())
