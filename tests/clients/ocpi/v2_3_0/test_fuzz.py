"""Whatever JSON a 2.3.0 partner sends, a reader reads it or raises Unreadable: nothing else ever comes out of it."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.mutating import JSON, paths, with_change
from tests.clients.ocpi.v2_3_0.samples import (
    a_cdr,
    a_connector,
    a_location,
    a_session,
    a_tariff,
    an_evse,
    credentials,
)

DIALECT = dialect_for("2.3.0")
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
    "credentials": (DIALECT.read_credentials, credentials()),
    "references": (DIALECT.read_location_references, {"location_id": "a", "evse_uids": ["b"]}),
}
MODULES = ("locations", "evses", "connectors", "tariffs", "sessions", "cdrs", "credentials", "commands")
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
    with contextlib.suppress(Unreadable):
        READERS[name][0](raw)


@pytest.mark.parametrize("name", READERS)
@QUICK
@given(data=st.data())
def test_an_object_with_one_thing_wrong_reads_or_is_unreadable(name: str, data: st.DataObject) -> None:
    """A good object with any one place replaced by anything reads or raises Unreadable."""
    read, sample = READERS[name]
    path = data.draw(st.sampled_from(paths(sample)))
    with contextlib.suppress(Unreadable):
        read(with_change(sample, path, data.draw(JSON)))


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
@QUICK
@given(data=st.data())
def test_whatever_is_sent_can_be_called_odd(version: str, data: st.DataObject) -> None:
    """Naming oddities never fails, and names no more than a page can show."""
    sample = data.draw(st.sampled_from([a_location(), a_tariff(), a_session(), a_cdr(), credentials()]))
    path = data.draw(st.sampled_from(paths(sample)))
    changed = with_change(sample, path, data.draw(JSON))
    for module in MODULES:
        assert len(dialect_for(version).oddities(module, changed)) <= 20
