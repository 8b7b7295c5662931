"""Whatever JSON a 2.1.1 partner sends, a reader reads it or raises Unreadable: nothing else ever comes out of it."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.mutating import JSON, paths, with_change
from tests.clients.ocpi.v2_1_1.samples import (
    OWNER,
    a_cdr,
    a_connector,
    a_location,
    a_session,
    a_tariff,
    an_evse,
    credentials,
)

DIALECT = dialect_for("2.1.1")
READERS: dict[str, tuple[Callable[[object], object], Any]] = {
    "location": (lambda raw: DIALECT.read_location(raw, OWNER), a_location()),
    "location_patch": (DIALECT.read_location_patch, a_location()),
    "evse": (DIALECT.read_evse, an_evse()),
    "evse_patch": (DIALECT.read_evse_patch, an_evse()),
    "connector": (DIALECT.read_connector, a_connector()),
    "connector_patch": (DIALECT.read_connector_patch, a_connector()),
    "tariff": (lambda raw: DIALECT.read_tariff(raw, OWNER), a_tariff()),
    "tariff_patch": (lambda raw: DIALECT.merge_tariff(a_tariff(), raw), {"elements": a_tariff()["elements"]}),
    "embedded": (DIALECT.embedded_tariffs, a_location(evses=[an_evse(tariffs=[a_tariff()])])),
    "session": (lambda raw: DIALECT.read_session(raw, OWNER), a_session(end_date_time="2025-04-05T10:50:00Z")),
    "session_patch": (DIALECT.read_session_patch, a_session()),
    "cdr": (lambda raw: DIALECT.read_cdr(raw, OWNER), a_cdr(end_date_time="2025-04-05T10:50:00Z")),
    "answer": (DIALECT.read_command_answer, {"result": "ACCEPTED"}),
    "result": (DIALECT.read_command_result, {"result": "ACCEPTED"}),
    "credentials": (DIALECT.read_credentials, credentials()),
    "endpoints": (DIALECT.read_endpoints, {"endpoints": [{"identifier": "cdrs", "url": "https://kaj.example/cdrs"}]}),
    "references": (DIALECT.read_location_references, {"location_id": "a", "evse_uids": ["b"]}),
    **{
        f"oddities_{module}": (lambda raw, module=module: (DIALECT.oddities(module, raw), True), sample)  # type: ignore[misc]  # a default is how a loop variable is bound
        for module, sample in {"sessions": a_session(), "cdrs": a_cdr(), "tariffs": a_tariff()}.items()
    },
}
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
    path = data.draw(st.sampled_from(paths(sample)))
    _reads_or_refuses(read, with_change(sample, path, data.draw(JSON)))
