"""Meter data: what partners report becomes readings that only grow, and a running cost that ends at the final price."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from api.domain.charging.state import ChargingStatus
from api.domain.pricing.periods import Reading
from api.domain.roaming.session import Session, SessionStatus
from api.models.charging import ChargingSession
from api.services.charging.meter import is_idle, new_readings
from api.services.deferral import Job
from tests.bench import Bench
from tests.builders import a_cdr, a_location, a_period, a_session, a_tariff, after, push_cdr, push_session
from tests.charges import a_charge, a_quote, start

OVER = SessionStatus.COMPLETED
CHARGE = ChargingSession(token_uid="UID1", location_id="LOC1", evse_uid="EVSE1", connector_id="1", id="chs_1")  # type: ignore[call-arg]  # enough to report on


def reported(minutes: float, kwh: str, *periods: Any, **fields: Any) -> Session:
    """Return a session as reported some minutes into the story."""
    return a_session(CHARGE, last_updated=after(minutes), kwh=Decimal(kwh), charging_periods=tuple(periods), **fields)


def points(readings: list[Reading]) -> list[tuple[float, str, bool]]:
    """Return readings as minutes, kWh and whether energy flows from there on."""
    start = after(0)
    return [((each.at - start).total_seconds() / 60, str(each.energy_kwh), each.charging) for each in readings]


def told(*sessions: Session) -> list[Reading]:
    """Return the readings after these reports, one after the other."""
    known: dict[Any, Reading] = {}
    for session in sessions:
        ordered = sorted(known.values(), key=lambda each: each.at)
        known |= {reading.at: reading for reading in new_readings(session, ordered[-1] if ordered else None)}
    return sorted(known.values(), key=lambda each: each.at)


# --- from sessions to readings ----------------------------------------------------------------------------------------


def test_the_first_report_also_tells_the_start() -> None:
    """A session that is seen late was charging from its start on."""
    assert points(told(reported(20, "7"))) == [(0, "0", True), (20, "7", True)]


def test_energy_that_ended_is_dated_by_the_period_not_by_the_report() -> None:
    """Parking begins when the period says, however late the report comes."""
    parked = reported(40, "10", a_period(0, kwh="10", hours="0.5"), a_period(30, idle="0.1"))

    assert points(told(reported(20, "7"), parked)) == [(0, "0", True), (20, "7", True), (30, "10", False)]


def test_energy_never_runs_backwards() -> None:
    """A smaller number is a mistake of the meter or an older truth: what was seen stays."""
    assert points(told(reported(20, "7"), reported(30, "5"), reported(40, "8"))) == [
        (0, "0", True),
        (20, "7", True),
        (40, "8", True),
    ]


def test_a_turn_we_hear_of_late_contradicts_nothing() -> None:
    """Energy reported after the moment at which parking is said to have begun does not make readings fall."""
    parked = reported(40, "12.5", a_period(0, kwh="12", hours="0.5"), a_period(30, idle="0.1"))

    readings = told(reported(31, "12"), parked)

    assert points(readings) == [(0, "0", True), (31, "12.5", False)]


def test_an_idle_charge_that_charges_again_and_stops_again_is_dated_each_time() -> None:
    """A car's own timer may pause a charge: each turn has its moment."""
    first, pause = a_period(0, kwh="10", hours="0.5"), a_period(30, idle="0.25")
    again, last = a_period(45, kwh="5", hours="0.25"), a_period(60, idle="0.1")

    readings = told(
        reported(31, "10", first, pause),
        reported(50, "12", first, pause, again),
        reported(70, "15", first, pause, again, last),
    )

    assert points(readings) == [
        (0, "0", True),
        (30, "10", False),
        (45, "10", True),
        (50, "12", True),
        (60, "15", False),
    ]


def test_a_whole_session_told_at_once_has_all_its_turns() -> None:
    """When all pushes but the last were lost, the periods still tell when energy flowed."""
    periods = (
        a_period(0, kwh="10", hours="0.5"),
        a_period(30, idle="0.25"),
        a_period(45, kwh="5", hours="0.25"),
        a_period(60, idle="0.5"),
    )

    readings = told(reported(91, "15", *periods, status=OVER, ended_at=after(90)))

    assert points(readings) == [
        (0, "0", True),
        (30, "10", False),
        (45, "10", True),
        (60, "15", False),
    ]


def test_the_end_is_dated_by_the_session_not_by_the_report() -> None:
    """Time that passed between the unplugging and the report belongs to nobody."""
    readings = told(reported(20, "7"), reported(47, "9", status=OVER, ended_at=after(45)))

    assert points(readings)[-1] == (45, "9", False)


@pytest.mark.parametrize(
    ("period", "idle"),
    [
        (a_period(0, idle="0.5"), True),
        (a_period(0, idle="0"), True),
        (a_period(0, idle="0.5", kwh="0", hours="0"), True),
        (a_period(0, idle="0.5", kwh="0.1"), False),
        (a_period(0, hours="0.5"), False),
        (a_period(0, kwh="0"), False),
        (a_period(0), False),
    ],
)
def test_a_period_is_idle_when_only_parking_is_in_it(period: Any, idle: bool) -> None:
    """Partners fill in zeros: an energy of zero beside parking is no charging."""
    assert is_idle(period) is idle


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 20), st.booleans(), st.integers(0, 100)), min_size=1, max_size=8
    )
)
def test_whatever_is_reported_readings_only_grow(reports: list[tuple[int, int, bool, int]]) -> None:
    """Time and energy of the readings never fall, in whatever order and however contradictory reports come."""
    sessions = [
        reported(minutes, str(kwh), *([a_period(turned, idle="0.1")] if idle else []))
        for minutes, kwh, idle, turned in reports
    ]

    readings = told(*sessions)

    assert [each.at for each in readings] == sorted({each.at for each in readings})
    assert [each.energy_kwh for each in readings] == sorted(each.energy_kwh for each in readings)


