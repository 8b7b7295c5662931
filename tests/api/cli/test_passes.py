"""``chargehand pass``, ``reservation`` and ``charge unlock``, on a real database: thin, so each is called once."""

import asyncio

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from tests.bench import Bench, a_bench
from tests.builders import a_driver, a_location, an_evse, connector_of
from tests.charges import a_charge


@pytest.fixture
def bench(work: UnitOfWork, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench on the database that the command line uses too."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return a_bench(work)


async def said(*arguments: str, code: int = 0) -> str:
    """Run a command beside the test's own loop and return what it printed."""
    result = await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


async def test_a_pass_is_given_blocked_and_listed(bench: Bench) -> None:
    """Whoever adds one is told that passes may not charge yet; what is wrong is one line."""
    await a_driver(bench)
    assert "CHARGEHAND_PASSES_ENABLED" in await said("pass", "add", "drv_1", "04aa", "--visual-number", "7")
    assert "pass_taken" in await said("pass", "add", "drv_1", "04AA", code=2)
    assert "pass_unusable" in await said("pass", "add", "drv_1", "X", "--kind", "cat", code=2)
    assert "04AA is blocked" in await said("pass", "block", "04aa")
    assert "blocked" in await said("pass", "list", "--driver-id", "drv_1")
    assert "used again" in await said("pass", "unblock", "04aa")


async def test_a_reservation_is_asked_for_listed_and_canceled(bench: Bench) -> None:
    """Signed by somebody of the staff."""
    await a_driver(bench)
    await a_location(bench, evses=(an_evse(capabilities=frozenset({"remote_start_stop_capable", "reservable"})),))
    number = (await said("reservation", "add", "drv_1", connector_of(), "--by", "Kim")).split()[0]
    assert number in await said("reservation", "list")
    assert "its end is asked for" in await said("reservation", "cancel", number, "--by", "Kim")
    assert "reservation_unknown" in await said("reservation", "cancel", "1", "--by", "Kim", code=2)


async def test_the_help_desk_unlocks(bench: Bench) -> None:
    """With a name, or not at all."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    assert "unlocking is asked for" in await said("charge", "unlock", charge.id, "--by", "Kim")
    assert "person_unnamed" in await said("charge", "unlock", charge.id, "--by", " ", code=2)
