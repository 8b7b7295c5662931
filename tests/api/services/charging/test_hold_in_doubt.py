"""Holds of which nobody knows for long whether they exist: never two, never one forgotten, never a start hours late."""

from datetime import timedelta

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.ports.payments import OutcomeUnknown, ProcessorStatus
from api.services.charging.sweep import sweep_operations, sweep_timers
from api.services.deferral import Job
from tests.bench import Bench
from tests.charges import a_charge


async def _sweep_after(bench: Bench, pause: timedelta) -> None:
    """Let time pass and the sweep come round, with all that it brings."""
    bench.clock.advance(pause.total_seconds())
    await sweep_timers(work=bench.work, ports=bench.ports)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.drain()


async def _a_charge_whose_hold_stands_unknown_to_us(bench: Bench) -> None:
    await a_charge(bench, ChargingStatus.AWAITING_HOLD)
    bench.payments.lose_answer("place_hold")
    await bench.run(Job.PLACE_HOLD)


async def test_a_key_that_the_processor_forgot_places_no_second_hold(bench: Bench) -> None:
    """We were down for a day after a lost answer: the hold is looked up, and nobody asks for one again."""
    await _a_charge_whose_hold_stands_unknown_to_us(bench)

    await _sweep_after(bench, timedelta(hours=25))

    (there,) = bench.payments.holds
    assert there.status is ProcessorStatus.CANCELED
    assert await bench.rows("SELECT status, hold_status FROM charging_session") == [("abandoned", "released")]


async def test_a_refused_repetition_does_not_hide_the_hold_of_the_first_attempt(bench: Bench) -> None:
    """An answer was lost and the repetition is refused: the first attempt's hold is found and used, not declined."""
    await _a_charge_whose_hold_stands_unknown_to_us(bench)
    bench.payments.refuse("place_hold", "idempotency_error")
    bench.payments._book._answers.clear()

    bench.clock.advance(60)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.run(Job.PLACE_HOLD)

    assert [each.status for each in bench.payments.holds] == [ProcessorStatus.HELD]
    assert await bench.rows("SELECT status, hold_status FROM charging_session") == [("starting", HoldStatus.PLACED)]


async def _away(*_given: object, **_named: object) -> None:
    raise OutcomeUnknown("processor_outcome_unknown")


async def test_a_processor_away_for_hours_starts_nothing_when_it_returns(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver has left and somebody else's car may stand there: no hold is placed late, and nothing is sent."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_HOLD)
    with monkeypatch.context() as outage:
        outage.setattr(bench.payments, "place_hold", _away)
        outage.setattr(bench.payments, "find_hold", _away)
        for _ in range(4):
            await _sweep_after(bench, timedelta(minutes=5))
    assert (await bench.charge(charge)).status == ChargingStatus.ABANDONED

    await _sweep_after(bench, timedelta(hours=1))

    found = await bench.charge(charge)
    assert (found.hold_status, found.final_at is not None) == (HoldStatus.RELEASED, True)
    assert not bench.roaming.calls_of("send_start")
    assert not bench.payments.holds
    assert "start_failed" in await bench.messages()
