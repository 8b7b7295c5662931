"""A live session priced reading by reading: at every moment exactly what all its readings cost, stored in between."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.periods import ParkingReading, PricingRefused, Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.running import Running, begin_running, running_cost
from api.domain.pricing.running_snapshot import running_from_json, running_to_json
from api.domain.pricing.tariff import Restrictions, Tariff
from tests.api.domain.pricing.make import BERLIN, START, charging, element, energy, flat, parking, reading, tariff
from tests.api.domain.pricing.test_properties import tariffs

D = Decimal
MINUTE = timedelta(minutes=1)
many: Callable[[Callable[..., None]], Callable[..., None]] = settings(max_examples=60, deadline=None)

starts = st.sampled_from(
    [START, datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, 0, 0, 250_000, tzinfo=UTC)]
)
steps = st.sampled_from([timedelta(0), timedelta(microseconds=1)]) | st.timedeltas(timedelta(0), timedelta(hours=5))
gains = st.sampled_from([D(0), D(1)]) | st.integers(0, 15_000).map(lambda wh: D(wh) / 1000)
powers = st.none() | st.sampled_from([D(7), D("11.5")])
meanings = st.sampled_from(list(ParkingReading))


@st.composite
def power_tariffs(draw: st.DrawFn) -> Tariff:
    """Draw a tariff with steps, some of whose elements also depend on power, which is not always measured."""
    model = draw(tariffs(step=draw(st.sampled_from([0, 1, 60, 900]))))
    limit = draw(st.none() | st.sampled_from([D(8), D(11)]))
    if limit is None:
        return model
    strong = replace(model.elements[0].restrictions or Restrictions(), min_power=limit)
    return replace(model, elements=(replace(model.elements[0], restrictions=strong), *model.elements[1:]))


@st.composite
def readings_and_end(draw: st.DrawFn) -> tuple[list[Reading], datetime]:
    """Draw readings to the microsecond, some of one moment, with power, pauses and turns, and an end after them."""
    at, kwh = draw(starts), draw(gains)
    found = [Reading(at, kwh, draw(st.booleans()), draw(powers), draw(st.booleans()))]
    for _ in range(draw(st.integers(0, 6))):
        at, kwh = at + draw(steps), kwh + draw(gains)
        found.append(Reading(at, kwh, draw(st.booleans()), draw(powers), draw(st.booleans())))
    return found, at + draw(steps)


def outcome(ask: Callable[..., CostBreakdown], *facts: object) -> str:
    """Return a price to its last digit as spelled, or the reason why there is none."""
    try:
        return repr(ask(*facts))
    except PricingRefused as refused:
        return refused.reason


def whole(readings: list[Reading], model: Tariff, end: datetime, meant: ParkingReading) -> CostBreakdown:
    """Price all readings at once, as a bill would be."""
    periods = cut_into_periods(readings, end, model, BERLIN, meant)
    return price(periods, model, time_zone=BERLIN, ended_at=end, parking=meant)


def stored(running: Running) -> Running:
    """Return a live session as it comes back from its JSON."""
    cutting = running.cutting
    raw = json.loads(json.dumps(running_to_json(running)))
    return running_from_json(raw, cutting.tariff, BERLIN, cutting.parking)


@many
@given(power_tariffs(), readings_and_end(), meanings, st.data())
def test_reading_by_reading_costs_what_all_readings_cost(
    model: Tariff, session: tuple[list[Reading], datetime], meant: ParkingReading, data: st.DataObject
) -> None:
    """After each reading, whenever one asks and however often it was stored, to the last digit and note."""
    readings, end = session
    running = begin_running(readings[0], model, BERLIN, meant)
    for index, each in enumerate(readings):
        if index:
            running.take(each)
        if data.draw(st.booleans()):
            restored = stored(running)
            assert restored == running
            running = restored
        for now in (each.at, each.at + data.draw(steps)):
            known = readings[: index + 1]
            assert outcome(running.cost_at, now) == outcome(whole, known, model, now, meant)
    final = outcome(running.cost_at, end)
    assert final == outcome(whole, readings, model, end, meant)
    assert final == outcome(running_cost, readings, model, BERLIN, end, meant)


@many
@given(power_tariffs(), readings_and_end(), st.lists(steps, max_size=4))
def test_asking_changes_nothing(model: Tariff, session: tuple[list[Reading], datetime], looks: list[timedelta]) -> None:
    """A look at the price, at whatever moment, leaves no trace in what is stored."""
    readings, _ = session
    running = begin_running(readings[0], model, BERLIN)
    for each in readings[1:]:
        running.take(each)
    before = running_to_json(running)
    for later in looks:
        outcome(running.cost_at, readings[-1].at + later)
    assert running_to_json(running) == before


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (reading(30, "9"), "readings_not_ascending"),
        (reading(90, "4"), "energy_decreasing"),
        (reading(90, "NaN"), "volume_not_a_number"),
        (Reading(START.replace(tzinfo=None), D(9), charging=True), "time_without_zone"),
        (reading(60 * 24 * 400, "9"), "session_too_long"),
    ],
)
def test_a_refused_reading_is_not_taken(wrong: Reading, reason: str) -> None:
    """What contradicts is told and forgotten: the session goes on as if it had not been sent."""
    model = tariff(element(energy("0.5"), parking("6"), when=Restrictions(start_time=time(8))), element(flat("1")))
    running = begin_running(reading(0, "0"), model, BERLIN)
    running.take(reading(60, "5"))
    before = running_to_json(running)
    with pytest.raises(PricingRefused, match=reason):
        running.take(wrong)
    assert running_to_json(running) == before


def test_energy_that_came_with_the_start_is_billed() -> None:
    """A first report dated at the start itself does not move the count from which energy is billed."""
    running = begin_running(reading(0, "0"), tariff(element(energy("0.5"))), BERLIN)
    running.take(reading(0, "4"))
    assert running.last == reading(0, "4")
    assert stored(running).cost_at(START + MINUTE).excl_vat == 2


def test_the_stored_session_does_not_grow_with_its_readings() -> None:
    """What is written with every report is as long after a thousand readings as after ten."""
    model = tariff(element(energy("0.5"), charging("1")))
    running, sizes = begin_running(reading(0, "0"), model, BERLIN), []
    for minute in range(1, 1001):
        running.take(reading(minute, f"{minute}.5"))
        sizes.append(len(json.dumps(running_to_json(running))))
    assert sizes[-1] <= sizes[9] + 30
    assert sizes[-1] < 1000


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"version": 0},
        {"tariff": "another"},
        {"last": ["no date", "1", True, None]},
        {"told": "much"},
        {"walk": {}},
        {"walk": {"kwh": "0", "taken": 1, "used": 1, "flat": False, "uses": [[7, "energy", "1", False, 1]]}},
    ],
)
def test_what_does_not_fit_is_refused(broken: dict[str, object]) -> None:
    """Another version's, another tariff's or a damaged snapshot is no price: whoever asked makes it anew."""
    model = tariff(element(energy("0.5")))
    raw = running_to_json(begin_running(reading(0, "0"), model, BERLIN)) | broken if broken else {}
    with pytest.raises(PricingRefused, match="snapshot_invalid"):
        running_from_json(raw, model, BERLIN, ParkingReading.not_charging)
