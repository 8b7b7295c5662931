"""SetupIntents: saving a card for later use. Answers to https://docs.stripe.com/api/setup_intents."""

from sandbox.stripe.cards import Card
from sandbox.stripe.errors import Obj, StripeFailure, invalid
from sandbox.stripe.listing import keep_equal, list_page
from sandbox.stripe.metadata import merge_metadata
from sandbox.stripe.payment_methods import attach_method, check_usable, resolve_method
from sandbox.stripe.state import State
from sandbox.stripe.supported import refuse_unsupported

_CONFIRM_PARAMETERS = frozenset(
    {"payment_method", "return_url", "use_stripe_sdk", "expand", "allowed_payment_method_types"}
)
_CREATE_PARAMETERS = _CONFIRM_PARAMETERS | {
    "customer", "confirm", "usage", "metadata", "description", "automatic_payment_methods",
}  # fmt: skip
_EMPTY_AT_FIRST = (
    "application", "cancellation_reason", "customer_account", "flow_directions", "last_setup_error",
    "latest_attempt", "mandate", "next_action", "on_behalf_of", "payment_method",
    "payment_method_configuration_details", "single_use_mandate",
)  # fmt: skip
_WAITING = ("requires_payment_method", "requires_confirmation", "requires_action")


def create_setup_intent(state: State, params: Obj) -> Obj:
    """Create a SetupIntent and, with ``confirm=true``, try it at once."""
    refuse_unsupported(params, _CREATE_PARAMETERS)
    if "customer" in params:
        state.customers.need(params["customer"], param="customer", in_path=False)
    intent_id = state.new_id("seti_1")
    allowed = params.get("allowed_payment_method_types")
    automatic = {"allow_redirects": "always", "enabled": True} | params.get("automatic_payment_methods", {})
    intent = state.setup_intents.add(
        dict.fromkeys(_EMPTY_AT_FIRST)
        | {
            "id": intent_id,
            "object": "setup_intent",
            "allowed_payment_method_types": allowed,
            "automatic_payment_methods": None if allowed else automatic,
            "client_secret": f"{intent_id}_{state.new_id('secret', 25)}",
            "created": state.now(),
            "customer": params.get("customer"),
            "description": params.get("description"),
            "livemode": False,
            "metadata": merge_metadata({}, params.get("metadata")),
            "payment_method_options": {"card": {"mandate_options": None, "request_three_d_secure": "automatic"}},
            "payment_method_types": allowed or ["card", "link"],
            "status": "requires_payment_method",
            "usage": params.get("usage", "off_session"),
        }
    )
    _apply_method(state, intent, params)
    state.emit("setup_intent.created", intent)
    return _confirm(state, intent, params) if params.get("confirm") else intent


def _apply_method(state: State, intent: Obj, params: Obj) -> None:
    if params.get("payment_method"):
        method = resolve_method(state, params["payment_method"])
        check_usable(state, method, intent["customer"])
        intent.update(payment_method=method["id"], status="requires_confirmation")


def confirm_setup_intent(state: State, intent_id: str, params: Obj) -> Obj:
    """Try to save the card; raises ``StripeFailure`` 402 when the bank refuses."""
    intent = state.setup_intents.need(intent_id)
    refuse_unsupported(params, _CONFIRM_PARAMETERS)
    return _confirm(state, intent, params)


def _confirm(state: State, intent: Obj, params: Obj) -> Obj:
    _need_waiting(intent)
    _apply_method(state, intent, params)
    if intent["payment_method"] is None:
        raise _wrong_state(intent)
    card = state.cards[intent["payment_method"]]
    if card.authentication != "never":
        page = f"{state.request.base_url if state.request else ''}/_sandbox/3ds/{intent['id']}"
        sdk = {"type": "three_d_secure_redirect", "stripe_js": page}
        intent.update(status="requires_action", next_action={"type": "use_stripe_sdk", "use_stripe_sdk": sdk})
        state.emit("setup_intent.requires_action", intent)
        return intent
    return _finish(state, intent, card)


def _finish(state: State, intent: Obj, card: Card) -> Obj:
    method = state.payment_methods.need(intent["payment_method"])
    if not card.can_be_saved:
        raise _refuse(state, intent, method, card.error_code or "card_declined", card.decline_code)
    if intent["customer"]:
        attach_method(state, method, intent["customer"])
    intent.update(status="succeeded", next_action=None, last_setup_error=None)
    state.emit("setup_intent.succeeded", intent)
    return intent


def _refuse(state: State, intent: Obj, method: Obj, code: str, decline_code: str | None) -> StripeFailure:
    failure = StripeFailure(
        402,
        "The card could not be saved.",
        type_="card_error",
        code=code,
        decline_code=decline_code,
        payment_method=method,
    )
    intent.update(status="requires_payment_method", payment_method=None, next_action=None)
    intent["last_setup_error"] = dict(failure.error)
    failure.error["setup_intent"] = intent
    state.emit("setup_intent.setup_failed", intent)
    return failure


def authenticate_setup_intent(state: State, intent_id: str, *, passed: bool) -> Obj:
    """Play the card holder's part of 3D Secure and return the SetupIntent."""
    intent = state.setup_intents.need(intent_id)
    if intent["status"] != "requires_action":
        raise _wrong_state(intent)
    method = state.payment_methods.need(intent["payment_method"])
    if not passed:
        _refuse(state, intent, method, "setup_intent_authentication_failure", None)
        return intent
    state.authenticated_methods.add(method["id"])
    return _finish(state, intent, state.cards[method["id"]])


def _need_waiting(intent: Obj) -> None:
    if intent["status"] not in _WAITING:
        raise _wrong_state(intent)


def _wrong_state(intent: Obj) -> StripeFailure:
    return invalid(
        f"The SetupIntent's status {intent['status']} does not allow this.",
        code="setup_intent_unexpected_state",
        setup_intent=intent,
    )


def cancel_setup_intent(state: State, intent_id: str, params: Obj) -> Obj:
    """Cancel a SetupIntent that has not succeeded."""
    intent = state.setup_intents.need(intent_id)
    _need_waiting(intent)
    intent.update(status="canceled", cancellation_reason=params.get("cancellation_reason"), next_action=None)
    state.emit("setup_intent.canceled", intent)
    return intent


def list_setup_intents(state: State, params: Obj) -> Obj:
    """List SetupIntents, newest first, by ``customer``, ``payment_method`` and ``created``."""
    keep = keep_equal(params, "customer", "payment_method")
    return list_page(state.setup_intents, params, "/v1/setup_intents", keep=keep)
