"""Completed is not unplugged where the EVSE says so; and an idle charge of an operator without push is asked for."""

from datetime import datetime
from decimal import Decimal

import pytest

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus
from api.domain.roaming.location import EvseStatus
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.models.location import EvseRow
from api.services.charging.fire import fire_timer
from api.services.charging.observe import observe_evse_status
from api.services.charging.still_plugged import LONGEST
from api.services.deferral import Job
from tests.api.services.charging.test_pull import pulled
from tests.bench import Bench
from tests.builders import a_cdr, a_partner, a_session, after, evse_key, push_cdr, push_session
from tests.charges import IDLE_PERIODS, a_charge

S = ChargingStatus


async def evse_says(bench: Bench, status: EvseStatus, at: datetime) -> None:
    """Let the partner tell the status of EVSE1."""
    partner = await a_partner(bench)
    async with bench.work() as db:
        row = await db.get_one(EvseRow, evse_key())
        row.status, row.last_updated = status.value, at
        await db.flush()
        now = bench.clock.now()
        await observe_evse_status(db=db, ports=bench.ports, now=now, partner=partner, evse_key=evse_key())


async def completed(bench: Bench, charge: ChargingSession) -> str:
    """Let the partner complete the session at minute 60, and return where the charge stands."""
    over = {"kwh": Decimal(1000), "status": SessionStatus.COMPLETED, "ended_at": after(60), "last_updated": after(60)}
    bench.clock.set(after(60))
    await push_session(bench, a_session(charge, **over))
    return (await bench.charge(charge)).status


async def fires(bench: Bench, charge: ChargingSession, timer: Timer) -> str:
    """Let a clock run out if it is due, and return where the charge stands."""
    await fire_timer(work=bench.work, ports=bench.ports, charging_session_id=charge.id, timer=timer)
    return (await bench.charge(charge)).status


@pytest.mark.parametrize("status", [EvseStatus.CHARGING, EvseStatus.BLOCKED])
async def test_a_completed_session_at_a_taken_evse_is_still_plugged(bench: Bench, status: EvseStatus) -> None:
    """The driver is told to unplug until the EVSE is free."""
    charge = await a_charge(bench, S.CHARGING)
    await evse_says(bench, status, after(60))
    assert await completed(bench, charge) == S.IDLE
    assert (await bench.messages())[-1] == "unplug"
    await evse_says(bench, EvseStatus.AVAILABLE, after(62))
    stored = await bench.charge(charge)
    assert (stored.status, stored.freed_at is not None) == (S.ENDED, True)


@pytest.mark.parametrize(
    ("status", "told_at"), [(EvseStatus.CHARGING, 59), (EvseStatus.AVAILABLE, 60), (EvseStatus.OUT_OF_ORDER, 60)]
)
async def test_a_status_of_before_the_end_says_nothing(bench: Bench, status: EvseStatus, told_at: float) -> None:
    """CHARGING of the time when it charged, or any other status: completed is over."""
    charge = await a_charge(bench, S.CHARGING)
    await evse_says(bench, status, after(told_at))
    assert await completed(bench, charge) == S.ENDED


async def test_a_status_that_is_never_taken_back_ends_with_a_clock(bench: Bench) -> None:
    """A quarter of an hour after the end, at the next reminder, the session is believed; until then they remind."""
    charge = await a_charge(bench, S.CHARGING)
    await evse_says(bench, EvseStatus.BLOCKED, after(60))
    await completed(bench, charge)
    bench.clock.advance(600)
    assert await fires(bench, charge, Timer.UNPLUG_REMINDER) == S.IDLE
    bench.clock.advance(LONGEST.total_seconds())
    assert await fires(bench, charge, Timer.UNPLUG_REMINDER) == S.ENDED


async def test_the_bill_ends_it_at_once(bench: Bench) -> None:
    """A CDR ends energy, cable and bill, whatever the EVSE says."""
    charge = await a_charge(bench, S.CHARGING)
    await evse_says(bench, EvseStatus.BLOCKED, after(60))
    await completed(bench, charge)
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    assert (await bench.charge(charge)).status == S.SETTLED


async def test_an_idle_charge_of_which_nothing_is_heard_is_pulled(bench: Bench) -> None:
    """Its operator pushes nothing: the session is asked for when the clock of meter data runs out, and again later."""
    charge = await a_charge(bench, S.IDLE)
    await bench.drain()
    assert bench.roaming.calls_of("pull_sessions") == []
    over = a_session(charge, kwh=Decimal(20), status=SessionStatus.COMPLETED, last_updated=after(40))
    parked = a_session(charge, charging_periods=IDLE_PERIODS, last_updated=after(35))
    for number, session in enumerate((parked, over)):
        assert (await bench.charge(charge)).status == S.IDLE
        bench.roaming.sessions = [pulled(session)]
        bench.clock.advance(600)
        await bench.run(Job.FIRE_TIMER, Job.PULL_SESSIONS)
        assert len(bench.roaming.calls_of("pull_sessions")) == number + 1
    assert (await bench.charge(charge)).status == S.ENDED


async def test_an_idle_charge_that_is_reported_is_not_pulled(bench: Bench) -> None:
    """Each report starts the clock anew."""
    charge = await a_charge(bench, S.IDLE)
    for minutes in (40, 45, 50):
        bench.clock.advance(400)
        await push_session(bench, a_session(charge, charging_periods=IDLE_PERIODS, last_updated=after(minutes)))
        await bench.drain()
    assert bench.roaming.calls_of("pull_sessions") == []
