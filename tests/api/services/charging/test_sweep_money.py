"""Money that does not get on is asked for again and told to finance: no job that failed for good is the last word."""

from datetime import timedelta

from api.domain.charging.state import ChargingStatus
from api.services.charging.sweep import ALARM_AFTER, CDR_PATIENCE, sweep_cdrs, sweep_operations
from api.services.deferral import Job
from tests.bench import Bench
from tests.builders import a_cdr, push_cdr
from tests.charges import a_charge


async def _a_cdr_whose_job_failed_for_good(bench: Bench) -> None:
    charge = await a_charge(bench, ChargingStatus.ENDED)
    await push_cdr(bench, a_cdr(charge))
    await bench.rows("DELETE FROM procrastinate_jobs WHERE task_name = 'settle' RETURNING id")


async def test_a_cdr_whose_job_failed_for_good_is_billed_all_the_same(bench: Bench) -> None:
    """The engine gives a job up after some attempts; a CDR is never given up."""
    await _a_cdr_whose_job_failed_for_good(bench)
    bench.clock.advance(CDR_PATIENCE.total_seconds() - 1)
    assert await sweep_cdrs(work=bench.work, ports=bench.ports) == 0

    bench.clock.advance(2)
    assert await sweep_cdrs(work=bench.work, ports=bench.ports) == 1
    await bench.drain()

    assert await bench.rows("SELECT status, captured_minor FROM charging_session") == [("settled", 928)]
    assert "cdr_not_billed" not in await bench.findings()
    assert await sweep_cdrs(work=bench.work, ports=bench.ports) == 0


async def test_a_cdr_that_cannot_be_billed_for_long_is_told_to_finance(bench: Bench) -> None:
    """Somebody must see it while the hold still stands."""
    await _a_cdr_whose_job_failed_for_good(bench)
    bench.clock.advance((ALARM_AFTER + timedelta(seconds=1)).total_seconds())

    await sweep_cdrs(work=bench.work, ports=bench.ports)

    assert "cdr_not_billed" in await bench.findings()


async def test_a_capture_that_gets_no_answer_for_long_is_told_to_finance(bench: Bench) -> None:
    """A processor that is away for an hour is asked again, and finance knows."""
    await a_charge(bench, ChargingStatus.SETTLING)
    bench.payments.break_before("capture_hold")
    await bench.run(Job.CAPTURE_HOLD)
    bench.clock.advance(ALARM_AFTER.total_seconds())
    await sweep_operations(work=bench.work, ports=bench.ports)
    assert "operation_without_end" not in await bench.findings()

    bench.clock.advance(1)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert "operation_without_end" in await bench.findings()
    assert await bench.value("SELECT captured_minor FROM charging_session") == 928
