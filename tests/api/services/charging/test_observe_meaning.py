"""What one push says: the facts behind a session's shape, a free EVSE, and a cost that comes near the hold."""

from dataclasses import replace
from decimal import Decimal

import pytest

from api.domain.charging.lifecycle import advance
from api.domain.charging.state import ChargingState, ChargingStatus, Policy
from api.domain.money import Money
from api.domain.roaming.location import EvseStatus
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.services.charging.observe import observe_evse_status, session_facts
from api.services.deferral import Job
from tests.bench import Bench
from tests.builders import (
    a_cdr,
    a_location,
    a_partner,
    a_period,
    a_session,
    after,
    an_evse,
    evse_key,
    push_cdr,
    push_session,
)
from tests.charges import IDLE_PERIODS, a_charge

S = ChargingStatus


async def evse_becomes(bench: Bench, status: EvseStatus) -> None:
    """Let the partner tell that the EVSE of the charge has a status."""
    await a_location(bench, evses=(an_evse(status=status, last_updated=after(600)),), last_updated=after(600))
    partner = await a_partner(bench)
    async with bench.work() as db:
        now = bench.clock.now()
        await observe_evse_status(db=db, ports=bench.ports, now=now, partner=partner, evse_key=evse_key())


@pytest.mark.parametrize("status", [SessionStatus.PENDING, SessionStatus.RESERVATION])
async def test_a_session_that_is_not_charging_yet_says_nothing(bench: Bench, status: SessionStatus) -> None:
    """A pending session may stay pending for ever (ocpi#524): the start is not over."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    await push_session(bench, a_session(charge, status=status, kwh=Decimal(0), charging_periods=()))

    stored = await bench.charge(charge)
    assert (stored.status, stored.charging_at) == (S.START_ACCEPTED, None)


async def test_an_invalid_session_owes_nothing(bench: Bench) -> None:
    """What the partner declared invalid is not billed: the hold is released."""
    charge = await a_charge(bench, S.CHARGING)

    await push_session(bench, a_session(charge, status=SessionStatus.INVALID, last_updated=after(5)))
    await bench.drain()

    assert (await bench.charge(charge)).status == S.SETTLED
    assert (await bench.hold(charge)).status == "released"


@pytest.mark.parametrize("charge_status", list(ChargingStatus))
def test_no_push_meets_a_charge_that_cannot_take_it(charge_status: ChargingStatus) -> None:
    """Whatever a session says to a charge in whatever state, the lifecycle has an answer: no push ends in an error."""
    hold = Money(5000, "EUR")
    row = ChargingSession(status=charge_status, token_uid="U", location_id="L", evse_uid="E", connector_id="1", id="c")  # type: ignore[call-arg]  # enough to be told of
    for status in SessionStatus:
        for periods in ((), IDLE_PERIODS, (a_period(0, kwh="1"),)):
            state = replace(ChargingState.new(hold), status=charge_status)
            for fact in session_facts(a_session(row, status=status, charging_periods=periods), row):
                state = advance(state, fact, Policy(Money(50, "EUR"))).state


# --- the EVSE ---------------------------------------------------------------------------------------------------------


async def test_a_free_evse_ends_an_idle_charge(bench: Bench) -> None:
    """After the energy ended, a free EVSE proves that the cable is out, although no session said so."""
    charge = await a_charge(bench, S.IDLE)
    bench.clock.set(after(50))

    await evse_becomes(bench, EvseStatus.AVAILABLE)

    stored = await bench.charge(charge)
    assert (stored.status, stored.unplugged_at) == (S.ENDED, after(50))


@pytest.mark.parametrize("status", [S.START_ACCEPTED, S.CHARGING, S.STOP_ACCEPTED])
async def test_a_free_evse_proves_nothing_while_energy_may_flow(bench: Bench, status: ChargingStatus) -> None:
    """Status pushes lag behind: a charge that was not idle is not ended by one."""
    charge = await a_charge(bench, status)

    await evse_becomes(bench, EvseStatus.AVAILABLE)

    assert (await bench.charge(charge)).status == status


async def test_an_evse_that_is_taken_ends_nothing(bench: Bench) -> None:
    """Only a free EVSE is evidence."""
    charge = await a_charge(bench, S.IDLE)

    await evse_becomes(bench, EvseStatus.CHARGING)

    assert (await bench.charge(charge)).status == S.IDLE


# --- the hold's limit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kwh", "stopped"), [("96.9", False), ("97", True)])
async def test_a_charge_is_stopped_before_it_costs_more_than_is_held(bench: Bench, kwh: str, stopped: bool) -> None:
    """At nine tenths of the hold (45.00 at 0.4641 a kWh with tax) the charge is stopped and the driver told."""
    charge = await a_charge(bench, S.CHARGING)

    await push_session(bench, a_session(charge, kwh=Decimal(kwh), last_updated=after(20)))

    assert ((await bench.charge(charge)).status == S.STOP_REQUESTED) is stopped
    assert ("charge_stopped" in await bench.messages()) is stopped


async def test_a_cdr_is_settled_by_a_job_of_its_own(bench: Bench) -> None:
    """The receiver only stores: billing follows in the charge's own queue, once for each CDR."""
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, a_cdr(charge))
    await push_cdr(bench, a_cdr(charge))

    assert await bench.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'settle'") == 1
    assert (await bench.charge(charge)).status == S.ENDED
    assert await bench.run(Job.SETTLE) == ["settle"]
