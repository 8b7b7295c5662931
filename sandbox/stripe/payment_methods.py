"""Payment methods: cards only. Answers to https://docs.stripe.com/api/payment_methods.

A test name such as ``pm_card_visa`` may stand wherever a payment method id may: each use makes a new payment method.
"""

from sandbox.stripe.cards import BY_NUMBER, BY_TOKEN, CARDS, Card
from sandbox.stripe.errors import Obj, StripeFailure, bad_parameter, invalid
from sandbox.stripe.listing import keep_equal, list_page
from sandbox.stripe.metadata import merge_metadata
from sandbox.stripe.state import State

_CHECKS = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}


def create_payment_method(state: State, params: Obj) -> Obj:
    """Create a card payment method from a test number or token."""
    if params.get("type") != "card":
        raise bad_parameter("Only cards exist in this sandbox.", param="type")
    given = params.get("card", {})
    card = BY_TOKEN.get(given["token"]) if "token" in given else BY_NUMBER.get(given.get("number", ""))
    if card is None:
        raise bad_parameter("Not one of the simulated cards.", code="incorrect_number", param="card[number]")
    method = new_method(state, card, params.get("metadata"))
    method["billing_details"].update(params.get("billing_details", {}))
    return method


def new_method(state: State, card: Card, metadata: Obj | None = None) -> Obj:
    """Return a new, unattached payment method on ``card``."""
    method: Obj = {
        "id": state.new_id("pm_1"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "card": {
            "brand": card.brand,
            "checks": dict(_CHECKS),
            "country": "DE",
            "display_brand": card.brand,
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": f"sandbox{card.number[-8:]}",
            "funding": card.funding,
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "regulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": _wallet(card),
        },
        "created": state.now(),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": merge_metadata({}, metadata),
        "type": "card",
    }
    state.cards[method["id"]] = card
    return state.payment_methods.add(method)


def _wallet(card: Card) -> Obj | None:
    if card.wallet is None:
        return None
    return {"type": card.wallet, card.wallet: {}, "dynamic_last4": card.last4}


def resolve_method(state: State, method_id: str, *, in_path: bool = False) -> Obj:
    """Return the payment method ``method_id`` names; a test name makes a new one."""
    if method_id in CARDS and state.payment_methods.get(method_id) is None:
        return new_method(state, CARDS[method_id])
    return state.payment_methods.need(method_id, param="payment_method", in_path=in_path)


def check_usable(state: State, method: Obj, customer_id: str | None) -> None:
    """Refuse a spent payment method and one that belongs to another customer."""
    if method["id"] in state.spent_methods:
        raise invalid(
            "This payment method was used without a customer or was detached; it cannot be used again.",
            param="payment_method",
        )
    if method["customer"] is not None and method["customer"] != customer_id:
        raise invalid("This payment method belongs to a customer: name that customer.", param="payment_method")


def attach_method(state: State, method: Obj, customer_id: str) -> None:
    """Attach ``method`` to a customer; does nothing when it already is."""
    if method["customer"] == customer_id:
        return
    check_usable(state, method, customer_id)
    method["customer"] = customer_id
    state.emit("payment_method.attached", method)


def attach_payment_method(state: State, method_id: str, params: Obj) -> Obj:
    """Attach over the API; a card that is always declined answers 402."""
    method = resolve_method(state, method_id, in_path=True)
    state.customers.need(params["customer"], param="customer", in_path=False)
    card = state.cards[method["id"]]
    if not card.can_be_saved:
        raise StripeFailure(
            402,
            "The card was declined.",
            type_="card_error",
            code=card.error_code,
            decline_code=card.decline_code,
        )
    attach_method(state, method, params["customer"])
    return method


def detach_payment_method(state: State, method_id: str, _params: Obj) -> Obj:
    """Detach from the customer; the payment method cannot be used again."""
    method = state.payment_methods.need(method_id)
    if method["customer"] is None:
        raise invalid("This payment method is not attached to a customer.", param="payment_method")
    before = {"customer": method["customer"]}
    method["customer"] = None
    state.spent_methods.add(method_id)
    settings = state.customers.need(before["customer"])["invoice_settings"]
    if settings["default_payment_method"] == method_id:
        settings["default_payment_method"] = None
    state.emit("payment_method.detached", method, before=before)
    return method


def retrieve_payment_method(state: State, method_id: str, _params: Obj) -> Obj:
    """Return one payment method."""
    return resolve_method(state, method_id, in_path=True)


def update_payment_method(state: State, method_id: str, params: Obj) -> Obj:
    """Change billing details and metadata."""
    method = state.payment_methods.need(method_id)
    method["billing_details"].update(params.get("billing_details", {}))
    method["metadata"] = merge_metadata(method["metadata"], params.get("metadata"))
    state.emit("payment_method.updated", method)
    return method


def update_automatically(state: State, method_id: str, *, exp_year: int, last4: str | None) -> Obj:
    """Let the card's network tell that the bank gave the holder a new card."""
    method = state.payment_methods.need(method_id)
    before = {"card": {"exp_year": method["card"]["exp_year"], "last4": method["card"]["last4"]}}
    method["card"].update(exp_year=exp_year, last4=last4 or method["card"]["last4"])
    state.emit("payment_method.automatically_updated", method, before=before)
    return method


def list_payment_methods(state: State, params: Obj) -> Obj:
    """List attached payment methods, by ``customer``, who must exist, and ``type``."""
    if "customer" in params:
        state.customers.need(params["customer"], param="customer", in_path=False)
    keep = keep_equal(params, "customer", "type")
    return list_page(
        state.payment_methods, params, "/v1/payment_methods", keep=lambda m: m["customer"] is not None and keep(m)
    )


def list_customer_methods(state: State, customer_id: str, params: Obj) -> Obj:
    """List the payment methods of one customer."""
    state.customers.need(customer_id)
    return list_payment_methods(state, {**params, "customer": customer_id})
