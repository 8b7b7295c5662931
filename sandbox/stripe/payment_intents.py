"""PaymentIntents: create, change, read, list. Answers to https://docs.stripe.com/api/payment_intents.

Confirming is in ``confirm``; what happens to an authorized amount in ``captures``.
"""

from sandbox.stripe.confirm import CONFIRM_PARAMETERS, apply_attempt_parameters, confirm_intent
from sandbox.stripe.errors import Obj, bad_parameter, unexpected_state
from sandbox.stripe.listing import keep_equal, list_page
from sandbox.stripe.metadata import merge_metadata
from sandbox.stripe.money import check_charge_amount
from sandbox.stripe.state import State
from sandbox.stripe.supported import refuse_unsupported

_CONFIRM_ONLY = ("off_session", "return_url", "error_on_requires_action", "use_stripe_sdk", "mandate_data")
_CREATE_PARAMETERS = CONFIRM_PARAMETERS | {
    "amount", "currency", "customer", "confirm", "description", "metadata", "statement_descriptor_suffix",
    "automatic_payment_methods", "confirmation_method", "shipping", "transfer_group",
}  # fmt: skip
_UPDATE_PARAMETERS = frozenset(
    {"amount", "customer", "description", "metadata", "payment_method", "receipt_email", "shipping",
     "setup_future_usage", "statement_descriptor_suffix", "expand"}
)  # fmt: skip
_EMPTY_AT_FIRST = (
    "application", "application_fee_amount", "canceled_at", "cancellation_reason", "customer_account",
    "excluded_payment_method_types", "last_payment_error", "latest_charge", "next_action", "on_behalf_of",
    "payment_method", "payment_method_configuration_details", "processing", "receipt_email", "review",
    "setup_future_usage", "source", "statement_descriptor", "transfer_data",
)  # fmt: skip
_NEW_CARD_OPTIONS: Obj = {
    "installments": None,
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}
_WAITING = ("requires_payment_method", "requires_confirmation", "requires_action")


def create_payment_intent(state: State, params: Obj) -> Obj:
    """Create an intent and, with ``confirm=true``, try it at once.

    Raises ``StripeFailure``: 400 for parameters, 402 for a decline (the intent stays and rides along in the error).
    """
    refuse_unsupported(params, _CREATE_PARAMETERS)
    params = {**params, "currency": params["currency"].lower()}
    check_charge_amount(params["amount"], params["currency"])
    _check_confirm_parameters(params)
    if "customer" in params:
        state.customers.need(params["customer"], param="customer", in_path=False)
    intent = _new_intent(state, params)
    apply_attempt_parameters(state, intent, params)
    state.payment_intents.add(intent)
    state.emit("payment_intent.created", intent)
    return confirm_intent(state, intent, params) if params.get("confirm") else intent


def _check_confirm_parameters(params: Obj) -> None:
    """Refuse parameters that make sense only with ``confirm=true``, and a confirm that may lack its way back."""
    if not params.get("confirm"):
        for name in _CONFIRM_ONLY:
            if name in params and name != "use_stripe_sdk":
                raise bad_parameter(f"{name} needs confirm=true.", param=name)
        return
    chosen = params.get("automatic_payment_methods", {}).get("allow_redirects", "always")
    if "allowed_payment_method_types" not in params and chosen != "never" and "return_url" not in params:
        raise bad_parameter(
            "Some payment methods of this account redirect: give return_url, or narrow allowed_payment_method_types.",
            param="return_url",
        )


def _new_intent(state: State, params: Obj) -> Obj:
    intent_id = state.new_id("pi_3")
    allowed = params.get("allowed_payment_method_types")
    automatic = {"allow_redirects": "always", "enabled": True} | params.get("automatic_payment_methods", {})
    return dict.fromkeys(_EMPTY_AT_FIRST) | {
        "id": intent_id,
        "object": "payment_intent",
        "allowed_payment_method_types": allowed,
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": None if allowed else automatic,
        "capture_method": params.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_{state.new_id('secret', 25)}",
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "created": state.now(),
        "currency": params["currency"],
        "customer": params.get("customer"),
        "description": params.get("description"),
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "payment_method_options": {"card": dict(_NEW_CARD_OPTIONS)},
        "payment_method_types": allowed or ["card", "link"],
        "shipping": params.get("shipping"),
        "statement_descriptor_suffix": params.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_group": params.get("transfer_group"),
    }


def update_payment_intent(state: State, intent_id: str, params: Obj) -> Obj:
    """Change an intent; amount, customer and card only while nothing is authorized."""
    intent = state.payment_intents.need(intent_id)
    refuse_unsupported(params, _UPDATE_PARAMETERS)
    frozen = intent["status"] not in _WAITING
    if frozen and {"amount", "customer", "payment_method", "setup_future_usage"} & params.keys():
        raise unexpected_state(intent, "changed in this way")
    if "amount" in params:
        check_charge_amount(params["amount"], intent["currency"])
    if "customer" in params:
        state.customers.need(params["customer"], param="customer", in_path=False)
    metadata = merge_metadata(intent["metadata"], params.get("metadata"))
    apply_attempt_parameters(state, intent, params)
    for name in ("amount", "customer", "description", "shipping", "statement_descriptor_suffix"):
        if name in params:
            intent[name] = params[name] or None
    intent["metadata"] = metadata
    return intent


def confirm_payment_intent(state: State, intent_id: str, params: Obj) -> Obj:
    """Try an intent; raises ``StripeFailure`` 402 for a decline."""
    intent = state.payment_intents.need(intent_id)
    refuse_unsupported(params, CONFIRM_PARAMETERS)
    return confirm_intent(state, intent, params)


def list_payment_intents(state: State, params: Obj) -> Obj:
    """List intents, newest first, by ``customer`` and ``created``."""
    return list_page(state.payment_intents, params, "/v1/payment_intents", keep=keep_equal(params, "customer"))
