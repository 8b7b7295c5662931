"""Captures that are not through alarm by the time that is left, each band once, and close when they are."""

from datetime import timedelta

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.finance.rules import band_of
from api.services.charging.move_money import run_operation
from api.services.charging.sweep_alarms import AT_RISK, sweep_captures_at_risk
from api.services.deferral import Job
from tests.bench import Bench
from tests.charges import a_charge
from tests.fakes import HOLD_LIFE

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("left", "severity"),
    [
        (49 * HOUR, None),
        (48 * HOUR, "warning"),
        (25 * HOUR, "warning"),
        (24 * HOUR, "high"),
        (6 * HOUR, "critical"),
        (timedelta(0), "breach"),
        (-HOUR, "breach"),
    ],
)
def test_the_bands_end_where_they_should(left: timedelta, severity: str | None) -> None:
    """48, 24 and 6 hours before the hold's last moment, and after it."""
    band = band_of(left)
    assert (None if band is None else band.name) == severity


async def test_a_capture_in_time_is_no_alarm_and_each_band_is_told_once(bench: Bench) -> None:
    """Rounds within one band change nothing; the finding grows with the next and ends with the capture."""
    await a_charge(bench, ChargingStatus.SETTLING)
    bench.payments.break_before("capture_hold")
    await bench.run(Job.CAPTURE_HOLD)
    assert await sweep_captures_at_risk(work=bench.work, ports=bench.ports) == 0

    told = []
    bench.clock.advance((HOLD_LIFE - 47 * HOUR).total_seconds())
    for hours in (0, 1, 24, 1, 18):
        bench.clock.advance(hours * 3600)
        told.append(await sweep_captures_at_risk(work=bench.work, ports=bench.ports))
    assert told == [1, 0, 1, 0, 1]
    severity = "SELECT detail->>'severity' FROM mismatch WHERE reason = :reason AND resolved_at IS NULL"
    assert await bench.value(severity, reason=AT_RISK) == "critical"

    operation = await bench.value("SELECT id FROM payment_operation WHERE kind = 'capture'")
    await run_operation(work=bench.work, ports=bench.ports, operation_id=operation)
    await bench.drain()  # a key that old is not trusted: the hold was looked at, and is captured under a fresh one
    await sweep_captures_at_risk(work=bench.work, ports=bench.ports)
    assert await bench.rows(severity, reason=AT_RISK) == []
