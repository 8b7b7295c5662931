"""Search over PaymentIntents. Answers to https://docs.stripe.com/search: the index runs behind the writes.

Understands clauses joined by ``AND``: ``metadata['key']:'value'``, ``status:'value'``, ``customer:'id'``,
``currency:'eur'``, ``amount>100``, ``created>=0``, each with an optional leading ``-``.
"""

import operator
import re
from collections.abc import Callable

from sandbox.stripe.errors import Obj, bad_parameter
from sandbox.stripe.state import State

_CLAUSE = re.compile(
    r"""^(?P<not>-?)(?P<field>\w+)(?:\[["'](?P<key>[^"']+)["']\])?(?P<op>:|>=|<=|>|<|=)["']?(?P<value>[^"']*)["']?$"""
)
_FIELDS = ("metadata", "status", "customer", "currency", "amount", "created")
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


def search_payment_intents(state: State, params: Obj) -> Obj:
    """Return one page of matching intents, newest first; intents newer than the index lag are not found yet.

    Raises ``StripeFailure`` (400) for a query outside the understood form.
    """
    clauses = [_clause(text.strip()) for text in re.split(r"\s+(?i:and)\s+", params["query"].strip())]
    indexed_until = state.clock.now() - state.config.search_lag_seconds
    limit = params.get("limit", 10)
    page = params.get("page")
    found = [
        intent
        for intent in state.payment_intents.newest_first(after=page)
        if intent["created"] <= indexed_until and all(fits(intent) for fits in clauses)
    ]
    return {
        "object": "search_result",
        "data": found[:limit],
        "has_more": len(found) > limit,
        "next_page": found[limit - 1]["id"] if len(found) > limit else None,
        "url": "/v1/payment_intents/search",
    }


def _clause(text: str) -> Callable[[Obj], bool]:
    match = _CLAUSE.match(text)
    if match is None or match["field"] not in _FIELDS or (match["key"] is not None) != (match["field"] == "metadata"):
        raise bad_parameter(f"This part of the query is not understood: {text}", param="query")
    field, key, value, sign = match["field"], match["key"], match["value"], match["op"]

    def fits(intent: Obj) -> bool:
        actual = intent["metadata"].get(key) if key else intent[field]
        if sign == ":" or actual is None:
            return bool(actual is not None and str(actual) == value)
        return _COMPARE[sign](int(actual), int(value))

    return (lambda intent: not fits(intent)) if match["not"] else fits
