"""Behavior 2: a session comes although the start timed out, failed or was rejected (ocpi#475).

A session that costs money is never ignored: within the grace it is the charge; where the driver moved on it is stopped,
told to finance and billed.
"""

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.roaming.command import ResultKind
from api.services.deferral import Job
from tests.api.services.charging.hands import result, secret_of
from tests.bench import Bench
from tests.builders import a_cdr, a_location, a_session, an_evse, connector_of, push_cdr, push_session
from tests.charges import a_charge, a_quote, cancel, start
from tests.interop.stage import PAID_IN_FULL, Stage

S = ChargingStatus


@pytest.mark.parametrize("kind", [ResultKind.TIMEOUT, ResultKind.FAILED])
async def test_within_the_grace_a_late_session_is_the_charge(bench: Bench, kind: ResultKind) -> None:
    """The hold was kept for it, and the driver who still waits sees the car charge."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    await result(bench, secret_of(bench), kind)
    assert (await bench.charge(charge)).hold_status == HoldStatus.PLACED

    bench.clock.advance(300)
    await push_session(bench, a_session(charge))
    await bench.drain()

    stored = await bench.charge(charge)
    assert (stored.status, stored.hold_status) == (S.CHARGING, HoldStatus.PLACED)
    assert bench.roaming.calls_of("send_stop") == []


async def test_a_driver_who_gave_up_has_the_late_session_stopped(bench: Bench) -> None:
    """The hold stays through the grace, the car is stopped by itself, the driver is told, and it is billed."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    await result(bench, secret_of(bench), ResultKind.TIMEOUT)
    await cancel(bench, charge)
    assert (await bench.charge(charge)).hold_status == HoldStatus.PLACED

    await push_session(bench, a_session(charge))
    await bench.drain()

    sent = bench.roaming.calls_of("send_stop")
    assert [call.arguments[0].session_id for call in sent] == ["SES1"]  # type: ignore[attr-defined]  # a StopCommand
    assert await bench.messages() != []

    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    stored = await bench.charge(charge)
    assert (stored.status, stored.captured_minor) == (S.SETTLED, 928)


async def test_a_session_after_a_rejection_is_stopped_when_the_driver_moved_on(bench: Bench) -> None:
    """The driver charges elsewhere by now: the first car is stopped, and neither session takes the other's money."""
    await a_location(bench, evses=(an_evse("EVSE1"), an_evse("EVSE2")))
    charge = await a_charge(bench, S.START_ACCEPTED)
    await result(bench, secret_of(bench), ResultKind.REJECTED)
    await bench.run(Job.RELEASE_HOLD)
    other = await start(bench, await a_quote(bench, connector=connector_of(uid="EVSE2")))
    await bench.drain()

    await push_session(bench, a_session(charge))
    await bench.drain()

    stops = [call.arguments[0].session_id for call in bench.roaming.calls_of("send_stop")]  # type: ignore[attr-defined]  # StopCommands
    assert stops == ["SES1"]
    assert await bench.findings() != set()
    assert (await bench.charge(other)).status == S.START_ACCEPTED


async def test_a_session_after_the_hold_is_gone_is_stopped_and_billed(bench: Bench) -> None:
    """Nothing stands for it any more, so what it costs is owed by the driver and told to finance, not lost."""
    charge = await a_charge(bench, S.START_FAILED)
    await bench.drain()
    assert (await bench.charge(charge)).hold_status == HoldStatus.RELEASED

    await push_session(bench, a_session(charge))
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    stored = await bench.charge(charge)
    assert (stored.owed_minor, stored.captured_minor or 0) == (928, 0)
    assert stored.state["receivable"] not in (None, 0)
    assert await bench.findings() != set()


async def test_an_operator_whose_session_comes_after_its_timeout_is_paid(twofold: Stage) -> None:
    """TIMEOUT, and two minutes later the car charges: the hold was kept, and pays the bill."""
    await twofold.fault("late_session")
    charge = await twofold.taps()
    await twofold.passes(seconds=30)
    assert (await twofold.charge(charge)).hold_status == HoldStatus.PLACED

    await twofold.passes(hours=2)

    assert await twofold.now(charge) == PAID_IN_FULL
    assert twofold.commands("STOP_SESSION") == []


async def test_an_operator_whose_session_comes_when_the_hold_is_gone_is_stopped(twofold: Stage) -> None:
    """Half an hour later nobody waits for it: it is stopped, and what it cost until then is owed and told."""
    await twofold.fault("late_session", seconds=1800)
    charge = await twofold.taps()

    await twofold.passes(hours=3)

    assert len(twofold.commands("STOP_SESSION")) == 1
    stored = await twofold.charge(charge)
    assert (stored.hold_status, stored.captured_minor or 0) == (HoldStatus.RELEASED, 0)
    assert stored.owed_minor is not None
    assert stored.owed_minor > 0
    assert stored.state["receivable"]["minor"] == stored.owed_minor
    assert await twofold.open_findings() != []


@pytest.mark.parametrize("fault", ["result_timeout", "result_rejected"])
async def test_a_failure_that_stays_one_costs_nothing(twofold: Stage, fault: str) -> None:
    """No session follows: the hold ends, nothing is captured, and nobody has to look."""
    await twofold.fault(fault)
    charge = await twofold.taps()

    await twofold.passes(hours=1)

    assert await twofold.now(charge) == (S.START_FAILED, HoldStatus.RELEASED, 0)
    assert await twofold.open_findings() == []
