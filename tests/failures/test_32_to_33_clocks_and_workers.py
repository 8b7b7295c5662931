"""Modes 32 and 33: clocks that differ or are changed, and two workers that do the same at the same time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork, make_engine
from api.services.charging.sweep import sweep_events, sweep_operations, sweep_timers
from api.services.charging.sweep_alarms import sweep_captures_at_risk
from api.services.deferral import Job
from tests.bench import run_jobs
from tests.clients.stripe.harness import PATHS
from tests.failures.books import nothing_is_left
from tests.failures.charge import cents
from tests.failures.stage import HOLD, Stage

NIGHT_OF_DST = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
"""Half an hour before clocks in Berlin go from two to three."""


@pytest.mark.parametrize("minutes", [-4, 4])
async def test_mode_32_the_processors_clock_wins(stage: Stage, minutes: int) -> None:
    """Its clock is minutes off ours: its capture_before counts, its webhooks are taken, and all ends as always."""
    stage.wire.steer("clock", {"advance_seconds": minutes * 60})
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()

    charged = (await charge.intent())["latest_charge"]
    window = (await stage.asked(f"charges/{charged}"))["payment_method_details"]["card"]["capture_before"]
    hold = await charge.hold()
    assert hold.capture_before == datetime.fromtimestamp(window, UTC)
    ours = (await charge.row()).created_at + timedelta(days=7, minutes=minutes)
    assert hold.capture_before is not None
    assert abs(hold.capture_before - ours) < timedelta(seconds=2)
    due = await stage.value("SELECT due_at FROM charging_timer WHERE timer = 'hold_expiry_near'")
    assert due == hold.capture_before - timedelta(hours=24)

    await charge.cdr()
    await stage.settles()
    assert (await charge.intent())["amount_received"] == cents(20)
    await nothing_is_left(stage)


async def test_mode_32_the_night_of_the_changed_hour_costs_no_hour(stage: Stage) -> None:
    """A hold over the change of summer time lives exactly seven days, and every moment is in UTC on disk and wire."""
    stage.clock.set(NIGHT_OF_DST)
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges(20, minutes=60)
    hold = await charge.hold()
    assert hold.capture_before == NIGHT_OF_DST + timedelta(days=7)
    shown = await charge.shown(ada)
    assert shown["hold"]["capture_before"] == "2026-04-05T00:30:00Z"
    assert shown["created_at"] == "2026-03-29T00:30:00Z"
    assert shown["duration_s"] == 3600

    await stage.passes(days=5, hours=22, minutes=58)
    assert await charge.status() == ("ended", "placed")
    await stage.passes(minutes=3)
    assert (await charge.status())[1] == "captured"  # a day before, to the minute
    assert (await charge.intent())["amount_received"] == cents(20)


@pytest.fixture
async def second_worker(database_url: str) -> AsyncIterator[UnitOfWork]:
    """Yield units of work of another process: connections of its own."""
    engine: AsyncEngine = make_engine(database_url, pool_size=5)
    yield UnitOfWork(engine)
    await engine.dispose()


async def _both(stage: Stage, second: UnitOfWork) -> None:
    """Let both workers make a round of every sweep at the same time, and take the same jobs at the same time."""
    for sweep in (sweep_timers, sweep_operations, sweep_captures_at_risk, sweep_events):
        await asyncio.gather(*(sweep(work=work, ports=stage.ports) for work in (stage.work, second)))
    await asyncio.gather(*(run_jobs(work, stage.ports) for work in (stage.work, second)))


async def test_mode_33_two_workers_place_and_capture_once(stage: Stage, second_worker: UnitOfWork) -> None:
    """The same operations at the same time from two connections: one key each, one hold, one capture, one booking."""
    stage.webhooks = False
    ada = await stage.a_driver()
    charge = await ada.taps()
    await stage.rows("DELETE FROM procrastinate_jobs RETURNING id")  # the jobs died with their worker
    stage.clock.advance(6)
    for _ in range(2):
        await _both(stage, second_worker)
    assert len({each["idempotency_key"] for each in stage.wire.sent(PATHS["place_hold"])}) == 1
    assert stage.wire.totals()["authorized"] == HOLD
    assert charge.commands("send_start") == 1

    await charge.charges()
    await charge.cdr()
    await stage.run(Job.SETTLE)
    await stage.rows("DELETE FROM procrastinate_jobs RETURNING id")
    stage.clock.advance(30)
    for _ in range(2):
        await _both(stage, second_worker)
        stage.clock.advance(30)
    await stage.sweeps()
    assert len({each["idempotency_key"] for each in await charge.sent("capture")}) == 1
    assert (await charge.intent())["amount_received"] == cents(20)
    captured = await stage.value("SELECT count(*) FROM journal WHERE kind = 'hold_captured'")
    assert captured == 1
    assert await stage.value("SELECT count(*) FROM receipt") == 1
    stage.webhooks = True
    await nothing_is_left(stage)


async def test_mode_33_two_workers_fire_one_clock_once(stage: Stage, second_worker: UnitOfWork) -> None:
    """A clock that ran out is taken by one of two sweeps: one release, one notice."""
    ada = await stage.a_driver(card="pm_card_authenticationRequired")
    charge = await ada.taps()
    await stage.settles()
    await stage.rows("DELETE FROM procrastinate_jobs RETURNING id")
    stage.clock.advance(15 * 60 + 1)
    await _both(stage, second_worker)
    await stage.settles()

    assert (await charge.status())[0] == "abandoned"
    assert await charge.operations("release") == ["done"]
    assert (await ada.was_told()).count("start_failed:driver_action_expired") == 1
    assert len([each for each in await charge.sent("cancel") if not each["replayed"]]) == 1
    await nothing_is_left(stage)
