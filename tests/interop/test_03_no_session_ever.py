"""Behavior 3: no session ever comes, or one that stays PENDING for ever (ocpi#392, ocpi#524).

Our own clocks end the wait: the driver is told, the hold is let go, and we go on listening.
"""

from decimal import Decimal

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.roaming.command import ResultKind
from api.domain.roaming.session import SessionStatus
from tests.api.services.charging.hands import result, secret_of
from tests.bench import Bench
from tests.builders import a_cdr, a_session, after, push_cdr, push_session
from tests.charges import a_charge
from tests.interop.stage import PAID_IN_FULL, Stage

S = ChargingStatus


async def give_up(bench: Bench) -> None:
    """Let the clocks of a start run out: that of its result, of a late session, and of another try."""
    for _ in range(3):
        bench.clock.advance(601)
        await bench.drain()


async def test_an_accepted_start_without_a_session_ends(bench: Bench) -> None:
    """Accepted twice, by partner and charger, is still not charging: without a session the hold is let go."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    await result(bench, secret_of(bench), ResultKind.ACCEPTED)

    await give_up(bench)

    stored = await bench.charge(charge)
    assert (stored.status, stored.hold_status) == (S.START_FAILED, HoldStatus.RELEASED)
    assert await bench.messages() != []
    assert stored.captured_minor in (None, 0)


async def test_a_session_that_stays_pending_ends_the_same(bench: Bench) -> None:
    """PENDING proves nothing, however often it is told; the connector and the driver are free again."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    pending = {"status": SessionStatus.PENDING, "kwh": Decimal(0), "charging_periods": ()}
    for minute in range(3):
        await push_session(bench, a_session(charge, last_updated=after(minute), **pending))

    await give_up(bench)

    stored = await bench.charge(charge)
    assert (stored.status, stored.hold_status) == (S.START_FAILED, HoldStatus.RELEASED)
    assert stored.freed_at is not None or stored.final_at is not None


async def test_we_go_on_listening_after_giving_up(bench: Bench) -> None:
    """The pending session becomes active after all: it is stopped, staff see it, and its bill is not lost."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    pending = {"status": SessionStatus.PENDING, "kwh": Decimal(0), "charging_periods": ()}
    await push_session(bench, a_session(charge, last_updated=after(0), **pending))
    await give_up(bench)

    await push_session(bench, a_session(charge, last_updated=after(30)))
    await bench.drain()
    assert len(bench.roaming.calls_of("send_stop")) == 1
    assert await bench.findings() != set()

    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    assert (await bench.charge(charge)).owed_minor == 928


async def test_a_pending_session_that_turns_active_in_time_is_the_charge(bench: Bench) -> None:
    """Waiting for the plug is what PENDING is for."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    pending = {"status": SessionStatus.PENDING, "kwh": Decimal(0), "charging_periods": ()}
    await push_session(bench, a_session(charge, last_updated=after(0), **pending))
    assert (await bench.charge(charge)).status == S.START_ACCEPTED

    await push_session(bench, a_session(charge, last_updated=after(1)))

    assert (await bench.charge(charge)).status == S.CHARGING


@pytest.mark.parametrize("fault", ["silent_after_start", "pending_forever"])
async def test_an_operator_that_never_begins_blocks_no_money(twofold: Stage, fault: str) -> None:
    """Accepted, and no energy ever: the driver is told, the hold ends, nothing is captured."""
    await twofold.fault(fault)
    charge = await twofold.taps()

    await twofold.passes(minutes=30)

    assert await twofold.now(charge) == (S.START_FAILED, HoldStatus.RELEASED, 0)
    assert "start_failed" in await twofold.messages()


async def test_a_session_that_is_never_completed_ends_with_its_bill(twofold: Stage) -> None:
    """The operator forgets to say that it is over: its CDR says so, and is paid."""
    await twofold.fault("never_completed")
    charge = await twofold.taps()

    await twofold.passes(hours=2)

    assert await twofold.now(charge) == PAID_IN_FULL
    assert await twofold.open_findings() == []
