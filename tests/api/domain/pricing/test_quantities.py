"""Energy and durations: exact where they can be, one named rounding where they cannot."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.quantities import hours, hours_to_seconds, kwh_to_wh, seconds, wh_to_kwh

D = Decimal


@pytest.mark.parametrize(
    ("kwh", "wh"), [("0", 0), ("1.2344", 1234), ("1.2345", 1235), ("20.4503", 20450), ("41", 41000)]
)
def test_kwh_become_whole_wh_half_up(kwh: str, wh: int) -> None:
    """A meter counts in Wh; what is finer is noise and rounds half up."""
    assert kwh_to_wh(D(kwh)) == wh


@settings(max_examples=50)
@given(st.integers(0, 10**7), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_round_trips_are_exact(wh: int, duration: timedelta) -> None:
    """Wh survive the way to kWh and back, and a duration the way to decimal hours, to the microsecond."""
    assert kwh_to_wh(wh_to_kwh(wh)) == wh
    assert hours_to_seconds(hours(duration)) == seconds(duration)


def test_a_third_of_an_hour_is_twenty_minutes() -> None:
    """Ten decimals of an hour give back the seconds that were meant; four decimals are taken as stated."""
    assert hours_to_seconds(D("0.3333333333")) == 1200
    assert hours_to_seconds(D("0.3333")) == D("1199.88")
