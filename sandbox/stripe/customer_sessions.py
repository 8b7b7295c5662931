"""What an app needs to show a customer's saved cards: customer sessions, and ephemeral keys for old app builds.

Answers to https://docs.stripe.com/api/customer_sessions and https://docs.stripe.com/api/ephemeral_keys.
"""

from sandbox.stripe.errors import Obj, bad_parameter
from sandbox.stripe.state import State

_SESSION_SECONDS = 1_800
_KEY_SECONDS = 3_600
_COMPONENTS = ("buy_button", "customer_sheet", "mobile_payment_element", "payment_element", "pricing_table")
_WITH_FEATURES = ("customer_sheet", "mobile_payment_element", "payment_element")


def create_customer_session(state: State, params: Obj) -> Obj:
    """Create a session for a customer; raises ``StripeFailure`` (400) when no component is enabled."""
    if "customer" not in params:
        raise bad_parameter("Name a customer.", code="parameter_missing", param="customer")
    state.customers.need(params["customer"], param="customer", in_path=False)
    asked = params["components"]
    for name in asked:
        if name not in _COMPONENTS:
            raise bad_parameter(
                f"Stripe knows {name!r}, this sandbox does not act on it.",
                code="sandbox_unsupported_parameter",
                param=f"components[{name}]",
            )
    if not any(component.get("enabled") for component in asked.values()):
        raise bad_parameter("At least one component must be enabled.", param="components")
    return {
        "object": "customer_session",
        "client_secret": state.new_id("cuss_secret", 40),
        "components": {name: _component(name, asked.get(name, {})) for name in _COMPONENTS},
        "created": state.now(),
        "customer": params["customer"],
        "customer_account": None,
        "expires_at": state.now() + _SESSION_SECONDS,
        "livemode": False,
    }


def _component(name: str, asked: Obj) -> Obj:
    enabled = bool(asked.get("enabled"))
    if name not in _WITH_FEATURES:
        return {"enabled": enabled}
    return {"enabled": enabled, "features": dict(asked.get("features", {})) if enabled else None}


def create_ephemeral_key(state: State, params: Obj) -> Obj:
    """Create a key with which an app reads one customer for an hour."""
    if "customer" not in params:
        raise bad_parameter("Name a customer.", code="parameter_missing", param="customer")
    state.customers.need(params["customer"], param="customer", in_path=False)
    key: Obj = {
        "id": state.new_id("ephkey_1"),
        "object": "ephemeral_key",
        "created": state.now(),
        "expires": state.now() + _KEY_SECONDS,
        "livemode": False,
    }
    state.ephemeral_keys.add(key)
    return {**key, "secret": state.new_id("ek_test", 40)}


def delete_ephemeral_key(state: State, key_id: str, _params: Obj) -> Obj:
    """End a key at once."""
    key = state.ephemeral_keys.need(key_id)
    state.ephemeral_keys.remove(key_id)
    return {**key, "expires": state.now()}
