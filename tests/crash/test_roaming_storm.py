"""Three partners in three versions whose messages come twice, late, in another order and cut off, while we are killed.

The big one is ``make storm-roaming COUNT=300``.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from sandbox.roaming_storm import Options, differences, play, storm_stack
from sandbox.stack import Stack

ROOT = Path(__file__).resolve().parent.parent.parent


def _stack(server: str, run: str) -> Stack:
    name = f"roaming_{run}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    stack = storm_stack(name, data_dir=ROOT / "var" / "test" / "stages" / name, database_url=url)
    stack.environment["DATABASE_URL"] = url
    return stack


@pytest.mark.capability("DC3")
@pytest.mark.timeout(600)
async def test_a_storm_of_messages_ends_as_the_calm_does(postgres_template: tuple[str, str]) -> None:
    """Nine charges end the same way, charge by charge, and what was captured is what the bills say in both runs."""
    options = Options(count=9, kills=2, seed=20260302, minutes=5)
    calm = await play(options, _stack(postgres_template[0], "calm"), stormy=False)
    storm = await play(options, _stack(postgres_template[0], "storm"), stormy=True)

    assert differences(calm, storm) == []
    assert {ending["status"] for ending in calm.endings.values()} == {"settled"}
    assert sum(storm.facts["killed"].values()) == 2
    assert all(storm.facts["mail"][fate] > 0 for fate in ("held_back", "twice", "cut_off", "replayed"))
