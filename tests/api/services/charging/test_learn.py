"""What is usual here: learned from our own charges, by EVSE or else by network, and never a shorter clock."""

from datetime import timedelta

import pytest

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.services.charging.learn import FEWEST, learn_times, longer_where_slow
from api.services.charging.view import charge_view
from api.services.deferral import Job
from tests.bench import Bench
from tests.builders import a_location, a_session, after, an_evse, connector_of, push_session
from tests.charges import METERED, a_charge, a_quote, start, stop

S = ChargingStatus


async def took(bench: Bench, number: int, seconds: int, uid: str = "EVSE1") -> None:
    """Play a start that took some seconds from the hold to the session."""
    driver = f"drv_{uid}_{number}"
    charge = await start(bench, await a_quote(bench, driver_id=driver, connector=connector_of(uid=uid)))
    await bench.run(Job.PLACE_HOLD, Job.SEND_START)
    bench.clock.advance(seconds)
    await push_session(bench, a_session(charge, id=f"S{uid}{number}"))
    async with bench.work() as db:
        stored = await bench.charge(charge)
        stored.freed_at = bench.clock.now()
        db.add(stored)


async def learned(bench: Bench) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Learn, and return what is known."""
    await learn_times(work=bench.work, ports=bench.ports)
    rows = await bench.rows("SELECT scope, kind, usual_s, late_s, samples FROM learned_time")
    return {(row.scope.split(":")[0], row.kind): (row.usual_s, row.late_s, row.samples) for row in rows}


async def test_half_of_the_starts_are_faster_than_usual(bench: Bench) -> None:
    """The usual time is the median; four charges are no habit, five are."""
    await a_location(bench, evses=(an_evse("EVSE1"), an_evse("EVSE2")))
    for number, seconds in enumerate((20, 30, 38, 200)):
        await took(bench, number, seconds)
    assert await learned(bench) == {}
    await took(bench, 4, 40)

    found = await learned(bench)

    assert found["evse", "start"] == (38, 168, FEWEST)
    assert found["network", "start"] == found["evse", "start"]
    assert found["evse", "reading"] == (0, 0, FEWEST)

    charge = await a_charge(bench, S.START_ACCEPTED, connector=connector_of(uid="EVSE2"))
    view = charge_view(charge, None, bench.clock.now())
    assert view.usually_s == 38
    assert view.expected_at == charge.created_at + timedelta(seconds=38)


async def begun(bench: Bench, number: int, uid: str) -> ChargingSession:
    """Return a charge of a driver that charges at a post."""
    charge = await start(bench, await a_quote(bench, driver_id=f"drv_{number}", connector=connector_of(uid=uid)))
    await bench.run(Job.PLACE_HOLD, Job.SEND_START)
    await push_session(bench, a_session(charge, id=f"S{number}", last_updated=bench.clock.now()))
    return await bench.charge(charge)


async def stopped(bench: Bench, number: int, seconds: int) -> None:
    """Play a charge whose post took some seconds to stop after the driver asked."""
    charge = await begun(bench, number, "EVSE1")
    await stop(bench, charge)
    await bench.run(Job.SEND_STOP)
    bench.clock.advance(seconds)
    now = bench.clock.now()
    over = a_session(
        charge, id=f"S{number}", kwh=METERED, status=SessionStatus.COMPLETED, ended_at=now, last_updated=now
    )
    await push_session(bench, over)


@pytest.mark.capability("CM18")
async def test_how_long_a_stop_usually_takes_is_told_while_it_is_waited_for(bench: Bench) -> None:
    """Between the tap and the end the driver reads how long this post usually needs, and when it is usually over."""
    await a_location(bench, evses=(an_evse("EVSE1"), an_evse("EVSE2")))
    for number, seconds in enumerate((5, 9, 12, 30, 60)):
        await stopped(bench, number, seconds)
    assert (await learned(bench))["evse", "stop"] == (12, 54, FEWEST)

    charge = await begun(bench, 9, "EVSE2")
    asked_at = bench.clock.now()
    await stop(bench, charge)
    bench.clock.advance(3)
    await stop(bench, charge)

    view = charge_view(await bench.charge(charge), None, bench.clock.now())
    assert (view.status, view.usually_s) == (S.STOP_REQUESTED, 12)
    assert view.expected_at == asked_at + timedelta(seconds=12)


async def test_a_slow_network_is_waited_for_longer(bench: Bench) -> None:
    """Where starts take longer than our clock runs, the clock of the next one runs longer, at most twice as long."""
    await a_location(bench)
    bench.ports.policy.timers[Timer.START_RESULT] = timedelta(seconds=60)
    for number in range(FEWEST):
        await took(bench, number, 90)
    await learned(bench)

    began = bench.clock.now()
    charge = await a_charge(bench, S.START_ACCEPTED)

    due = await bench.value(
        "SELECT due_at FROM charging_timer WHERE charging_session_id = :id AND timer = 'start_result'", id=charge.id
    )
    assert due == began + timedelta(seconds=90)


@pytest.mark.parametrize(("late_s", "waits"), [(0, 120), (5, 120), (121, 121), (900, 240)])
def test_no_clock_gets_shorter(late_s: int, waits: int) -> None:
    """What is learned may lengthen a wait; a fast network keeps the whole patience of the rules."""
    guidance = {"usual": {"start": {"usual_s": 1, "late_s": late_s}}}
    assert longer_where_slow(timedelta(minutes=2), guidance, "start") == timedelta(seconds=waits)
    assert longer_where_slow(timedelta(minutes=2), {}, "start") == timedelta(minutes=2)


async def test_old_habits_are_forgotten(bench: Bench) -> None:
    """Two months later nothing of it is known any more."""
    await a_location(bench)
    for number in range(FEWEST):
        await took(bench, number, 30)
    assert await learned(bench) != {}

    bench.clock.advance(61 * 86400)

    assert await learned(bench) == {}
    assert after(0) < bench.clock.now()
