"""``chargehand network``, ``issuer`` and the steps of passes, on a real database: calm about every mistake."""

import asyncio

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork
from api.services.roaming.driver_passes import order_pass
from tests.bench import Bench, a_bench
from tests.builders import a_driver, a_location


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


@pytest.mark.capability("CM01")
async def test_a_network_is_set_listed_and_shown(bench: Bench) -> None:
    """What is not named stays as it is; a network with posts is listed before anybody wrote it down."""
    await a_location(bench)
    assert "DE-CPO" in await said("network", "list")
    rule = r"Box (\d+)=>\1"
    set_it = ("network", "set", "de", "cpo", "--name", "Harbor")
    assert "DE-CPO Harbor: live." in await said(*set_it, "--visual-id-rule", rule, "--visual-id-hint", "de=Am Deckel")
    await said("network", "set", "DE", "CPO", "--state", "paused", "--no-app-charging")
    shown = await said("network", "show", "DE", "CPO")
    assert {"name: Harbor", "state: paused", f"rule 1: {rule}", "hint de: Am Deckel", "app can charge: no"} <= set(
        shown.splitlines()
    )


@pytest.mark.parametrize(
    "wrong",
    [
        ("DEU", "CPO"),
        ("DE", "CPOX"),
        ("DE", "CPO", "--state", "gone"),
        ("DE", "CPO", "--visual-id-rule", "no arrow"),
        ("DE", "CPO", "--visual-id-rule", "(=>x"),
        ("DE", "CPO", "--visual-id-hint", "de"),
        ("DE", "CPO", "--visual-id-picture", "http://plain.example/x.jpg"),
    ],
)
async def test_a_mistake_is_one_line(bench: Bench, wrong: tuple[str, ...]) -> None:
    """Exit code 2, what is wrong, and nothing stored."""
    assert "invalid" in await said("network", "set", *wrong, code=2)
    assert await bench.rows("SELECT 1 FROM network") == []


async def test_an_unknown_network_is_one_line(bench: Bench) -> None:
    """Showing what is not there."""
    assert "unknown_network" in await said("network", "show", "DE", "QQQ", code=2)


@pytest.mark.capability("CK22")
async def test_an_issuer_is_set_and_listed(bench: Bench) -> None:
    """With a way to reach them, or not at all."""
    await said("issuer", "set", "FR", "XYZ", "Cards", "--phone", "+33 1 0000")
    assert "FR-XYZ" in await said("issuer", "list")
    assert "badge_issuer_invalid" in await said("issuer", "set", "FR", "XYZ", "Cards", code=2)


@pytest.mark.capability("CM02")
async def test_staff_ship_renew_and_expire_a_pass(bench: Bench) -> None:
    """The code is printed at the shipping and kept nowhere."""
    await a_driver(bench)
    async with bench.work() as db:
        view = await order_pass(db=db, ports=bench.ports, now=bench.clock.now(), driver_id="drv_1")
    pass_id = view.row.id
    assert pass_id[:8] in await said("pass", "list", "--status", "ordered")
    shipped = await said("pass", "ship", pass_id, "04aa", "--visual-number", "7", "--valid-until", "2099-01-01")
    code = shipped.split("Code: ")[1].strip()
    assert len(code) == 9
    assert code not in str(await bench.rows("SELECT * FROM driver_pass"))
    assert "pass_shipped" in await said("pass", "ship", pass_id, "04bb", code=2)
    assert "Code: " in await said("pass", "code", pass_id)
    assert "has expired" in await said("pass", "expire", pass_id)
    assert "pass_unknown" in await said("pass", "expire", "pas_none", code=2)
