"""A small storm: parallel charges, processes killed at random, both sandboxes failing at random; then the proof.

The big one is ``make storm COUNT=500 KILLS=20``.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from sandbox.storm import Options, storm, storm_stack

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.timeout(300)
async def test_a_small_storm_leaves_no_difference(postgres_template: tuple[str, str]) -> None:
    """Twelve drivers, three kills: our books and the stand-in agree to the cent, and no hold is left open."""
    name = f"storm_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    url = urlunsplit(urlsplit(postgres_template[0])._replace(path=f"/{name}"))
    stack = storm_stack(name, data_dir=ROOT / "var" / "test" / "stages" / name, database_url=url)
    stack.environment["DATABASE_URL"] = url

    result = await storm(Options(count=12, kills=3, seed=20260302, minutes=4), stack)

    assert result.violations == []
    lines = dict(result.lines)
    assert int(lines["killed -9"].split(":")[0]) >= 2
    assert lines["holds open"].startswith("0 ours, 0 at")
