"""Whatever is in the files, ``chargehand price`` prices it or says what is wrong: exit code 0 or 2, no traceback."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.cli.running import a_stay, price
from tests.clients.ocpi.mutating import JSON, paths, with_change
from tests.clients.ocpi.samples import a_cdr, a_session, a_tariff

RULES = {
    "start_time": "08:00",
    "end_time": "20:00",
    "min_duration": 60,
    "max_kwh": 50,
    "max_power": 22,
    "day_of_week": ["MONDAY"],
}
TARIFFS: dict[str, Any] = {
    "2.1.1": a_tariff(elements=[{"price_components": [{"type": "TIME", "price": "2.00"}], "restrictions": [RULES]}]),
    "2.2.1": a_tariff(),
    "2.3.0": a_tariff(tax_included="YES", max_price={"before_taxes": 3}, min_price={"before_taxes": 2}),
}
STAYS: dict[str, Any] = {"bare": a_stay(), "session": a_session(), "cdr": a_cdr()}
FUZZED = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize("stay", STAYS)
@pytest.mark.parametrize("version", TARIFFS)
@FUZZED
@given(data=st.data())
def test_changed_files_are_priced_or_refused(tmp_path: Path, version: str, stay: str, data: st.DataObject) -> None:
    """Good files with a place or two replaced by anything: a document, or one line that says why not."""
    files = [TARIFFS[version], STAYS[stay]]
    for _ in range(data.draw(st.integers(1, 2))):
        which = data.draw(st.sampled_from([0, 1]))
        place = data.draw(st.sampled_from(paths(files[which])))
        files[which] = with_change(files[which], place, data.draw(JSON))
    chosen = data.draw(st.sampled_from([["--version", version], []]))
    shape = data.draw(st.sampled_from([["--json"], []]))
    result = price(tmp_path, *files, *chosen, *shape)
    assert result.exit_code in (0, 2)
    if result.exit_code == 2:
        assert (result.stdout, result.stderr.count("\n")) == ("", 1)
    elif shape:
        assert set(json.loads(result.stdout)) == {"currency", "total", "lines", "notes"}


@FUZZED
@given(tariff=st.binary(max_size=60), stay=st.binary(max_size=60))
def test_any_bytes_are_refused_or_priced(tmp_path: Path, tariff: bytes, stay: bytes) -> None:
    """Files of any bytes at all."""
    assert price(tmp_path, tariff, stay).exit_code in (0, 2)
