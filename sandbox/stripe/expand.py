"""Expanding ids into objects. Answers to https://docs.stripe.com/api/expanding_objects.

Paths are checked before the work is done: a wrong one must not leave an object behind that nobody was told of.
"""

from typing import Any

from sandbox.stripe.errors import Obj, bad_parameter
from sandbox.stripe.state import Collection, State

_DEEPEST = 4

_FIELDS: dict[str, dict[str, str]] = {
    "payment_intent": {"customer": "customer", "latest_charge": "charge", "payment_method": "payment_method"},
    "charge": {
        "customer": "customer",
        "payment_intent": "payment_intent",
        "balance_transaction": "balance_transaction",
        "failure_balance_transaction": "balance_transaction",
    },
    "refund": {
        "charge": "charge",
        "payment_intent": "payment_intent",
        "balance_transaction": "balance_transaction",
        "failure_balance_transaction": "balance_transaction",
    },
    "payout": {"balance_transaction": "balance_transaction", "failure_balance_transaction": "balance_transaction"},
    "review": {"charge": "charge", "payment_intent": "payment_intent"},
    "early_fraud_warning": {"charge": "charge", "payment_intent": "payment_intent"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "setup_intent": {"customer": "customer", "payment_method": "payment_method"},
    "payment_method": {"customer": "customer"},
    "balance_transaction": {"source": "charge"},
}
"""For each kind of object: the fields that name another object, and its kind (a source is mostly a charge)."""


def check_expansions(kind: str, paths: list[str], *, listed: bool) -> None:
    """Refuse a path that names no object of ``kind``; for a list every path begins with ``data``.

    Raises ``StripeFailure`` (400).
    """
    for path in paths:
        parts = path.split(".")
        known = len(parts) <= _DEEPEST and (not listed or parts.pop(0) == "data")
        here = kind
        for part in parts:
            known = known and part in _FIELDS.get(here, {})
            here = _FIELDS.get(here, {}).get(part, "")
        if not known:
            raise bad_parameter(f"This property cannot be expanded: {path}", param="expand")


def expand(state: State, answer: Obj, paths: list[str]) -> Obj:
    """Return ``answer`` with the fields named by the checked ``paths`` replaced by the objects they name."""
    for path in paths:
        answer = _expand(state, answer, path.split("."))
    return answer


def _expand(state: State, node: Obj, parts: list[str]) -> Obj:
    name, rest = parts[0], parts[1:]
    value: Any = node.get(name)
    if isinstance(value, list):
        return {**node, name: [_expand(state, item, rest) for item in value]}
    if isinstance(value, str):
        value = _collection(state, value).get(value)
    if rest and isinstance(value, dict):
        value = _expand(state, value, rest)
    return {**node, name: value}


def _collection(state: State, object_id: str) -> Collection:
    """Return the collection an id belongs to, by its prefix."""
    return {
        "ch": state.charges,
        "cus": state.customers,
        "pm": state.payment_methods,
        "pi": state.payment_intents,
        "txn": state.balance_transactions,
        "re": state.refunds,
        "du": state.disputes,
        "po": state.payouts,
    }[object_id.split("_", 1)[0]]
