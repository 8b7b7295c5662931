"""The clocks of a charge: rows that a sweep finds, jobs that are on time; restarted, stopped, early or lost."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.services.charging.fire import fire_timer
from api.services.charging.sweep import sweep_operations, sweep_timers
from api.services.charging.timers import cancel_timer, set_timer
from api.services.deferral import Job
from tests.bench import Bench
from tests.builders import a_location, a_session, a_tariff, after, push_session
from tests.charges import IDLE_PERIODS, a_charge, a_quote, start

S = ChargingStatus


async def due(bench: Bench, timer: Timer) -> datetime | None:
    """Return when a clock runs out, or None when it does not run."""
    rows = await bench.rows("SELECT due_at FROM charging_timer WHERE timer = :timer", timer=timer.value)
    return rows[0].due_at if rows else None


async def jobs(bench: Bench, timer: Timer) -> list[datetime]:
    """Return when the waiting jobs of a clock are due."""
    rows = await bench.rows(
        "SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'fire_timer' AND args->>'timer' = :timer"
        " ORDER BY id",
        timer=timer.value,
    )
    return [row.scheduled_at for row in rows]


async def fire(bench: Bench, charge: ChargingSession, timer: Timer) -> bool:
    """Let a clock's job run now."""
    return await fire_timer(work=bench.work, ports=bench.ports, charging_session_id=charge.id, timer=timer.value)


async def set_(bench: Bench, charge: ChargingSession, timer: Timer) -> None:
    """Start a clock now."""
    async with bench.work() as db:
        await set_timer(db=db, ports=bench.ports, now=bench.clock.now(), charge=charge, timer=timer)


async def test_a_clock_is_a_row_and_a_job_for_the_same_moment(bench: Bench) -> None:
    """The row cannot be lost, the job is on the second."""
    charge = await a_charge(bench, S.STARTING)

    assert await due(bench, Timer.START_RESULT) == after(10)
    assert await jobs(bench, Timer.START_RESULT) == [after(10)]
    assert charge.status == S.STARTING


async def test_a_long_clock_has_no_job(bench: Bench) -> None:
    """Days ahead the sweep is exact enough: no job waits for them."""
    bench.ports.policy.timers[Timer.CDR_OVERDUE] = timedelta(hours=6)
    await a_charge(bench, S.ENDED)

    assert await due(bench, Timer.CDR_OVERDUE) == after(360)
    assert await jobs(bench, Timer.CDR_OVERDUE) == []


async def test_a_restarted_clock_adds_no_job(bench: Bench) -> None:
    """Every meter report restarts the stale clock: the job that is on its way finds out and waits again."""
    charge = await a_charge(bench, S.CHARGING)
    for minute in range(2, 8):
        bench.clock.set(after(minute))
        await push_session(bench, a_session(charge, kwh=Decimal(minute), last_updated=after(minute)))

    assert await due(bench, Timer.METERING_STALE) == after(17)
    assert len(await jobs(bench, Timer.METERING_STALE)) == 1


async def test_a_job_that_comes_early_fires_nothing_and_comes_again(bench: Bench) -> None:
    """A clock that was restarted is not over: its old job defers itself to the new moment."""
    charge = await a_charge(bench, S.CHARGING)
    bench.clock.set(after(5))
    await push_session(bench, a_session(charge, kwh=Decimal(5), last_updated=after(5)))
    await bench.rows("DELETE FROM procrastinate_jobs RETURNING id")
    bench.clock.set(after(10))

    assert not await fire(bench, charge, Timer.METERING_STALE)

    assert (await bench.charge(charge)).metering == "live"
    assert len(await jobs(bench, Timer.METERING_STALE)) == 1
    assert await due(bench, Timer.METERING_STALE) == after(15)


async def test_a_job_whose_clock_was_stopped_finds_nothing(bench: Bench) -> None:
    """A result stops the clock that waited for it; the job still comes and does nothing."""
    charge = await a_charge(bench, S.CHARGING)
    assert await due(bench, Timer.START_RESULT) is None
    bench.clock.set(after(11))

    assert not await fire(bench, charge, Timer.START_RESULT)

    assert (await bench.charge(charge)).version == charge.version


async def test_a_clock_fires_once(bench: Bench) -> None:
    """Job and sweep may both come: the second finds the clock taken."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    bench.clock.set(after(10))

    assert [await fire(bench, charge, Timer.START_RESULT) for _ in range(2)] == [True, False]

    assert (await bench.charge(charge)).status == S.START_UNKNOWN
    assert (await bench.messages()).count("start_uncertain") == 1


async def test_a_clock_whose_job_was_lost_is_fired_by_the_sweep(bench: Bench) -> None:
    """A lost job makes a clock late, never silent."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    await bench.rows("DELETE FROM procrastinate_jobs RETURNING id")
    bench.clock.set(after(9))
    assert await sweep_timers(work=bench.work, ports=bench.ports) == 0
    bench.clock.set(after(10))

    assert await sweep_timers(work=bench.work, ports=bench.ports) >= 1

    assert (await bench.charge(charge)).status == S.START_UNKNOWN


