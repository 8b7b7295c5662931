"""Confirming a PaymentIntent: 3D Secure, decline, hold or immediate payment.

Answers to https://docs.stripe.com/payments/paymentintents/lifecycle. Event order as recorded from the real API:
``charge.succeeded`` before ``payment_intent.amount_capturable_updated``; ``charge.failed`` before
``payment_intent.payment_failed``; waiting for 3D Secure makes no charge.
"""

from sandbox.stripe.captures import place_hold, take_at_once
from sandbox.stripe.cards import Card
from sandbox.stripe.charges import new_charge
from sandbox.stripe.errors import Obj, StripeFailure, invalid, unexpected_state
from sandbox.stripe.payment_methods import attach_method, check_usable, resolve_method
from sandbox.stripe.state import State

CONFIRM_PARAMETERS = frozenset(
    {"payment_method", "payment_method_options", "off_session", "return_url", "use_stripe_sdk", "expand",
     "error_on_requires_action", "setup_future_usage", "receipt_email", "capture_method",
     "allowed_payment_method_types"}
)  # fmt: skip
_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def apply_attempt_parameters(state: State, intent: Obj, params: Obj) -> None:
    """Write the parameters of an attempt onto the intent; raises ``StripeFailure`` before anything is written."""
    method: Obj | None = None
    if params.get("payment_method"):
        method = resolve_method(state, params["payment_method"])
        check_usable(state, method, params.get("customer", intent["customer"]))
    for name in ("setup_future_usage", "receipt_email", "capture_method"):
        if name in params:
            intent[name] = params[name] or None
    if params.get("allowed_payment_method_types"):
        intent["payment_method_types"] = params["allowed_payment_method_types"]
        intent["automatic_payment_methods"] = None
    if params.get("payment_method_options", {}).get("card"):
        intent["payment_method_options"]["card"].update(params["payment_method_options"]["card"])
    if method is not None:
        intent.update(payment_method=method["id"], status="requires_confirmation", next_action=None)


def confirm_intent(state: State, intent: Obj, params: Obj) -> Obj:
    """Try the intent on its card and return it.

    Raises ``StripeFailure``: 400 when its status does not allow it or no card is named, 402 for a decline.
    """
    if intent["status"] not in _CONFIRMABLE:
        raise unexpected_state(intent, "confirmed")
    apply_attempt_parameters(state, intent, params)
    if intent["payment_method"] is None:
        raise unexpected_state(intent, "confirmed without a payment method")
    method = state.payment_methods.need(intent["payment_method"])
    check_usable(state, method, intent["customer"])
    card = state.cards[method["id"]]
    off_session = bool(params.get("off_session"))
    if off_session and intent["customer"] is None:
        raise invalid("An off-session payment needs a customer with a saved card.", param="off_session")
    if _needs_authentication(state, card, method):
        if off_session or params.get("error_on_requires_action"):
            raise _refuse(state, intent, method, code="authentication_required", decline_code="authentication_required")
        return _ask_holder(state, intent, params)
    return charge_intent(state, intent, method, off_session=off_session)


def charge_intent(
    state: State, intent: Obj, method: Obj, *, off_session: bool = False, authenticated: bool = False
) -> Obj:
    """Charge the card: decline, hold or immediate payment; raises ``StripeFailure`` 402 for a decline."""
    card = state.cards[method["id"]]
    intent["next_action"] = None
    if card.error_code is not None:
        charge = new_charge(state, intent, method, declined=True, authenticated=authenticated)
        intent["latest_charge"] = charge["id"]
        state.emit("charge.failed", charge)
        raise _refuse(state, intent, method, code=card.error_code, decline_code=card.decline_code, charge=charge["id"])
    charge = new_charge(state, intent, method, declined=False, authenticated=authenticated)
    intent.update(latest_charge=charge["id"], last_payment_error=None)
    if intent["setup_future_usage"] and intent["customer"]:
        attach_method(state, method, intent["customer"])
    elif method["customer"] is None:
        state.spent_methods.add(method["id"])
    if _is_manual(intent):
        return place_hold(state, intent, charge, card, off_session=off_session)
    return take_at_once(state, intent, charge, card)


def _is_manual(intent: Obj) -> bool:
    options = intent["payment_method_options"]["card"]
    return "manual" in (intent["capture_method"], options.get("capture_method"))


def _needs_authentication(state: State, card: Card, method: Obj) -> bool:
    if card.authentication == "unless_saved":
        return method["id"] not in state.authenticated_methods
    return card.authentication == "always"


def _ask_holder(state: State, intent: Obj, params: Obj) -> Obj:
    base_url = state.request.base_url if state.request else ""
    page = f"{base_url}/_sandbox/3ds/{intent['id']}"
    if params.get("return_url") and not params.get("use_stripe_sdk"):
        redirect = {"return_url": params["return_url"], "url": page}
        intent["next_action"] = {"redirect_to_url": redirect, "type": "redirect_to_url"}
    else:
        sdk = {"type": "three_d_secure_redirect", "stripe_js": page}
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
    intent["status"] = "requires_action"
    state.emit("payment_intent.requires_action", intent)
    return intent


def _refuse(
    state: State, intent: Obj, method: Obj, *, code: str, decline_code: str | None, charge: str | None = None
) -> StripeFailure:
    """Put the intent back to waiting for a card and return the 402 that carries it."""
    message = "The card was declined." if charge else "The card holder must authenticate this payment."
    failure = StripeFailure(
        402,
        message,
        type_="card_error",
        code=code,
        decline_code=decline_code,
        charge=charge,
        payment_method=method,
    )
    intent.update(status="requires_payment_method", payment_method=None, next_action=None)
    intent["last_payment_error"] = {**failure.error, "payment_method": dict(method)}
    failure.error["payment_intent"] = intent
    state.emit("payment_intent.payment_failed", intent)
    return failure


def authenticate_intent(state: State, intent_id: str, *, passed: bool) -> Obj:
    """Play the card holder's part of 3D Secure and return the intent, declined or not.

    Raises ``StripeFailure`` (400) when the intent does not wait for it.
    """
    intent = state.payment_intents.need(intent_id)
    if intent["status"] != "requires_action":
        raise unexpected_state(intent, "authenticated")
    method = state.payment_methods.need(intent["payment_method"])
    try:
        if passed:
            return charge_intent(state, intent, method, authenticated=True)
        raise _refuse(state, intent, method, code="payment_intent_authentication_failure", decline_code=None)
    except StripeFailure:
        return intent  # the holder's page shows the intent; the merchant learns of it by webhook
