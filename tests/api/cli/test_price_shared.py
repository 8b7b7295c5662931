"""The sums of the shared folder, and its real tariffs, through the command that people run; skipped without the folder.

``incl_vat`` is null in the file where a tariff states no VAT, and in one case, ``max_duration``, only because the
specification's prose gives no gross sum (see ``tests/api/domain/pricing/test_vectors.py``).
"""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clients.ocpi.exact_json import parse
from tests.api.cli.running import Json, priced, write
from tests.clients.ocpi.shared import REPOSITORY, SHARED, shared_file

VECTORS = SHARED / "prices" / "vectors.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(), parse_float=Decimal)["cases"] if VECTORS.exists() else []
STAY = ("start_date_time", "end_date_time", "charging_periods")
TOLERANCE = Decimal("0.000001")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_sum_of_the_specification_holds(tmp_path: Path, case: Json) -> None:
    """The command prints the stated sums; gross is null exactly where a charged component has no VAT."""
    tariff = shared_file(case["tariff"]).read_bytes()
    total = priced(tmp_path, tariff, {name: case[name] for name in STAY}, zone=case["time_zone"])["total"]
    _compare(total, case)


def test_the_command_itself_prices(tmp_path: Path) -> None:
    """Started as a process of its own, as people do, it prints the same document."""
    if not CASES:
        pytest.skip("the shared folder is not on this machine")
    stay = write(tmp_path, "session.json", {name: CASES[0][name] for name in STAY})
    files = [str(shared_file(CASES[0]["tariff"])), str(stay)]
    command = [sys.executable, "-m", "api.cli", "price", *files, "--time-zone", CASES[0]["time_zone"], "--json"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    _compare(json.loads(done.stdout)["total"], CASES[0])


def test_every_tariff_of_a_real_feed_prices(tmp_path: Path) -> None:
    """Each Ludwigsburg tariff prices ten kWh and an hour at the plug; its tax is not stated, so gross is unknown."""
    feed = parse(shared_file("data/locations/ludwigsburg.json").read_bytes())
    assert isinstance(feed, dict)
    tariffs = {t["id"]: t for location in feed["items"] for evse in location["evses"] for t in evse.get("tariffs", ())}
    dimensions = [{"type": "ENERGY", "volume": 10}, {"type": "TIME", "volume": 1}]
    stay = {
        "start_date_time": "2025-03-03T09:00:00Z",
        "end_date_time": "2025-03-03T10:00:00Z",
        "charging_periods": [{"start_date_time": "2025-03-03T09:00:00Z", "dimensions": dimensions}],
    }
    for tariff in tariffs.values():
        total = priced(tmp_path, tariff, stay, zone="Europe/Berlin")["total"]
        assert Decimal(total["excl_vat"]) >= 0
        assert total["incl_vat"] is None
    assert len(tariffs) > 1


def _compare(total: Json, case: Json) -> None:
    expected = case["expected"]
    assert abs(Decimal(total["excl_vat"]) - Decimal(expected["excl_vat"])) <= TOLERANCE
    if expected["incl_vat"] is not None:
        assert abs(Decimal(total["incl_vat"]) - Decimal(expected["incl_vat"])) <= TOLERANCE
    elif "max_duration" not in case["tariff"]:
        assert total["incl_vat"] is None
