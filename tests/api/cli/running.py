"""Running commands in this process on files of their own, and the files most tests begin with."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from api.cli import app
from clients.ocpi.exact_json import dump

Json = dict[str, Any]


def a_stay(**changes: Any) -> Json:
    """Return two hours in Utrecht, half of them charging: 10 kWh, then parked."""
    return {
        "start_date_time": "2025-03-03T09:00:00Z",
        "end_date_time": "2025-03-03T11:00:00Z",
        "charging_periods": [
            {
                "start_date_time": "2025-03-03T09:00:00Z",
                "dimensions": [{"type": "ENERGY", "volume": 10}, {"type": "TIME", "volume": 1}],
            },
            {"start_date_time": "2025-03-03T10:00:00Z", "dimensions": [{"type": "PARKING_TIME", "volume": 1}]},
        ],
    } | changes


def run(*arguments: object) -> Result:
    """Run ``chargehand`` with arguments; whatever escapes it is raised here, as a person would see a traceback."""
    return CliRunner(env={"COLUMNS": None, "FORCE_COLOR": None}).invoke(
        app, [str(each) for each in arguments], catch_exceptions=False
    )


def write(folder: Path, name: str, content: object) -> Path:
    """Write a file: bytes as they are, anything else as exact JSON."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else dump(content).encode())
    return path


def price(folder: Path, tariff: object, stay: object, *options: object, zone: str = "Europe/Amsterdam") -> Result:
    """Run ``chargehand price`` on a tariff and a stay."""
    files = write(folder, "tariff.json", tariff), write(folder, "session.json", stay)
    return run("price", *files, "--time-zone", zone, *options)


def priced(folder: Path, tariff: object, stay: object, *options: object, zone: str = "Europe/Amsterdam") -> Json:
    """Return what ``chargehand price --json`` prints: one JSON document and nothing else."""
    result = price(folder, tariff, stay, "--json", *options, zone=zone)
    assert (result.exit_code, result.stderr) == (0, "")
    document: Json = json.loads(result.stdout)
    return document


def codes(document: Json) -> list[str]:
    """Return the codes of the notes."""
    return [note["code"] for note in document["notes"]]
