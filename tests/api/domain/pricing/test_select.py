"""Restrictions and the first match (2.3.0 chapter 11): bounds, wall clock, and what cannot be judged."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from api.domain.pricing.select import Moment, applies, candidates, choose
from api.domain.pricing.tariff import ComponentType, Restrictions
from tests.api.domain.pricing.make import element, energy, flat, tariff

D = Decimal


def moment(clock: str = "2026-05-04T12:00", *, seconds: int = 0, kwh: str = "0", **flow: Decimal) -> Moment:
    """Return a moment on a Monday at noon, at the start of a session, unless told."""
    return Moment(datetime.fromisoformat(clock), timedelta(seconds=seconds), D(kwh), **flow)  # local wall clock


@pytest.mark.parametrize(
    ("start", "end", "clock", "expected"),
    [
        (time(8), time(20), "08:00", True),
        (time(8), time(20), "19:59", True),
        (time(8), time(20), "20:00", False),
        (time(22), time(6), "23:00", True),
        (time(22), time(6), "05:59", True),
        (time(22), time(6), "06:00", False),
        (time(22), time(6), "12:00", False),
        (time(17), time(0), "23:59", True),
        (time(17), time(0), "00:00", False),
        (time(0), time(0), "13:00", True),
        (time(9), time(9), "03:00", True),
        (time(9), None, "08:59", False),
        (time(9), None, "23:00", True),
        (None, time(9), "08:59", True),
        (None, time(9), "09:00", False),
        (None, time(0), "23:00", True),
    ],
)
def test_time_of_day(start: time | None, end: time | None, clock: str, expected: bool) -> None:
    """The start counts, the end does not; an earlier end wraps, 00:00 ends the day, equal bounds are the whole day."""
    rules = Restrictions(start_time=start, end_time=end)
    assert applies(rules, moment(f"2026-05-04T{clock}")) is expected


@pytest.mark.parametrize(
    ("rules", "at", "expected"),
    [
        (Restrictions(min_kwh=D(20)), moment(kwh="20"), True),
        (Restrictions(min_kwh=D(20)), moment(kwh="19.999"), False),
        (Restrictions(max_kwh=D(20)), moment(kwh="20"), False),
        (Restrictions(max_kwh=D(20)), moment(kwh="19.999"), True),
        (Restrictions(min_duration_seconds=600), moment(seconds=600), True),
        (Restrictions(min_duration_seconds=600), moment(seconds=599), False),
        (Restrictions(max_duration_seconds=600), moment(seconds=600), False),
        (Restrictions(max_duration_seconds=600), moment(seconds=599), True),
        (Restrictions(start_date=date(2026, 5, 4)), moment(), True),
        (Restrictions(start_date=date(2026, 5, 5)), moment(), False),
        (Restrictions(end_date=date(2026, 5, 4)), moment(), False),
        (Restrictions(end_date=date(2026, 5, 5)), moment(), True),
        (Restrictions(days_of_week=frozenset({1})), moment(), True),
        (Restrictions(days_of_week=frozenset({2, 7})), moment(), False),
        (Restrictions(min_kwh=D(1), days_of_week=frozenset({1})), moment(kwh="0"), False),
    ],
)
def test_bounds(rules: Restrictions, at: Moment, expected: bool) -> None:
    """Minimums and start dates include their value, maximums and end dates exclude it; all must match together."""
    assert applies(rules, at) is expected


@pytest.mark.parametrize(
    ("rules", "at", "expected"),
    [
        (Restrictions(max_power=D(22)), moment(max_power=D(11)), True),
        (Restrictions(max_power=D(22)), moment(max_power=D(22)), False),
        (Restrictions(max_power=D(22)), moment(min_power=D(30)), False),
        (Restrictions(max_power=D(22)), moment(min_power=D(5)), None),
        (Restrictions(max_power=D(22)), moment(), None),
        (Restrictions(min_current=D(32)), moment(min_current=D(32)), True),
        (Restrictions(min_current=D(32)), moment(min_current=D(16)), False),
        (Restrictions(min_current=D(32)), moment(max_current=D(16)), False),
        (Restrictions(min_current=D(32)), moment(max_current=D(40)), None),
        (Restrictions(min_current=D(32)), moment(min_current=D(16), max_current=D(40)), None),
        (Restrictions(max_power=D(22)), moment(min_power=D(5), max_power=D(30)), None),
        (Restrictions(min_current=D(32), max_kwh=D(5)), moment(kwh="9"), False),
    ],
)
def test_power_and_current(rules: Restrictions, at: Moment, expected: bool | None) -> None:
    """A flow is judged by its own extreme, else by the other where that settles it; on both sides of it not at all."""
    assert applies(rules, at) is expected


def test_first_match_wins_and_doubt_is_told() -> None:
    """Elements are tried in order for each dimension; one that cannot be judged is passed over and named."""
    model = tariff(
        element(flat("1")),
        element(energy("0.20"), when=Restrictions(max_power=D(22))),
        element(energy("0.50"), when=Restrictions(min_kwh=D(10))),
        element(energy("0.30")),
        element(energy("0.10")),
    )
    choice = choose(candidates(model, ComponentType.energy), moment())
    assert choice.candidate is not None
    assert choice.candidate.element_index == 3
    assert choice.not_evaluable == (1,)


def test_reservation_elements_never_price_charging() -> None:
    """An element with a reservation restriction is a candidate for reserved time only."""
    model = tariff(element(energy("0.20"), when=Restrictions(reservation="reservation")), element(energy("0.30")))
    assert [each.element_index for each in candidates(model, ComponentType.energy)] == [1]
    assert [each.element_index for each in candidates(model, ComponentType.energy, "reservation")] == [0]