async def test_a_clock_that_was_stopped_can_be_started_again(bench: Bench) -> None:
    """Stopped and started in one transaction or in two, one clock runs."""
    charge = await a_charge(bench, S.IDLE)
    async with bench.work() as db:
        now = bench.clock.now()
        await cancel_timer(db=db, charge=charge, timer=Timer.UNPLUG_REMINDER)
        await set_timer(db=db, ports=bench.ports, now=now, charge=charge, timer=Timer.UNPLUG_REMINDER)
        await cancel_timer(db=db, charge=charge, timer=Timer.UNPLUG_REMINDER)
    assert await due(bench, Timer.UNPLUG_REMINDER) is None

    bench.clock.set(after(3))
    await set_(bench, charge, Timer.UNPLUG_REMINDER)
    await set_(bench, charge, Timer.UNPLUG_REMINDER)

    assert await due(bench, Timer.UNPLUG_REMINDER) == after(13)
    rows = await bench.value("SELECT count(*) FROM charging_timer WHERE timer = 'unplug_reminder'")
    assert rows == 1


# --- what the clocks do -----------------------------------------------------------------------------------------------


@pytest.mark.capability("CM15")
async def test_silence_of_the_meter_is_told_and_asked_about(bench: Bench) -> None:
    """No data for a while is shown as stale, pulled after, and never ends a charge."""
    charge = await a_charge(bench, S.CHARGING)
    bench.clock.set(after(20))

    await fire(bench, charge, Timer.METERING_STALE)

    stored = await bench.charge(charge)
    assert (stored.status, stored.metering) == (S.CHARGING, "stale")
    assert await bench.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'pull_sessions'") == 1


@pytest.mark.capability("CM20")
async def test_the_reminder_tells_what_staying_plugged_costs(bench: Bench) -> None:
    """The driver is reminded again and again, each time with the cost up to that moment."""
    await a_location(bench, tariff=a_tariff(kwh="0.40", idle_hour="12.00"))
    charge = await a_charge(bench, S.START_ACCEPTED)
    parked = a_session(charge, kwh=Decimal(10), charging_periods=IDLE_PERIODS, last_updated=after(30))
    bench.clock.set(after(30))
    await push_session(bench, parked)
    for minutes in (60, 90):
        bench.clock.set(after(minutes))
        assert await fire(bench, charge, Timer.UNPLUG_REMINDER)

    query = "SELECT detail FROM notice WHERE message = 'unplug' ORDER BY created_at"
    costs = [row.detail["running"]["total_minor"] for row in await bench.rows(query)]
    assert costs == [476, 476 + 714, 476 + 1428]


async def test_a_missing_cdr_is_asked_for_again_and_again_while_the_hold_stands(bench: Bench) -> None:
    """The partner is pulled and finance is asked; the clock runs on until a bill comes or the hold ends."""
    charge = await a_charge(bench, S.ENDED)
    bench.clock.set(after(75))

    assert await fire(bench, charge, Timer.CDR_OVERDUE)

    assert "cdr_missing" in await bench.findings()
    assert await due(bench, Timer.CDR_OVERDUE) == after(85)
    assert await bench.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'pull_cdrs'") == 1


async def test_near_its_end_a_hold_is_captured_by_the_last_known_price(bench: Bench) -> None:
    """A day before the hold lapses what is known is taken, marked as an estimate, rather than nothing at all."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    over = a_session(
        charge, kwh=Decimal(20), status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60)
    )
    await push_session(bench, over)
    assert await due(bench, Timer.HOLD_EXPIRY_NEAR) == after(0) + timedelta(days=6)
    bench.clock.set(after(0) + timedelta(days=6))

    await sweep_timers(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert (await bench.hold(charge)).captured_minor == 928
    assert "estimate_captured" in await bench.findings()


@pytest.mark.parametrize("tariff", [None, a_tariff(kwh="0.01")], ids=["price unknown", "below the minimum"])
async def test_near_its_end_a_hold_with_nothing_to_take_is_released(bench: Bench, tariff: object) -> None:
    """With no price, or one that cannot be taken, the driver gets the money back in time, and finance is asked."""
    await a_location(bench, tariff=tariff)
    charge = await start(bench, await a_quote(bench), accept_unknown_price=True)
    await bench.run(Job.PLACE_HOLD, Job.SEND_START)
    over = a_session(
        charge, kwh=Decimal(20), status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60)
    )
    await push_session(bench, over)
    bench.clock.set(after(0) + timedelta(days=6))

    await sweep_timers(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert (await bench.hold(charge)).status == "released"
    assert "cdr_missing" in await bench.findings()


async def test_a_start_that_was_never_held_is_given_up(bench: Bench) -> None:
    """A processor that stays away must not start a charge long after the driver left."""
    charge = await a_charge(bench, S.AWAITING_HOLD)
    for _ in range(2):
        bench.payments.break_before("place_hold")
    await bench.run(Job.PLACE_HOLD, Job.RESOLVE_HOLD)
    bench.clock.set(after(10))

    await sweep_timers(work=bench.work, ports=bench.ports)
    assert (await bench.charge(charge)).status == S.ABANDONED
    bench.clock.set(after(60))
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert bench.roaming.calls_of("send_start") == []
    assert (await bench.hold(charge)).status == "released"


async def test_a_session_that_never_ends_is_stopped(bench: Bench) -> None:
    """No charge takes days: it is stopped, and finance looks at it."""
    charge = await a_charge(bench, S.CHARGING)
    bench.clock.set(after(30))

    assert await fire(bench, charge, Timer.SESSION_TOO_LONG)

    assert (await bench.charge(charge)).status == S.STOP_REQUESTED
    assert "session_too_long" in await bench.findings()
