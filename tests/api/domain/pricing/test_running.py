"""Live prices, and the periods that meter readings become."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from api.domain.pricing.periods import ParkingReading, PricingRefused, Reading, cut_into_periods
from api.domain.pricing.running import running_cost
from api.domain.pricing.tariff import DimensionType, Restrictions
from tests.api.domain.pricing.make import BERLIN, START, charging, element, energy, parking, reading, tariff

D = Decimal
MINUTE = timedelta(minutes=1)


def test_idle_time_accrues_up_to_now() -> None:
    """After energy stopped the price goes on with the parking price, with no further reading."""
    model = tariff(element(energy("0.5"), parking("6")))
    readings = [reading(0, "0"), reading(60, "10", charging=False)]
    assert running_cost(readings, model, BERLIN, START + 60 * MINUTE).excl_vat == 5
    assert running_cost(readings, model, BERLIN, START + 90 * MINUTE).excl_vat == 8


def test_partner_clock_ahead_of_ours_does_no_harm() -> None:
    """A last reading in our future ends the running price there instead of refusing it."""
    model = tariff(element(energy("0.5")))
    assert running_cost([reading(0, "0"), reading(60, "10")], model, BERLIN, START + 59 * MINUTE).excl_vat == 5


def test_energy_threshold_is_placed_between_readings() -> None:
    """A kWh limit cuts where a steady flow reaches it: 20 of 50 kWh is two fifths of the hour."""
    model = tariff(element(energy("1"), when=Restrictions(max_kwh=D(20))), element(energy("2")))
    periods = cut_into_periods([reading(0, "0"), reading(60, "50")], START + 60 * MINUTE, model, BERLIN)
    assert [each.starts_at for each in periods] == [START, START + 24 * MINUTE]
    assert [each.dimensions[0].volume for each in periods] == [20, 30]


def test_readings_alone_make_no_periods() -> None:
    """Neighbors that only a reading separates are one period; a stop of the flow begins another."""
    readings = [reading(0, "0"), reading(10, "1"), reading(20, "3", charging=False), reading(40, "3", charging=False)]
    periods = cut_into_periods(readings, START + 60 * MINUTE, tariff(element(energy("1"))), BERLIN)
    assert [each.dimensions[-1].type for each in periods] == [DimensionType.time, DimensionType.parking_time]


def test_a_reading_on_a_boundary_keeps_the_boundary() -> None:
    """A reading at the very second of a time-of-day limit does not hide that limit."""
    model = tariff(element(energy("1"), when=Restrictions(end_time=time(12, 30))), element(energy("2")))
    assert (
        running_cost(
            [reading(0, "0"), reading(30, "5"), reading(60, "10")], model, BERLIN, START + 60 * MINUTE
        ).excl_vat
        == 15
    )


def test_a_reading_on_a_limit_of_energy_keeps_the_limit() -> None:
    """A reading at the very kWh of a limit does not hide that limit."""
    model = tariff(element(energy("1"), when=Restrictions(max_kwh=D(5))), element(energy("2")))
    readings = [reading(0, "0"), reading(30, "5"), reading(60, "10")]
    assert running_cost(readings, model, BERLIN, START + 60 * MINUTE).excl_vat == 15


def test_energy_that_flowed_makes_it_charging_time() -> None:
    """A stretch in which the meter moved is charging, also when its first reading still said otherwise."""
    readings = [reading(0, "0", charging=False), reading(30, "5", charging=False)]
    found = running_cost(readings, tariff(element(charging("2"))), BERLIN, START + 60 * MINUTE)
    assert found.excl_vat == 1


@pytest.mark.parametrize(
    ("parking_means", "kind"), [("not_charging", "parking_time"), ("not_requesting_power", "time")]
)
def test_a_pause_of_the_charger_is_read_as_the_partner_means_it(parking_means: str, kind: str) -> None:
    """While the charger gives nothing to a car that asks, time is parking or charging by what PARKING_TIME means."""
    paused = [Reading(START, D(0), charging=False, paused_by_charger=True)]
    periods = cut_into_periods(
        paused, START + 60 * MINUTE, tariff(element(charging("1"))), BERLIN, ParkingReading(parking_means)
    )
    assert [each.type.value for each in periods[0].dimensions] == [kind]
    full = cut_into_periods(
        [Reading(START, D(0), charging=False)], START + 60 * MINUTE, tariff(), BERLIN, ParkingReading(parking_means)
    )
    assert [each.type.value for each in full[0].dimensions] == ["parking_time"]


def test_a_session_that_just_began_costs_its_fee() -> None:
    """At the very second of the start there is a price already, and no refusal."""
    assert running_cost([reading(0, "0")], tariff(element(energy("1"))), BERLIN, START).excl_vat == 0


@pytest.mark.parametrize(
    ("readings", "reason"),
    [
        ([], "readings_missing"),
        ([reading(5, "1"), reading(0, "2")], "readings_not_ascending"),
        ([reading(0, "2"), reading(5, "1")], "energy_decreasing"),
        ([reading(90, "2")], "ended_before_last_reading"),
        ([reading(60, "0"), reading(60, "9")], "energy_in_no_time"),
        ([Reading(START.replace(tzinfo=None), D(0), charging=True)], "time_without_zone"),
    ],
)
def test_contradicting_readings_are_refused(readings: list[Reading], reason: str) -> None:
    """A meter that runs backwards, or time that does, is refused with a reason."""
    with pytest.raises(PricingRefused, match=reason):
        cut_into_periods(readings, START + 60 * MINUTE, tariff(element(energy("1"))), BERLIN)


def test_a_wrong_year_is_refused_before_walking_its_days() -> None:
    """A start at the epoch, as some partners send for unknown, is refused instead of cutting half a century."""
    beginning = Reading(datetime(1970, 1, 1, tzinfo=UTC), D(0), charging=True)
    with pytest.raises(PricingRefused, match="session_too_long"):
        cut_into_periods([beginning], START, tariff(element(energy("1"))), BERLIN)
