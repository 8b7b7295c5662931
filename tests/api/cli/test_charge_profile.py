"""``chargehand charge profile``: limits that staff ask for, on a real database."""

from decimal import Decimal

import pytest

from api.cli import world
from api.db import UnitOfWork
from api.domain.roaming.smart import ProfilePeriod, RateUnit, profile_of
from tests.api.cli.test_charge import in_a_thread
from tests.api.services.charging.smart_hands import operator_of
from tests.bench import Bench, a_bench
from tests.charges import a_charge


@pytest.fixture
def bench(work: UnitOfWork, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench whose database and outside world are the command line's too."""
    bench = a_bench(work)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr(world, "build_ports", lambda _settings: bench.ports)
    return bench


async def test_limits_are_set_cleared_and_shown(bench: Bench) -> None:
    """Each request with who asked, and both words on it; limits stay exact."""
    charge = await a_charge(bench)
    told = await in_a_thread(
        "charge", "profile", "set", charge.id, "0=16", "900=8.1", "--unit", "A", "--duration", "3600", "--by", "kim"
    )
    limits = "0 s: at most 16 A; 900 s: at most 8.1 A; 3600 s: over"
    heard = "operator accepted, charger silent so far"
    assert " ".join(told.split()) == f"set by kim: {limits}: {heard}"
    assert operator_of(bench).calls[0].arguments[0] == profile_of(
        RateUnit.AMPERE, [ProfilePeriod(0, Decimal(16)), ProfilePeriod(900, Decimal("8.1"))], duration_seconds=3600
    )
    await in_a_thread("charge", "profile", "clear", charge.id, "--by", "kim")
    await in_a_thread("charge", "profile", "show", charge.id, "--by", "lee", "--wait", "0")
    shown = await in_a_thread("charge", "profile", "show", charge.id)
    assert " ".join(shown.split()) == (
        f"set by kim: {limits}: {heard} clear by kim: {heard} show by lee: {heard}"
        " The charger did not say what it plans."
    )
    assert [call.method for call in operator_of(bench).calls] == ["set_profile", "clear_profile", "ask_profile"]


async def test_what_the_charger_plans_is_shown(bench: Bench) -> None:
    """The plan as last heard, with its moment."""
    charge = await a_charge(bench)
    await bench.rows(
        "INSERT INTO active_charging_profile VALUES (:id, '2026-03-02T09:20:00Z', CAST(:plan AS jsonb), '{}',"
        " '2026-03-02T09:20:01Z') RETURNING raw",
        id=charge.id,
        plan='{"unit": "W", "starts_at": null, "duration_seconds": null, "min_rate": null, "periods": [[0, "3700.5"]]}',
    )
    assert (await in_a_thread("charge", "profile", "show", charge.id)).splitlines() == [
        "The charger's plan of 2026-03-02 09:20:00 UTC:",
        "  0 s: at most 3700.5 W",
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["set", "CHARGE", "10=5", "--by", "kim"], "charging_profile_invalid"),
        (["set", "CHARGE", "0:5", "--by", "kim"], "SECOND=LIMIT"),
        (["set", "CHARGE", "0=NaN", "--by", "kim"], "no number"),
        (["set", "CHARGE", "0=5", "--unit", "V", "--by", "kim"], "W or A"),
        (["set", "chs_none", "0=5", "--by", "kim"], "unknown_charging_session"),
        (["show", "chs_none"], "unknown_charging_session"),
    ],
)
async def test_what_cannot_be_asked_is_one_line(bench: Bench, arguments: list[str], reason: str) -> None:
    """Exit code 2 with the reason, and nobody is called."""
    charge = await a_charge(bench)
    named = [charge.id if each == "CHARGE" else each for each in arguments]
    assert reason in await in_a_thread("charge", "profile", *named, code=2)
    assert operator_of(bench).calls == []