# --- the running cost -------------------------------------------------------------------------------------------------

HALF_HOUR = a_period(0, kwh="10", hours="0.5")
PARKED = a_period(30, idle="0.25")


async def test_the_running_cost_ends_at_the_final_price(bench: Bench) -> None:
    """10 kWh at 0.40, half an hour at 6.00 and a quarter idle at 12.00 make 10.00, with tax 11.90, both ways."""
    await a_location(bench, tariff=a_tariff(kwh="0.40", hour="6.00", idle_hour="12.00"))
    charge = await a_charge(bench, ChargingStatus.START_ACCEPTED)
    running = []
    for minutes, kwh, periods, status in (
        (15, "5", (a_period(0, kwh="5", hours="0.25"),), SessionStatus.ACTIVE),
        (30, "10", (HALF_HOUR,), SessionStatus.ACTIVE),
        (40, "10", (HALF_HOUR, a_period(30, idle="0.1")), SessionStatus.ACTIVE),
        (46, "10", (HALF_HOUR, PARKED), OVER),
    ):
        bench.clock.set(after(minutes))
        ended_at = after(45) if status is OVER else None
        session = a_session(
            charge,
            kwh=Decimal(kwh),
            charging_periods=periods,
            last_updated=after(minutes),
            status=status,
            ended_at=ended_at,
        )
        await push_session(bench, session)
        running.append((await bench.charge(charge)).running)

    assert [each and each["total_minor"] for each in running] == [417, 833, 1071, 1190]
    cdr = a_cdr(charge, cost="10.00", charging_periods=(HALF_HOUR, PARKED), ended_at=after(45))
    await push_cdr(bench, cdr)
    await bench.run(Job.SETTLE)
    settled = await bench.charge(charge)
    assert settled.owed_minor == 1190
    assert settled.driver_price is not None
    assert settled.driver_price["checks"][0]["verdict"] == "equal"


async def test_an_unknown_price_has_no_running_cost(bench: Bench) -> None:
    """Where the operator published no price, none is made up."""
    await a_location(bench, tariff=None)
    charge = await start(bench, await a_quote(bench), accept_unknown_price=True)
    await push_session(bench, a_session(charge))

    assert (await bench.charge(charge)).running is None


async def test_the_charge_is_dated_by_the_partners_session(bench: Bench) -> None:
    """Start, end of energy and unplugging are the session's, not the moments at which we heard of them."""
    charge = await a_charge(bench, ChargingStatus.START_ACCEPTED)
    bench.clock.set(after(50))
    over = a_session(
        charge,
        kwh=Decimal(10),
        charging_periods=(HALF_HOUR, PARKED),
        status=OVER,
        ended_at=after(45),
        last_updated=after(46),
    )
    await push_session(bench, over)

    stored = await bench.charge(charge)
    assert (stored.charging_at, stored.energy_ended_at, stored.unplugged_at) == (after(0), after(30), after(45))


async def test_energy_that_flows_again_has_not_ended(bench: Bench) -> None:
    """A pause is not the end: the receipt must tell when energy ended for good."""
    charge = await a_charge(bench, ChargingStatus.IDLE)
    assert (await bench.charge(charge)).energy_ended_at == after(30)
    again = (a_period(0, kwh="1.5", hours="0.5"), a_period(30, idle="0.2"), a_period(42, kwh="1", hours="0.1"))
    await push_session(bench, a_session(charge, kwh=Decimal("2.5"), charging_periods=again, last_updated=after(48)))

    stored = await bench.charge(charge)
    assert (stored.status, stored.energy_ended_at) == (ChargingStatus.CHARGING, None)


async def test_news_of_a_session_after_the_bill_change_no_figure(bench: Bench) -> None:
    """What was billed was delivered: a late push does not change what the receipt told."""
    charge = await a_charge(bench, ChargingStatus.SETTLED)
    before = await bench.charge(charge)
    late = a_session(charge, kwh=Decimal(99), status=OVER, last_updated=after(600), ended_at=after(500))

    await push_session(bench, late)

    assert ((await bench.charge(charge)).kwh, (await bench.charge(charge)).running) == (before.kwh, before.running)


async def test_a_push_costs_the_same_however_long_the_session(bench: Bench) -> None:
    """The receiver of sessions is the hottest path: the number of its statements must not grow with the readings."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    statements: list[str] = []
    engine = bench.work.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    counts = []
    for minute in range(2, 12):
        statements.clear()
        session = a_session(charge, kwh=Decimal(minute), last_updated=after(minute))
        await push_session(bench, replace(session, charging_periods=(a_period(0, kwh=str(minute), hours="0.1"),)))
        counts.append(len(statements))

    assert len(set(counts)) == 1, counts
    assert counts[0] <= 11, "\n".join(statements)
