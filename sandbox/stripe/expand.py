"""Expanding ids into objects. Answers to https://docs.stripe.com/api/expanding_objects."""

from typing import Any

from sandbox.stripe.errors import Obj, bad_parameter
from sandbox.stripe.state import Collection, State

_DEEPEST = 4


def expand(state: State, answer: Obj, paths: list[str]) -> Obj:
    """Return ``answer`` with the fields named by ``paths`` replaced by the objects they name.

    Raises ``StripeFailure`` (400) for a field that names no object.
    """
    for path in paths:
        parts = path.split(".")
        if len(parts) > _DEEPEST:
            raise bad_parameter(f"Expansion of {path} is too deep.", param="expand")
        answer = _expand(state, answer, parts, path)
    return answer


def _expand(state: State, node: Obj, parts: list[str], path: str) -> Obj:
    name, rest = parts[0], parts[1:]
    value = node.get(name)
    if isinstance(value, list):
        return {**node, name: [_expand(state, item, rest, path) for item in value]}
    collection = _collections(state).get(name)
    if name == "source":
        collection = _by_prefix(state, value)
    if collection is None or name not in node:
        raise bad_parameter(f"This property cannot be expanded: {path}", param="expand")
    if isinstance(value, str):
        value = collection.get(value) or value
    if rest and isinstance(value, dict):
        value = _expand(state, value, rest, path)
    return {**node, name: value}


def _collections(state: State) -> dict[str, Collection]:
    return {
        "latest_charge": state.charges,
        "charge": state.charges,
        "customer": state.customers,
        "payment_method": state.payment_methods,
        "payment_intent": state.payment_intents,
        "balance_transaction": state.balance_transactions,
        "failure_balance_transaction": state.balance_transactions,
    }


def _by_prefix(state: State, value: Any) -> Collection | None:
    prefixes = {"ch": state.charges, "re": state.refunds, "du": state.disputes}
    return prefixes.get(str(value).split("_", 1)[0])
