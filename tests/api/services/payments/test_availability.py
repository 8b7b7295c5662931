"""The breaker of the tap: read from the operations on disk, it opens with failures and closes with one answer."""

from datetime import timedelta

import pytest

from api.domain.charging.state import ChargingStatus
from api.services.charging.move_money import run_operation
from api.services.deferral import Job
from api.services.payments.availability import FAILURES, REST, WINDOW, PaymentUnavailable, away_until, require_processor
from tests.bench import Bench
from tests.builders import a_location, an_evse, connector_of
from tests.charges import a_charge, a_quote, start

UIDS = [f"E{number}" for number in range(FAILURES)]


async def _charges_without_answer(bench: Bench, count: int) -> None:
    """Let so many drivers tap while the processor is away."""
    await a_location(bench, evses=[an_evse(uid) for uid in UIDS])
    for uid in UIDS[:count]:
        bench.payments.break_before("place_hold")
        quote = await a_quote(bench, driver_id=f"drv_{uid}", connector=connector_of("LOC1", uid))
        await start(bench, quote)
        await bench.run(Job.PLACE_HOLD)


async def _away(bench: Bench) -> bool:
    async with bench.work() as db:
        return await away_until(db=db, now=bench.clock.now()) is not None


async def test_a_few_failures_are_no_outage(bench: Bench) -> None:
    """One lost answer less than the limit: taps are taken on."""
    await _charges_without_answer(bench, FAILURES - 1)
    assert not await _away(bench)


async def test_failures_in_a_row_refuse_the_next_tap_with_the_time_to_wait(bench: Bench) -> None:
    """The refusal says when to come back, and no later than after the rest."""
    await _charges_without_answer(bench, FAILURES)
    bench.clock.advance(10)
    async with bench.work() as db:
        with pytest.raises(PaymentUnavailable) as refused:
            await require_processor(db=db, now=bench.clock.now())
    assert refused.value.facts["retry_after_s"] == REST.total_seconds() - 10


async def test_one_answer_closes_the_breaker(bench: Bench) -> None:
    """As soon as the processor answers any call, everybody may tap again."""
    await _charges_without_answer(bench, FAILURES)
    assert await _away(bench)
    bench.clock.advance(1)
    operation = await bench.value("SELECT id FROM payment_operation ORDER BY id LIMIT 1")
    await run_operation(work=bench.work, ports=bench.ports, operation_id=operation)
    assert not await _away(bench)


@pytest.mark.parametrize("later", [REST, WINDOW], ids=["a probe is let through", "long ago"])
async def test_it_does_not_stay_open_by_itself(bench: Bench, later: timedelta) -> None:
    """When nothing was tried for a while the next tap is the probe."""
    await _charges_without_answer(bench, FAILURES)
    bench.clock.advance(later.total_seconds())
    assert not await _away(bench)


async def test_a_bench_that_charges_is_never_away(bench: Bench) -> None:
    """Answers alone open nothing."""
    await a_charge(bench, ChargingStatus.SETTLED)
    assert not await _away(bench)
