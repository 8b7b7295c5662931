"""Bills and charging periods against sums worked out by hand."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.cpo.bill import Bill, price
from sandbox.cpo.periods import Course, Slice, cut

Json = dict[str, Any]

BERLIN = ZoneInfo("Europe/Berlin")


def at(clock: str, day: int = 2) -> int:
    """Unix seconds of a wall time in Berlin in March 2026; the 2nd is a Monday, the 29th has 23 hours."""
    return int(datetime.fromisoformat(f"2026-03-{day:02d}T{clock}").replace(tzinfo=BERLIN).timestamp())


def part(kind: str, amount: float, step: int = 1, **more: Any) -> Json:
    """One price component."""
    return {"type": kind, "price": amount, "step_size": step} | more


def tariff(*elements: Json, **more: Any) -> Json:
    """A tariff in euro."""
    return {"id": "t", "currency": "EUR", "elements": list(elements)} | more


def element(*components: Json, **restrictions: Any) -> Json:
    """One element; restrictions only where there are some."""
    found: Json = {"price_components": list(components)}
    return found | {"restrictions": restrictions} if restrictions else found


def stay(kwh: str, start: int, charging_s: int, parked_s: int, of: Json) -> tuple[list[Slice], Bill]:
    """Slices and bill of a stay."""
    course = Course(start, Decimal(kwh), charging_s, start + charging_s)
    slices = cut(course, of, BERLIN, start, start + charging_s + parked_s)
    return slices, price(slices, of, BERLIN)


def shape(slices: list[Slice]) -> list[tuple[int, str, bool]]:
    """Seconds, energy and parking of each slice."""
    return [(s.seconds, format(s.kwh.normalize(), "f"), s.parking) for s in slices]


def test_energy_flat_and_parking_with_vat() -> None:
    """0.50 + 20 kWh at 0.25 + 40 min at 3.00: 7.50 before VAT; 10 % on energy and 20 % on the rest: 8.50."""
    of = tariff(
        element(part("FLAT", 0.50, vat=20), part("ENERGY", 0.25, vat=10), part("PARKING_TIME", 3, vat=20)),
    )
    slices, bill = stay("20", at("10:00"), 3600, 2400, of)
    assert shape(slices) == [(3600, "20", False), (2400, "0", True)]
    assert (bill.total.excl_vat, bill.total.incl_vat) == (Decimal("7.5"), Decimal("8.5"))
    assert (bill.fixed.excl_vat, bill.energy.excl_vat, bill.parking.excl_vat) == (
        Decimal("0.5"),
        Decimal(5),
        Decimal(2),
    )


def test_without_vat_the_gross_total_is_unknown() -> None:
    """A tariff that says nothing about VAT yields no total including it."""
    _, bill = stay("10", at("10:00"), 3600, 0, tariff(element(part("ENERGY", 0.45))))
    assert (bill.total.excl_vat, bill.total.incl_vat) == (Decimal("4.5"), None)


def test_a_price_that_turns_at_five_cuts_the_session_there() -> None:
    """One hour and 6 kWh from 16:30: half before 17:00 at 0.20, half after at 0.40, together 1.80."""
    of = tariff(
        element(part("ENERGY", 0.20), end_time="17:00", start_time="07:00"),
        element(part("ENERGY", 0.40)),
    )
    slices, bill = stay("6", at("16:30"), 3600, 0, of)
    assert shape(slices) == [(1800, "3", False), (1800, "3", False)]
    assert slices[1].start == at("17:00")
    assert bill.total.excl_vat == Decimal("1.8")


def test_a_night_price_wraps_around_midnight() -> None:
    """22:00 to 06:00 is one price: a stay from 21:00 to 07:00 has three periods, 1 + 8 + 1 hours."""
    of = tariff(element(part("TIME", 1), start_time="22:00", end_time="06:00"), element(part("TIME", 2)))
    slices, bill = stay("10", at("21:00"), 36_000, 0, of)
    assert [s.seconds for s in slices] == [3600, 28_800, 3600]
    assert bill.total.excl_vat == 2 + 8 + 2


def test_a_day_of_the_week_turns_at_local_midnight() -> None:
    """Sunday is free, Monday costs 1.00 an hour: from Sunday 23:00 to Monday 01:00 that is 1.00."""
    of = tariff(element(part("TIME", 0), day_of_week=["SUNDAY"]), element(part("TIME", 1)))
    slices, bill = stay("2", at("23:00", 1), 7200, 0, of)
    assert [s.start for s in slices] == [at("23:00", 1), at("00:00", 2)]
    assert bill.total.excl_vat == 1


def test_the_night_of_the_time_change_is_an_hour_shorter() -> None:
    """On 29 March the clock jumps from 02:00 to 03:00: from 01:00 to 04:00 are two hours, one before the jump."""
    of = tariff(element(part("TIME", 1), start_time="00:00", end_time="03:00"), element(part("TIME", 10)))
    slices, bill = stay("2", at("01:00", 29), 7200, 0, of)
    assert [s.seconds for s in slices] == [3600, 3600]
    assert bill.total.excl_vat == 11


def test_times_with_seconds_and_restrictions_in_a_list_are_read() -> None:
    """As a real operator writes it: a list of one restriction, times with seconds; an empty list is no restriction."""
    day = element(part("TIME", 6, 60)) | {"restrictions": [{"start_time": "08:00:00", "end_time": "19:59:59"}]}
    night = element(part("TIME", 0, 60)) | {"restrictions": []}
    slices, bill = stay("5", at("19:00"), 7200, 0, tariff(day, night))
    assert [s.seconds for s in slices] == [3599, 3601]
    assert bill.total.excl_vat == Decimal("5.9983")  # 3599 s at 6.00 an hour


def test_duration_counts_from_the_start_of_the_session() -> None:
    """Parking is free until the session is four hours old, then 3.00 an hour."""
    of = tariff(element(part("PARKING_TIME", 3), min_duration=14_400))
    slices, bill = stay("10", at("10:00"), 3600, 18_000, of)
    assert shape(slices) == [(3600, "10", False), (10_800, "0", True), (7200, "0", True)]
    assert bill.parking.excl_vat == 6


def test_max_duration_ends_a_free_start() -> None:
    """Free for the first 30 minutes: of 8 kWh in 40 minutes, 2 kWh cost 0.25 each."""
    of = tariff(element(part("ENERGY", 0), max_duration=1800), element(part("ENERGY", 0.25)))
    slices, bill = stay("8", at("10:00"), 2400, 0, of)
    assert shape(slices) == [(1800, "6", False), (600, "2", False)]
    assert bill.total.excl_vat == Decimal("0.5")


def test_energy_bounds_cut_at_the_very_watt_hour() -> None:
    """The first 10 kWh at 0.30, the rest at 0.50: 17.4 kWh are 3.00 + 3.70, although 10 kWh fall between seconds."""
    of = tariff(element(part("ENERGY", 0.30), max_kwh=10), element(part("ENERGY", 0.50), min_kwh=10))
    slices, bill = stay("17.4", at("10:00"), 4801, 0, of)
    assert [format(s.kwh.normalize(), "f") for s in slices] == ["10", "7.4"]
    assert bill.total.excl_vat == Decimal("6.7")


def test_a_boundary_that_changes_nothing_does_not_cut() -> None:
    """An element for parking only does not split the charging period that runs across its time of day."""
    of = tariff(
        element(part("ENERGY", 0.30)),
        element(part("PARKING_TIME", 1), start_time="09:00", end_time="12:00"),
    )
    slices, _ = stay("10", at("10:00"), 3600, 0, of)
    assert len(slices) == 1


def test_the_first_matching_element_wins_for_each_dimension() -> None:
    """An early element without restrictions hides a later dearer one for its own dimension only."""
    of = tariff(
        element(part("TIME", 0)),
        element(part("TIME", 5), part("ENERGY", 0.1), min_duration=60),
        element(part("ENERGY", 1)),
    )
    _, bill = stay("10", at("10:00"), 600, 0, of)
    assert bill.time.excl_vat == 0
    assert bill.energy.excl_vat == Decimal("1.9")  # 1 kWh in the first minute at 1.00, 9 kWh at 0.10


@pytest.mark.parametrize(("kwh", "cost"), [("0.1152", "0.125"), ("0.5", "0.125"), ("0.501", "0.25")])
def test_energy_is_rounded_up_to_the_step(kwh: str, cost: str) -> None:
    """With steps of 500 Wh at 0.25, everything up to 500 Wh costs 0.125."""
    _, bill = stay(kwh, at("10:00"), 3600, 0, tariff(element(part("ENERGY", 0.25, 500))))
    assert bill.total.excl_vat == Decimal(cost)


def test_the_step_rounds_the_session_total_at_the_last_price() -> None:
    """4.3 kWh at 0.20 and 1.1 kWh at 0.27, steps of 500 Wh: 5.5 kWh in all, 1.2 of them at 0.27, is 1.184."""
    of = tariff(element(part("ENERGY", 0.20, 500), max_kwh=4.3), element(part("ENERGY", 0.27, 500)))
    _, bill = stay("5.4", at("10:00"), 5400, 0, of)
    assert bill.total.excl_vat == Decimal("1.184")


def test_only_parking_is_stepped_when_both_times_are_priced() -> None:
    """21 min at 1.00 and 16 min parked at 2.00, steps of 10 min: 0.35 + 20 min at 2.00 = 1.0167."""
    of = tariff(element(part("TIME", 1, 600), part("PARKING_TIME", 2, 600)))
    _, bill = stay("5", at("10:00"), 1260, 960, of)
    assert (bill.time.excl_vat, bill.parking.excl_vat) == (Decimal("0.35"), Decimal("0.6667"))
    assert bill.total.excl_vat == Decimal("1.0167")


def test_charging_time_is_stepped_when_parking_has_no_price() -> None:
    """21 min at 1.00 with steps of 10 min and unpriced parking: 30 min, 0.50."""
    _, bill = stay("5", at("10:00"), 1260, 960, tariff(element(part("TIME", 1, 600))))
    assert bill.total.excl_vat == Decimal("0.5")


def test_a_step_of_nothing_does_not_round() -> None:
    """step_size 0 bills what was used."""
    _, bill = stay("1.2345", at("10:00"), 3600, 0, tariff(element(part("ENERGY", 1, 0))))
    assert bill.total.excl_vat == Decimal("1.2345")


def test_least_and_most_bind_before_and_after_vat_apart() -> None:
    """2 kWh cost 1.00 and 1.19; at least 1.50 net binds, at most 1.10 gross binds too."""
    of = tariff(
        element(part("ENERGY", 0.5, vat=19)), min_price={"excl_vat": 1.5}, max_price={"excl_vat": 9, "incl_vat": 1.1}
    )
    _, bill = stay("2", at("10:00"), 3600, 0, of)
    assert (bill.total.excl_vat, bill.total.incl_vat) == (Decimal("1.5"), Decimal("1.1"))


def test_elements_for_reservations_price_no_charging() -> None:
    """A reservation element comes first in the list and is passed over."""
    of = tariff(element(part("TIME", 9), reservation="RESERVATION"), element(part("TIME", 1)))
    _, bill = stay("1", at("10:00"), 3600, 0, of)
    assert bill.total.excl_vat == 1


def test_dates_open_and_close_an_element() -> None:
    """An element for 2 March alone prices that day, from its midnight to the next, local time."""
    of = tariff(element(part("TIME", 1), start_date="2026-03-02", end_date="2026-03-03"))
    slices, bill = stay("3", at("23:00", 1), 26 * 3600, 0, of)
    assert [s.seconds for s in slices] == [3600, 86_400, 3600]
    assert bill.total.excl_vat == 24


def test_a_session_of_no_length_still_pays_the_start_fee() -> None:
    """Plugged and unplugged in the same second: one empty period, the flat fee, nothing else."""
    of = tariff(element(part("FLAT", 0.5), part("ENERGY", 1), part("TIME", 1, 60)))
    course = Course(at("10:00"), Decimal(5), 3600, at("10:00"))
    slices = cut(course, of, BERLIN, course.start, course.start)
    assert shape(slices) == [(0, "0", False)]
    assert price(slices, of, BERLIN).total.excl_vat == Decimal("0.5")


def test_without_a_tariff_everything_is_free() -> None:
    """No tariff, no cost, and one period each for charging and parking."""
    course = Course(at("10:00"), Decimal(5), 3600, at("11:00"))
    slices = cut(course, None, BERLIN, course.start, at("12:00"))
    assert [s.parking for s in slices] == [False, True]
    assert price(slices, None, BERLIN).total.excl_vat == 0
