"""``chargehand charge audit`` and ``chargehand partner parking-reading``, on a real database."""

import asyncio
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import Price
from tests.bench import Bench, a_bench
from tests.builders import a_cdr, push_cdr
from tests.charges import a_charge


@pytest.fixture
def bench(work: UnitOfWork, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench on the database that the command line uses too."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return a_bench(work)


async def test_an_audit_is_shown(bench: Bench) -> None:
    """What was billed and promised, the difference, and each dimension that the bill states."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    parts = {"energy": Price(Decimal("9.00"))}
    await push_cdr(bench, replace(a_cdr(charge), total_cost=Price(Decimal("9.00")), costs=parts))
    await bench.drain()

    shown = await in_a_thread("charge", "audit", charge.id)
    assert shown.splitlines() == [
        "CDR1: unexplained",
        "  billed 9 EUR, promised 7.8 EUR, difference 1.2",
        "  energy: billed 9, computed 7.8",
        "  not_priced: 1 h of time cost nothing: the tariff has no price for it.",
        "  tax_unknown: No tax rate is stated for element 0; that tax is unknown.",
    ]
    (audit,) = json.loads(await in_a_thread("charge", "audit", charge.id, "--json"))
    assert (audit["verdict"], audit["difference"], audit["currency"]) == ("unexplained", "1.2", "EUR")


async def test_an_unknown_charge_is_one_line(bench: Bench) -> None:
    """Nothing to show ends with exit code 2 and a reason."""
    assert (await in_a_thread("charge", "audit", "chs_none", code=2)).startswith("unknown_charging_session")


async def test_a_partners_meaning_of_parking_is_set(bench: Bench) -> None:
    """The reading counts for charges that start from now on; a word that means nothing is refused."""
    charge = await a_charge(bench, ChargingStatus.SETTLED)
    told = await in_a_thread("partner", "parking-reading", charge.partner_id, "not_charging")
    assert told == f"{charge.partner_id}: PARKING_TIME means not_charging.\n"
    later = await a_charge(bench, ChargingStatus.AWAITING_HOLD)
    assert (later.parking_reading, (await bench.charge(charge)).parking_reading) == (
        "not_charging",
        "not_requesting_power",
    )
    back = await in_a_thread("partner", "parking-reading", charge.partner_id, "version")
    assert back.endswith("not_requesting_power.\n")
    assert "parking_reading_unknown" in await in_a_thread(
        "partner", "parking-reading", charge.partner_id, "asleep", code=2
    )


async def in_a_thread(*arguments: str, code: int = 0) -> str:
    """Run a command beside the test's own loop and return what it printed."""
    result = await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
    assert result.exit_code == code, result.output
    return result.output
