"""The running cost is kept between two reports and moves with time: exact, made anew where it does not fit."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus
from api.domain.pricing.periods import Reading
from api.domain.pricing.running import running_cost
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.services.charging.fire import fire_timer
from api.services.charging.running import readings_of_charge
from api.services.deferral import Job
from tests.bench import Bench
from tests.builders import a_location, a_period, a_session, a_tariff, after, push_session
from tests.charges import IDLE_PERIODS, a_charge

S = ChargingStatus
PRICED = a_tariff(kwh="0.40", hour="6.00", idle_hour="12.00")


async def push(bench: Bench, charge: ChargingSession, minutes: float, kwh: str, **fields: Any) -> ChargingSession:
    """Let the partner report energy, charging all along unless told, and return the charge."""
    bench.clock.set(after(minutes))
    periods = (a_period(0, kwh=kwh, hours="0.1"),)
    values: dict[str, Any] = {"kwh": Decimal(kwh), "last_updated": after(minutes), "charging_periods": periods}
    await push_session(bench, a_session(charge, **(values | fields)))
    return await bench.charge(charge)


async def whole(bench: Bench, charge: ChargingSession, minutes: float) -> list[dict[str, Any]]:
    """Return the lines of pricing all stored readings at once."""
    async with bench.work() as db:
        rows = await readings_of_charge(db=db, charging_session_id=charge.id)
    assert charge.tariff is not None
    readings = [Reading(row.at, row.kwh, row.charging) for row in rows]
    cost = running_cost(readings, tariff_from_json(charge.tariff), charge.time_zone, after(minutes))
    return [{"amount": str(line.amount), "quantity": str(line.quantity)} for line in cost.lines]


def lines(charge: ChargingSession) -> list[dict[str, Any]]:
    """Return the lines of the running cost as shown."""
    assert charge.running is not None
    return [{name: line[name] for name in ("amount", "quantity")} for line in charge.running["lines"]]


async def test_what_is_kept_gives_what_all_readings_give(bench: Bench) -> None:
    """After every report, turns and repeated moments among them, the shown lines are those of all readings at once."""
    await a_location(bench, tariff=PRICED)
    charge = await a_charge(bench, S.START_ACCEPTED)
    parked = {"charging_periods": (a_period(0, kwh="12", hours="0.5"), a_period(30, idle="0.2"))}
    for minutes, kwh, fields in (
        (10, "4.25", {}),
        (10.5, "4.3", {}),
        (31, "12", {}),
        (31, "12.5", parked),
        (50, "12.5", parked),
    ):
        charge = await push(bench, charge, minutes, kwh, **fields)
        assert lines(charge) == await whole(bench, charge, minutes)


async def test_a_push_does_not_read_what_was_read(bench: Bench) -> None:
    """The readings of a charge are looked up for its first report only."""
    charge = await a_charge(bench, S.CHARGING)
    statements: list[str] = []
    engine = bench.work.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))

    for minutes in (10, 20, 30):
        await push(bench, charge, minutes, str(minutes))

    assert statements
    assert [each for each in statements if "FROM meter_reading" in each] == []


@pytest.mark.parametrize(
    "damage",
    ["NULL", "'null'", "'{}'", "jsonb_set(state, '{version}', '0')", "jsonb_set(state, '{told}', '\"0.1\"')"],
)
async def test_what_does_not_fit_is_made_anew(bench: Bench, damage: str) -> None:
    """A state that is missing, of another version or behind its charge is made anew from the readings."""
    await a_location(bench, tariff=PRICED)
    charge = await a_charge(bench, S.START_ACCEPTED)
    await push(bench, charge, 10, "4")
    await push(bench, charge, 20, "9")
    change = damage.replace("state", "running_state")
    await bench.rows(f"UPDATE charging_session SET running_state = {change} RETURNING id")  # noqa: S608 - ours

    charge = await push(bench, charge, 30, "12")

    assert lines(charge) == await whole(bench, charge, 30)
    assert charge.running_state is not None


async def test_energy_of_a_report_dated_at_the_start_is_counted(bench: Bench) -> None:
    """A partner's clock behind its own session dates a count at the start: it is billed, also when made anew."""
    await a_location(bench, tariff=a_tariff(kwh="0.40"))
    charge = await a_charge(bench, S.START_ACCEPTED)
    await push(bench, charge, 0, "5")
    charge = await push(bench, charge, 10, "10")
    assert [line["quantity"] for line in lines(charge)] == ["10"]
    await bench.rows("UPDATE charging_session SET running_state = NULL RETURNING id")

    charge = await push(bench, charge, 20, "12")

    assert [line["quantity"] for line in lines(charge)] == ["12"]


