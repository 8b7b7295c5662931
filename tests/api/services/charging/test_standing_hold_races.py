"""The hold of a failed start and everybody who is after it at one moment, on real connections."""

import asyncio
from typing import Any

import pytest

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus
from api.domain.errors import AppError
from api.models.charging import ChargingSession
from api.services.charging.fire import fire_timer
from tests.api.services.charging.failing import WINDOW, failed
from tests.bench import Bench
from tests.builders import a_session, connector_of, push_session
from tests.charges import a_quote, start

S = ChargingStatus


async def settled_once(bench: Bench, first: ChargingSession, *outcomes: object) -> None:
    """Assert that the hold went one way only, and that nothing is left behind when all jobs are done."""
    assert [each for each in outcomes if isinstance(each, BaseException) and not isinstance(each, AppError)] == []
    assert await bench.value("SELECT count(*) FROM hold WHERE status IN ('placed', 'releasing')") <= 2
    passed = await bench.value("SELECT count(*) FROM hold_event WHERE kind = 'passed_on'")
    released = await bench.value("SELECT count(*) FROM hold_event WHERE kind = 'release_requested'")
    kept = (await bench.charge(first)).hold_status == "placed"
    assert passed + released + kept == 1, (passed, released, kept)
    stood = "SELECT count(*) FROM hold h JOIN charging_session c ON c.id = h.charging_session_id"
    assert await bench.value(f"{stood} WHERE c.hold_status = 'passed_on'") == 0


@pytest.mark.parametrize("turn", range(6))
async def test_two_retries_at_once_are_one(bench: Bench, site: str, turn: int) -> None:
    """Two phones, two connectors, one moment: one start takes the hold over, the other is told to look at it."""
    first = await failed(bench)
    quotes = [await a_quote(bench, connector=site), await a_quote(bench, connector=connector_of())]

    outcomes = await asyncio.gather(*(start(bench, quote) for quote in quotes), return_exceptions=True)

    assert sorted(type(each).__name__ for each in outcomes) == ["ChargingSession", "DriverBusy"]
    await settled_once(bench, first, *outcomes)
    assert (await bench.charge(first)).hold_status == "passed_on"


@pytest.mark.parametrize("turn", range(6))
async def test_a_retry_against_the_clock_leaves_one_hold(bench: Bench, site: str, turn: int) -> None:
    """The window ends in the moment of the tap: the hold is passed on or released, never both, never neither."""
    first = await failed(bench)
    quote = await a_quote(bench, connector=site)
    bench.clock.advance(WINDOW.total_seconds())
    fire = fire_timer(work=bench.work, ports=bench.ports, charging_session_id=first.id, timer=Timer.RETRY_WINDOW.value)
    calls = [fire, start(bench, quote)] if turn % 2 else [start(bench, quote), fire]

    outcomes = await asyncio.gather(*calls, return_exceptions=True)

    await settled_once(bench, first, *outcomes)
    await bench.drain()
    assert await bench.value("SELECT count(*) FROM hold WHERE status = 'placed'") == 1
    assert (await bench.charge(first)).final_at is not None


@pytest.mark.parametrize("turn", range(6))
async def test_a_retry_against_a_late_session_leaves_one_owner(bench: Bench, site: str, turn: int) -> None:
    """The failed charge charges after all in the moment of the tap: the hold pays for the one or the other."""
    first = await failed(bench)
    quote = await a_quote(bench, connector=site)
    late = push_session(bench, a_session(first))
    calls: list[Any] = [late, start(bench, quote)] if turn % 2 else [start(bench, quote), late]

    outcomes = await asyncio.gather(*calls, return_exceptions=True)

    await settled_once(bench, first, *outcomes)
    await bench.drain()
    stored = await bench.charge(first)
    assert stored.status in {S.STOP_REQUESTED, S.STOP_ACCEPTED}
    assert await bench.value("SELECT count(*) FROM hold WHERE status = 'placed'") == (
        1 if stored.hold_status == "passed_on" else 2
    )
