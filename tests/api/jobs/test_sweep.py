"""The safety net: jobs of dead workers, and rounds that neither block each other nor fill the queue."""

from datetime import datetime, timedelta

import pytest
from procrastinate import App
from procrastinate.jobs import Job as StalledJob

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus
from api.domain.errors import Conflict
from api.jobs.sweep import retry_stalled
from api.ports import Ports
from api.services.charging import sweep
from api.services.charging.fire import fire_timer
from api.services.charging.sweep import sweep_events, sweep_operations, sweep_timers
from api.services.deferral import Job
from api.services.payments.events import store_event
from api.services.work import Work
from tests.bench import Bench
from tests.builders import a_location, an_evse, connector_of
from tests.charges import a_charge

DIED = """
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status)
VALUES ('money', :name, :lock, :once, 'doing')
"""


async def dies_with_its_worker(bench: Bench, name: str, *, lock: str | None = None, once: str | None = None) -> None:
    """Leave a job as a killed worker leaves it: under way, by a worker that the engine has forgotten."""
    await bench.rows(f"{DIED} RETURNING id", name=name, lock=lock, once=once)


async def test_a_job_of_a_dead_worker_is_done_by_another(bench: Bench, job_app: App) -> None:
    """A worker that was killed leaves its job under way; it goes back into the queue."""
    await dies_with_its_worker(bench, "place_hold", lock="money:chs_1")

    assert await retry_stalled(job_app, 30) == 1

    assert await bench.value("SELECT status FROM procrastinate_jobs") == "todo"


async def test_a_sweep_that_died_does_not_stop_the_rescue_of_other_jobs(bench: Bench, job_app: App) -> None:
    """While a dead sweep holds its lock the next one waits: the dead one gives way, and others are saved too."""
    await dies_with_its_worker(bench, "sweep_charges", lock="sweep_charges", once="sweep_charges")
    await dies_with_its_worker(bench, "place_hold", lock="money:chs_1")
    await job_app.tasks["sweep_charges"].defer_async(timestamp=0)

    assert await retry_stalled(job_app, 30) == 2

    left = await bench.rows("SELECT task_name, status FROM procrastinate_jobs ORDER BY task_name")
    assert [tuple(row) for row in left] == [("place_hold", "todo"), ("sweep_charges", "todo")]


