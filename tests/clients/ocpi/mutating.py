"""Changing a JSON value in one place, and the values to put there: for tests that look for what breaks a reader."""

import copy
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**60), 10**60),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.text(max_size=20),
    st.sampled_from(["", "NaN", "1e999", "2025-02-30T00:00:00Z", "9999-12-31T23:59:59-23:00", "24:00", "#NA", "\x00"]),
    st.sampled_from(["2025-03-03T17:05:09Z", "1970-1-1T00:00:00Z", "ENERGY", "MONDAY", "EUR", Decimal("1E+900")]),
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def paths(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the way to every place inside a JSON value."""
    inside = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [path] + [found for key, inner in inside for found in paths(inner, (*path, key))]


def with_change(value: Any, path: tuple[Any, ...], new: object) -> Any:
    """Return a copy of a JSON value with another value in one place."""
    if not path:
        return new
    changed = copy.deepcopy(value)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = new
    return changed
