"""Whatever JSON a partner sends, a reader reads it or raises Unreadable: nothing else ever comes out of it."""

import contextlib
import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.ocpi.dialect import Unreadable, dialect_for
from clients.ocpi.exact_json import dump, parse
from clients.ocpi.unreadable import NotJson
from tests.clients.ocpi.samples import a_cdr, a_connector, a_location, a_session, a_tariff, an_evse

DIALECT = dialect_for("2.2.1")
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
CREDENTIALS = {
    "token": "t",
    "url": "https://x.example",
    "roles": [{"role": "CPO", "party_id": "A", "country_code": "NL"}],
}
READERS: dict[str, tuple[Callable[[object], object], Any]] = {
    "location": (DIALECT.read_location, a_location()),
    "location_patch": (DIALECT.read_location_patch, a_location()),
    "evse": (DIALECT.read_evse, an_evse()),
    "evse_patch": (DIALECT.read_evse_patch, an_evse()),
    "connector": (DIALECT.read_connector, a_connector()),
    "connector_patch": (DIALECT.read_connector_patch, a_connector()),
    "tariff": (DIALECT.read_tariff, a_tariff()),
    "embedded": (DIALECT.embedded_tariffs, a_location(evses=[an_evse(tariffs=[a_tariff()])])),
    "session": (DIALECT.read_session, a_session()),
    "session_patch": (DIALECT.read_session_patch, a_session()),
    "cdr": (DIALECT.read_cdr, a_cdr()),
    "answer": (DIALECT.read_command_answer, {"result": "ACCEPTED", "timeout": 30, "message": [{"text": "x"}]}),
    "result": (DIALECT.read_command_result, {"result": "ACCEPTED", "message": [{"text": "x"}]}),
    "credentials": (DIALECT.read_credentials, CREDENTIALS),
    "references": (DIALECT.read_location_references, {"location_id": "a", "evse_uids": ["b"]}),
}
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _paths(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the way to every place inside a JSON value."""
    inside = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [path] + [found for key, inner in inside for found in _paths(inner, (*path, key))]


def _with(value: Any, path: tuple[Any, ...], new: object) -> Any:
    """Return a copy of a JSON value with another value in one place."""
    if not path:
        return new
    changed = copy.deepcopy(value)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = new
    return changed


def _reads_or_refuses(read: Callable[[object], object], raw: object) -> None:
    with contextlib.suppress(Unreadable):
        read(raw)


@pytest.mark.parametrize("name", READERS)
def test_the_samples_read(name: str) -> None:
    """What is fuzzed below is readable to begin with, so that the fuzzing starts deep inside."""
    read, sample = READERS[name]
    assert read(sample)


@pytest.mark.parametrize("name", READERS)
@QUICK
@given(raw=JSON)
def test_any_json_reads_or_is_unreadable(name: str, raw: object) -> None:
    """No JSON value makes a reader raise anything but Unreadable."""
    _reads_or_refuses(READERS[name][0], raw)


@pytest.mark.parametrize("name", READERS)
@QUICK
@given(data=st.data())
def test_an_object_with_one_thing_wrong_reads_or_is_unreadable(name: str, data: st.DataObject) -> None:
    """A good object with any one place replaced by anything reads or raises Unreadable."""
    read, sample = READERS[name]
    path = data.draw(st.sampled_from(_paths(sample)))
    _reads_or_refuses(read, _with(sample, path, data.draw(JSON)))


@QUICK
@given(body=st.binary(max_size=200))
def test_any_bytes_parse_or_are_no_json(body: bytes) -> None:
    """No body makes the parser raise anything but NotJson, and what it gives can be written again."""
    try:
        value = parse(body)
    except NotJson:
        return
    assert parse(dump(value).encode()) == value