async def test_what_is_captured_by_estimate_is_priced_from_the_readings(bench: Bench) -> None:
    """Money is taken by what was read, not by what was kept: a meter reading that was put right counts."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    over = a_session(
        charge, kwh=Decimal(20), status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60)
    )
    await push_session(bench, over)
    await bench.rows("UPDATE meter_reading SET kwh = kwh / 2 RETURNING kwh")
    bench.clock.set(after(6 * 24 * 60))

    await fire_timer(
        work=bench.work, ports=bench.ports, charging_session_id=charge.id, timer=Timer.HOLD_EXPIRY_NEAR.value
    )
    await bench.drain()

    assert (await bench.hold(charge)).captured_minor == 464  # 10 kWh x 0.39 x 1.19


# --- a partner that is silent -----------------------------------------------------------------------------------------


async def fire(bench: Bench, charge: ChargingSession, timer: Timer, minutes: float) -> ChargingSession:
    """Let a clock run out some minutes into the story, and return the charge."""
    bench.clock.set(after(minutes))
    assert await fire_timer(work=bench.work, ports=bench.ports, charging_session_id=charge.id, timer=timer.value)
    return await bench.charge(charge)


async def test_the_running_cost_moves_while_the_partner_is_silent(bench: Bench) -> None:
    """On a tariff of time an hour costs an hour, told or not, and whoever watches is told that it moved."""
    await a_location(bench, tariff=a_tariff(kwh="0.40", hour="6.00"))
    charge = await a_charge(bench, S.START_ACCEPTED)
    charge = await push(bench, charge, 10, "4")
    totals, versions = [], []
    for minutes in (20, 30, 40):
        charge = await fire(bench, charge, Timer.METERING_STALE, minutes)
        assert charge.running is not None
        totals.append(charge.running["total_minor"])
        versions.append(charge.version)

    assert totals == [428, 547, 666]  # 1.60 and 0.10 a minute, with 19 % on top
    assert versions == sorted(set(versions))


async def test_a_silent_charge_is_stopped_before_it_passes_its_hold(bench: Bench) -> None:
    """The hold covers what time costs as well: near its end the charge is stopped, though no report came."""
    await a_location(bench, tariff=a_tariff(kwh="0.40", hour="60.00"))
    charge = await a_charge(bench, S.START_ACCEPTED)
    charge = await push(bench, charge, 1, "0.4")
    assert charge.hold_minor == 5000
    charge = await fire(bench, charge, Timer.METERING_STALE, 30)
    assert charge.status == S.CHARGING

    charge = await fire(bench, charge, Timer.METERING_STALE, 40)

    assert (charge.status, charge.stop_cause) == (S.STOP_REQUESTED, "hold_limit")
    await bench.run(Job.SEND_STOP)
    assert len(bench.roaming.calls_of("send_stop")) == 1
    assert "charge_stopped" in await bench.messages()


async def test_an_idle_car_that_nobody_reports_is_stopped_too(bench: Bench) -> None:
    """Parking goes on costing after the energy: the reminder's clock looks at the hold as well."""
    await a_location(bench, tariff=a_tariff(kwh="0.40", idle_hour="60.00"))
    charge = await a_charge(bench, S.START_ACCEPTED)
    bench.clock.set(after(35))
    await push_session(bench, a_session(charge, charging_periods=IDLE_PERIODS, last_updated=after(35)))

    charge = await fire(bench, await bench.charge(charge), Timer.UNPLUG_REMINDER, 300)

    assert (charge.status, charge.stop_cause) == (S.IDLE, "hold_limit")
    await bench.run(Job.SEND_STOP)
    assert len(bench.roaming.calls_of("send_stop")) == 1
