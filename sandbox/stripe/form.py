"""Decode a form body or a query string into a tree: ``a[b][0]=x`` becomes ``{"a": {"b": {"0": "x"}}}``.

Values stay strings and lists stay groups here: only ``params`` knows, from the SDK's own types, which is which.
"""

import re
from urllib.parse import parse_qsl

from sandbox.stripe.errors import Obj, bad_parameter

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def decode_form(raw: str) -> Obj:
    """Return the tree of a form body.

    Raises ``StripeFailure`` (400) for a key that cannot be read.
    """
    tree: Obj = {}
    for key, value in parse_qsl(raw, keep_blank_values=True):
        match = _KEY.match(key)
        if match is None:
            raise bad_parameter(f"The parameter name {key!r} cannot be read.", param=key)
        _put(tree, [match[1], *_PART.findall(match[2])], value, key)
    return tree


def _put(tree: Obj, path: list[str], value: str, key: str) -> None:
    node = tree
    for part in path[:-1]:
        name = part or str(len(node))
        node = node.setdefault(name, {})
        if not isinstance(node, dict):
            raise bad_parameter(f"The parameter {key!r} is both a value and a group.", param=key)
    node[path[-1] or str(len(node))] = value
