"""Customers. Answers to https://docs.stripe.com/api/customers."""

from sandbox.stripe.errors import Obj
from sandbox.stripe.listing import keep_equal, list_page
from sandbox.stripe.metadata import merge_metadata
from sandbox.stripe.state import State

_TEXTS = ("description", "email", "name", "phone")
_FIELDS = (*_TEXTS, "address", "shipping", "preferred_locales", "tax_exempt")


def create_customer(state: State, params: Obj) -> Obj:
    """Create a customer; a payment method given with it is attached."""
    customer: Obj = {
        "id": state.new_id("cus", 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": state.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": state.new_id("x", 8)[2:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    customer.update({name: params[name] for name in _FIELDS if params.get(name)})
    state.customers.add(customer)
    state.emit("customer.created", customer)
    return customer


def update_customer(state: State, customer_id: str, params: Obj) -> Obj:
    """Change a customer's own fields and metadata."""
    customer = state.customers.need(customer_id)
    changed = {name: params[name] or None for name in _FIELDS if name in params}
    before = {name: customer[name] for name in changed}
    customer.update(changed)
    customer["metadata"] = merge_metadata(customer["metadata"], params.get("metadata"))
    if "default_payment_method" in params.get("invoice_settings", {}):
        customer["invoice_settings"]["default_payment_method"] = params["invoice_settings"]["default_payment_method"]
    state.emit("customer.updated", customer, before=before)
    return customer


def delete_customer(state: State, customer_id: str, _params: Obj) -> Obj:
    """Delete a customer; their cards are detached and cannot be used again."""
    customer = state.customers.need(customer_id)
    for method in state.payment_methods.oldest_first():
        if method["customer"] == customer_id:
            method["customer"] = None
            state.spent_methods.add(method["id"])
    state.customers.remove(customer_id)
    state.emit("customer.deleted", customer)
    return {"id": customer_id, "object": "customer", "deleted": True}


def list_customers(state: State, params: Obj) -> Obj:
    """List customers, newest first, by ``email`` and ``created``."""
    return list_page(state.customers, params, "/v1/customers", keep=keep_equal(params, "email"))
