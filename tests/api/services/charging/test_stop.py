"""Stopping and giving up: confirmed, repeatable, and possible in every state that offers it."""

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.services.charging.advance import UnknownCharge
from api.services.charging.queries import active_charge
from api.services.charging.stop import ConfirmationRequired
from api.services.charging.sweep import sweep_timers
from api.services.charging.view import charge_view
from tests.bench import Bench
from tests.builders import a_session, after, push_session
from tests.charges import IDLE_PERIODS, a_charge, cancel, stop

S = ChargingStatus
STOPS = (S.STOP_REQUESTED, S.STOP_ACCEPTED)


@pytest.mark.capability("CM17")
async def test_a_stop_must_be_confirmed(bench: Bench) -> None:
    """A stop by accident strands a driver: the first tap only tells what was charged so far."""
    charge = await a_charge(bench, S.CHARGING)

    with pytest.raises(ConfirmationRequired) as refused:
        await stop(bench, charge, confirmed=False)

    assert refused.value.facts["kwh"] == "1.5"
    running = refused.value.facts["running"]
    assert isinstance(running, dict)
    assert running["total_minor"] > 0
    assert (await bench.charge(charge)).status == S.CHARGING
    await bench.drain()
    assert bench.roaming.calls_of("send_stop") == []


@pytest.mark.capability("CM18")
async def test_a_confirmed_stop_is_sent_once_however_often_it_is_tapped(bench: Bench) -> None:
    """Repeating a stop does no harm: one command goes to the partner."""
    charge = await a_charge(bench, S.CHARGING)

    for _ in range(3):
        assert (await stop(bench, charge)).status == S.STOP_REQUESTED
    await bench.drain()

    assert len(bench.roaming.calls_of("send_stop")) == 1


@pytest.mark.capability("P5")
@pytest.mark.parametrize("status", list(ChargingStatus))
@pytest.mark.capability("P5")
async def test_every_state_answers_a_stop_and_a_cancellation(bench: Bench, status: ChargingStatus) -> None:
    """Whatever the app offers or a slow phone sends late, the driver gets an answer and never a server error."""
    charge = await a_charge(bench, status)
    before = charge_view(charge, await bench.hold(charge), bench.clock.now())

    canceled = await cancel(bench, charge)
    assert (canceled.version != charge.version) == before.can_cancel
    stopped = await stop(bench, charge)

    assert canceled.status == status or before.can_cancel
    assert stopped.status == canceled.status or before.can_stop


@pytest.mark.parametrize("status", [S.AWAITING_HOLD, S.AWAITING_DRIVER, S.STARTING, S.START_ACCEPTED])
async def test_giving_up_before_a_session_frees_the_money(bench: Bench, status: ChargingStatus) -> None:
    """A driver who gives up gets the hold back as soon as no late session can come."""
    charge = await a_charge(bench, status)

    await cancel(bench, charge)
    await bench.drain()
    bench.clock.advance(601)
    await sweep_timers(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert (await bench.hold(charge)).status == "released"
    assert (await bench.charge(charge)).status == S.ABANDONED


@pytest.mark.capability("P6")
async def test_a_session_that_shows_after_giving_up_is_stopped(bench: Bench) -> None:
    """The car charges although the driver gave up: it is stopped, and what was charged is billed by its CDR."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    await cancel(bench, charge)

    await push_session(bench, a_session(charge))
    await bench.drain()

    assert (await bench.charge(charge)).status in STOPS
    assert len(bench.roaming.calls_of("send_stop")) == 1


async def test_the_driver_may_stop_a_session_that_came_after_the_charge_was_given_up(bench: Bench) -> None:
    """A late session opens the charge again, although it had freed its connector: a stop must still be taken."""
    charge = await a_charge(bench, S.START_FAILED)
    await bench.drain()
    await push_session(bench, a_session(charge))
    stored = await bench.charge(charge)
    assert stored.freed_at is not None
    assert charge_view(stored, None, bench.clock.now()).can_stop

    with pytest.raises(ConfirmationRequired):
        await stop(bench, charge, confirmed=False)
    assert (await stop(bench, charge)).status in STOPS


async def test_giving_up_is_no_longer_offered_once_energy_ended_at_once(bench: Bench) -> None:
    """A first push that already says idle is a session all the same: giving up does nothing and raises nothing."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    await push_session(bench, a_session(charge, charging_periods=IDLE_PERIODS, last_updated=after(35)))

    assert (await cancel(bench, charge)).status == S.IDLE


async def test_nobody_stops_the_charge_of_another(bench: Bench) -> None:
    """Another driver's charge is unknown, to stops and to cancellations alike."""
    charge = await a_charge(bench, S.CHARGING)
    charge.driver_id = "drv_2"

    with pytest.raises(UnknownCharge):
        await stop(bench, charge)
    with pytest.raises(UnknownCharge):
        await cancel(bench, charge)


@pytest.mark.capability("CM16", "CK21", "P5")
async def test_the_app_opens_with_the_charge_that_still_occupies_a_connector(bench: Bench) -> None:
    """Until the cable is out the app must show the charge; afterwards it is history."""
    charge = await a_charge(bench, S.IDLE)
    async with bench.work() as db:
        active = await active_charge(db=db, driver_id=charge.driver_id)
    assert active is not None
    assert active.id == charge.id

    over = a_session(charge, status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60))
    await push_session(bench, over)
    async with bench.work() as db:
        assert await active_charge(db=db, driver_id=charge.driver_id) is None
