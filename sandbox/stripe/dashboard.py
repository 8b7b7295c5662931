"""What people do who are no client of ours: our staff in the dashboard, the card's bank, the driver in the app.

Each is ``act(state, id, told)`` under ``POST /_sandbox/…``; the table at the end says where, ``control`` serves it.
"""

from collections.abc import Callable

from sandbox.stripe.captures import cancel_payment_intent, capture_payment_intent
from sandbox.stripe.confirm import confirm_intent
from sandbox.stripe.disputes import end_dispute, escalate_dispute, open_dispute
from sandbox.stripe.errors import Obj, bad_parameter
from sandbox.stripe.payment_methods import detach_payment_method, update_automatically
from sandbox.stripe.payouts import fail_payout
from sandbox.stripe.radar import close_review, open_review, warn_of_fraud
from sandbox.stripe.refunds import create_refund
from sandbox.stripe.setup_intents import confirm_setup_intent
from sandbox.stripe.state import State
from sandbox.stripe.webhook_endpoints import roll_secret

Act = Callable[[State, str, Obj], Obj]


def _capture(state: State, intent_id: str, told: Obj) -> Obj:
    return capture_payment_intent(state, intent_id, {"amount_to_capture": told["amount"]} if "amount" in told else {})


def _cancel(state: State, intent_id: str, _told: Obj) -> Obj:
    return cancel_payment_intent(state, intent_id, {})


def _refund(state: State, intent_id: str, told: Obj) -> Obj:
    return create_refund(state, {"payment_intent": intent_id, **told})


def _detach(state: State, method_id: str, _told: Obj) -> Obj:
    return detach_payment_method(state, method_id, {})


def _captured_charge(state: State, charge_id: str) -> Obj:
    charge = state.charges.need(charge_id)
    if not charge["captured"]:
        raise bad_parameter("Only captured money can be disputed.")
    return charge


def _dispute(state: State, charge_id: str, told: Obj) -> Obj:
    charge = _captured_charge(state, charge_id)
    return open_dispute(
        state,
        charge,
        told.get("reason", "fraudulent"),
        state.now(),
        inquiry=bool(told.get("inquiry")),
        amount=told.get("amount"),
    )


def _end_dispute(state: State, dispute_id: str, told: Obj) -> Obj:
    return end_dispute(state, dispute_id, won=told.get("outcome") == "won")


def _escalate(state: State, dispute_id: str, _told: Obj) -> Obj:
    return escalate_dispute(state, dispute_id)


def _warn(state: State, charge_id: str, told: Obj) -> Obj:
    fraud_type = told.get("fraud_type", "unauthorized_use_of_card")
    return warn_of_fraud(state, state.charges.need(charge_id), fraud_type=fraud_type, at=state.now())


def _review(state: State, charge_id: str, told: Obj) -> Obj:
    return open_review(state, state.charges.need(charge_id), reason=told.get("reason", "manual"))


def _close_review(state: State, review_id: str, told: Obj) -> Obj:
    return close_review(state, review_id, reason=told.get("reason", "approved"))


def _fail_payout(state: State, payout_id: str, told: Obj) -> Obj:
    return fail_payout(state, payout_id, code=told.get("code", "account_closed"), at=state.now())


def _roll_secret(state: State, endpoint_id: str, told: Obj) -> Obj:
    return roll_secret(state, endpoint_id, keep_seconds=float(told.get("keep_seconds", 0)))


def _update_card(state: State, method_id: str, told: Obj) -> Obj:
    return update_automatically(state, method_id, exp_year=told.get("exp_year", 2039), last4=told.get("last4"))


def _confirm_setup(state: State, intent_id: str, told: Obj) -> Obj:
    return confirm_setup_intent(state, intent_id, {"payment_method": told.get("payment_method", "pm_card_visa")})


def _confirm_payment(state: State, intent_id: str, told: Obj) -> Obj:
    intent = state.payment_intents.need(intent_id)
    method = told.get("payment_method", "pm_card_visa")
    return confirm_intent(state, intent, {"payment_method": method, "use_stripe_sdk": True})


ACTS: dict[str, Act] = {
    "dashboard/payment_intents/{id}/capture": _capture,
    "dashboard/payment_intents/{id}/cancel": _cancel,
    "dashboard/payment_intents/{id}/refund": _refund,
    "dashboard/payment_methods/{id}/detach": _detach,
    "dashboard/charges/{id}/dispute": _dispute,
    "dashboard/charges/{id}/early_fraud_warning": _warn,
    "dashboard/charges/{id}/review": _review,
    "dashboard/reviews/{id}/close": _close_review,
    "dashboard/disputes/{id}/end": _end_dispute,
    "dashboard/disputes/{id}/escalate": _escalate,
    "dashboard/payouts/{id}/fail": _fail_payout,
    "dashboard/payment_methods/{id}/update": _update_card,
    "dashboard/webhook_endpoints/{id}/roll_secret": _roll_secret,
    "app/setup_intents/{id}/confirm": _confirm_setup,
    "app/payment_intents/{id}/confirm": _confirm_payment,
}
"""Each act under its path below ``/_sandbox``."""
