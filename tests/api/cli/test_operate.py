"""The command line: what the live processes are started with."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from tests.api.services.drivers.cars import a_car, a_file, a_hybrid


def test_serving_writes_no_access_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses hold token uids, secrets of commands and where drivers stand; none of that may be logged (X9)."""
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _path, arguments: started.append(arguments))
    assert CliRunner().invoke(app, ["serve", "--port", "8123"]).exit_code == 0
    assert started[0][2:] == ["uvicorn", "api.main:app", "--host", "127.0.0.1", "--port", "8123", "--no-access-log"]


def test_cars_are_taken_over_and_found(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`vehicle import` counts what it did and names what it refused, with exit code 1; `vehicle list` finds a car."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    file = tmp_path / "cars.json"
    file.write_text(a_file(a_car(), a_hybrid()), "utf-8")
    taken = CliRunner().invoke(app, ["vehicle", "import", str(file)])
    assert (taken.exit_code, taken.output) == (0, "2 added, 0 changed, 0 unchanged, 0 refused\n")
    file.write_text(a_file(a_car(usable_battery_size=80), a_hybrid(), a_car(3, type="diesel")), "utf-8")
    again = CliRunner().invoke(app, ["vehicle", "import", str(file)])
    assert again.exit_code == 1
    assert again.output.startswith("0 added, 1 changed, 1 unchanged, 1 refused\n  car 2 (Nordwind Fjord): kind_unknown")
    listed = CliRunner().invoke(app, ["vehicle", "list", "skola", "mura"])
    assert listed.exit_code == 0
    assert listed.output.endswith("  Škola Můra 2024, phev, 10.5 kWh, AC 3.6 kW, no DC\n")
    assert "Fjord" not in listed.output


@pytest.mark.parametrize("content", [b"no json", b"\xff\xfe\x00", b'{"cars": []}'])
def test_another_file_is_refused_in_a_sentence(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """What is no catalogue ends with exit code 2 and one line, not with a traceback."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    file = tmp_path / "cars.json"
    file.write_bytes(content)
    refused = CliRunner().invoke(app, ["vehicle", "import", str(file)])
    assert refused.exit_code == 2
    assert "Traceback" not in refused.output
    assert refused.output.startswith(("vehicle_data_", "not_a_text"))