async def test_a_rescue_that_came_too_late_does_not_stop_the_rescue_of_other_jobs(
    bench: Bench, job_app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rescuers look at once: the one that finds a job already given back goes on with the others and succeeds."""
    await dies_with_its_worker(bench, "place_hold", lock="money:chs_1")
    await dies_with_its_worker(bench, "place_hold", lock="money:chs_2")
    seen = list(await job_app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30))
    await job_app.job_manager.retry_job(seen[0])

    async def get_stalled_jobs(**_options: object) -> list[StalledJob]:
        return seen

    monkeypatch.setattr(job_app.job_manager, "get_stalled_jobs", get_stalled_jobs)
    assert await retry_stalled(job_app, 30) == 1

    assert await bench.value("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'") == 2


async def test_the_rescuer_itself_holds_no_lock(job_app: App) -> None:
    """A rescue that died must not keep all later rescues from running, since nobody else would save it."""
    assert job_app.tasks["sweep_stalled_jobs"].lock is None


async def test_a_clock_that_cannot_be_fired_does_not_hold_up_the_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One charge whose clock leads to a mistake must not stop the clocks of everybody else."""
    await a_location(bench, evses=(an_evse("EVSE1"), an_evse("EVSE2")))
    poisoned = await a_charge(bench, ChargingStatus.STARTING, driver_id="drv_1")
    other = await a_charge(bench, ChargingStatus.STARTING, driver_id="drv_2", connector=connector_of(uid="EVSE2"))

    async def fire(*, work: Work, ports: Ports, charging_session_id: str, timer: str) -> bool:
        if charging_session_id == poisoned.id:
            raise Conflict("illegal_transition")
        return await fire_timer(work=work, ports=ports, charging_session_id=charging_session_id, timer=timer)

    monkeypatch.setattr(sweep, "fire_timer", fire)
    bench.clock.advance(timedelta(minutes=30).total_seconds())

    assert await sweep_timers(work=bench.work, ports=bench.ports) >= 1

    assert (await bench.charge(other)).status == ChargingStatus.START_UNKNOWN
    assert (await bench.charge(poisoned)).status == ChargingStatus.STARTING


async def test_a_round_makes_no_calls_and_defers_each_operation_once(bench: Bench) -> None:
    """Rounds come faster than a processor that is away answers: they add no second job for the same thing."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_HOLD)
    bench.payments.break_before("place_hold")
    await bench.run(Job.PLACE_HOLD)
    await bench.rows("DELETE FROM procrastinate_jobs RETURNING id")
    bench.clock.advance(60)
    before = len(bench.payments.calls)

    deferred = [await sweep_operations(work=bench.work, ports=bench.ports) for _ in range(3)]

    assert deferred == [1, 0, 0]
    assert len(bench.payments.calls) == before
    await bench.run(Job.PLACE_HOLD)
    assert (await bench.charge(charge)).status == ChargingStatus.STARTING


@pytest.mark.parametrize(
    ("attempts", "seconds", "due"), [(0, 4, 0), (0, 5, 1), (2, 19, 0), (2, 20, 1), (9, 599, 0), (9, 600, 1)]
)
async def test_the_pause_doubles_with_each_attempt_up_to_ten_minutes(
    bench: Bench, attempts: int, seconds: int, due: int
) -> None:
    """A processor that is away is asked less and less often, and still every ten minutes."""
    await a_charge(bench, ChargingStatus.AWAITING_HOLD)
    await bench.rows("UPDATE payment_operation SET attempts = :attempts RETURNING id", attempts=attempts)
    await bench.rows("DELETE FROM procrastinate_jobs RETURNING id")
    bench.clock.advance(seconds)

    assert await sweep_operations(work=bench.work, ports=bench.ports) == due


async def test_a_lost_webhook_of_the_bank_is_made_up_for(bench: Bench) -> None:
    """A driver who passed the bank's question need not wait for a webhook that never comes."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_DRIVER)
    bench.payments.pass_action("pi_fake1")
    bench.clock.advance(31)

    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.run(Job.RESOLVE_HOLD)

    assert (await bench.charge(charge)).status == ChargingStatus.STARTING


async def test_a_hold_that_lapsed_in_silence_is_noticed(bench: Bench) -> None:
    """When the bank dropped a hold and no webhook told, the round after its last moment asks."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    bench.clock.advance(timedelta(days=7, minutes=2).total_seconds())

    assert await sweep_operations(work=bench.work, ports=bench.ports) == 1
    await bench.run(Job.RESOLVE_HOLD)

    assert (await bench.hold(charge)).status == "expired"
    assert "hold_expired" in await bench.findings()
    assert await sweep_operations(work=bench.work, ports=bench.ports) == 0


async def stored_event(bench: Bench, at: datetime) -> None:
    """Store a webhook about the first hold, and lose its job."""
    payload, signature = bench.payments.signed_event("payment_intent.canceled", "pi_fake1", at=at)
    async with bench.work() as db:
        await store_event(db=db, ports=bench.ports, now=at, payload=payload, signature=signature)
    await bench.rows("DELETE FROM procrastinate_jobs RETURNING id")


async def test_an_event_whose_job_was_lost_is_handled_by_a_later_round(bench: Bench) -> None:
    """A stored event waits a minute for its own job; then a round defers it again, once."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    await stored_event(bench, bench.clock.now())
    bench.payments.expire("pi_fake1")

    assert await sweep_events(work=bench.work, ports=bench.ports) == 0
    bench.clock.advance(61)
    assert [await sweep_events(work=bench.work, ports=bench.ports) for _ in range(2)] == [1, 0]
    await bench.run(Job.HANDLE_PROCESSOR_EVENT)

    assert (await bench.hold(charge)).status == "expired"
    assert await sweep_events(work=bench.work, ports=bench.ports) == 0


async def test_an_event_that_finds_the_processor_away_stays_open(bench: Bench) -> None:
    """An event is handled when its hold was looked at, not before; the job itself does not fail."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    await stored_event(bench, bench.clock.now())
    bench.payments.expire("pi_fake1")
    bench.payments.break_before("fetch_hold")
    bench.clock.advance(61)

    await sweep_events(work=bench.work, ports=bench.ports)
    await bench.run(Job.HANDLE_PROCESSOR_EVENT)
    assert await bench.value("SELECT handled_at FROM processor_event") is None

    await sweep_events(work=bench.work, ports=bench.ports)
    await bench.run(Job.HANDLE_PROCESSOR_EVENT)
    assert await bench.value("SELECT handled_at FROM processor_event") is not None
    assert (await bench.hold(charge)).status == "expired"


def test_every_clock_has_a_length_or_is_counted_back_from_the_hold(bench: Bench) -> None:
    """No order to start a clock may find that its length is unknown."""
    assert set(bench.ports.policy.timers) >= set(Timer) - {Timer.HOLD_EXPIRY_NEAR}
