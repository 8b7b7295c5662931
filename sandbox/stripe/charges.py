"""Charges: one attempt of a PaymentIntent on a card. Answers to https://docs.stripe.com/api/charges.

``status=succeeded`` means the card agreed; only ``captured`` says that money moved.
"""

from sandbox.stripe.cards import Card
from sandbox.stripe.errors import Obj
from sandbox.stripe.listing import keep_equal, list_page
from sandbox.stripe.metadata import merge_metadata
from sandbox.stripe.state import State

_EMPTY_AT_FIRST = (
    "application", "application_fee", "application_fee_amount", "balance_transaction",
    "failure_balance_transaction", "on_behalf_of", "receipt_number", "receipt_url", "review", "source",
    "source_transfer", "statement_descriptor", "transfer_data", "transfer_group",
)  # fmt: skip


def new_charge(state: State, intent: Obj, method: Obj, *, declined: bool, authenticated: bool = False) -> Obj:
    """Return the charge of one attempt, neither captured nor booked."""
    card = state.cards[method["id"]]
    charge: Obj = dict.fromkeys(_EMPTY_AT_FIRST) | {
        "id": state.new_id("ch_3"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": dict(method["billing_details"]),
        "calculated_statement_descriptor": "SANDBOX",
        "captured": False,
        "created": state.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": card.error_code if declined else None,
        "failure_message": "The card was declined." if declined else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": _outcome(card, declined=declined),
        "paid": not declined,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            "card": _card_details(card, method, intent, authenticated=authenticated),
            "type": "card",
        },
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "shipping": intent["shipping"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "failed" if declined else "succeeded",
    }
    return state.charges.add(charge)


def _outcome(card: Card, *, declined: bool) -> Obj:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": "05" if declined else None,
        "network_status": "declined_by_network" if declined else "approved_by_network",
        "reason": card.decline_code if declined else None,
        "risk_level": "normal",
        "risk_score": 21,
        "seller_message": "The bank declined." if declined else "Payment complete.",
        "type": "issuer_declined" if declined else "authorized",
    }


def _card_details(card: Card, method: Obj, intent: Obj, *, authenticated: bool) -> Obj:
    shown = method["card"]
    details: Obj = {
        name: shown[name]
        for name in ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    }
    secure = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": "sandbox-3ds",
        "version": "2.2.0",
    }
    return details | {
        "amount_authorized": intent["amount"],
        "authorization_code": "123456",
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": "500105018510576",
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": "regulated",
        "three_d_secure": secure if authenticated else None,
    }


def update_charge(state: State, charge_id: str, params: Obj) -> Obj:
    """Change the description and metadata of a charge."""
    charge = state.charges.need(charge_id)
    charge["metadata"] = merge_metadata(charge["metadata"], params.get("metadata"))
    charge["description"] = params.get("description", charge["description"])
    state.emit("charge.updated", charge)
    return charge


def list_charges(state: State, params: Obj) -> Obj:
    """List charges, newest first, by ``payment_intent``, ``customer`` and ``created``."""
    return list_page(state.charges, params, "/v1/charges", keep=keep_equal(params, "payment_intent", "customer"))
