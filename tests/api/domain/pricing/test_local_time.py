"""When the clock at a charger reaches what a tariff speaks of."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.pricing.local_time import clock_instants, clock_instants_from, zone_of
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import Restrictions
from tests.api.domain.pricing.make import BERLIN, START, element, energy, tariff

NIGHT = tariff(element(energy("1"), when=Restrictions(start_time=time(22), end_time=time(6))))
HOUR = timedelta(hours=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = [BERLIN, "America/New_York", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia"]


def test_midnight_and_the_bounds_of_each_day() -> None:
    """Two days in Berlin, in summer two hours ahead of UTC: midnight for dates and days, and the tariff's own times."""
    found = clock_instants(NIGHT, zone_of(BERLIN), START, START + 36 * HOUR)
    assert [at - START for at in found] == [each * HOUR for each in (10, 12, 18, 34)]


@pytest.mark.parametrize("microseconds", [1, 250_000, 500_000, 999_999])
def test_a_moment_after_the_clocks_change(microseconds: int) -> None:
    """A session looked at within the very second of a change of clocks is answered, like at any other."""
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    now = change + timedelta(microseconds=microseconds)
    assert change in clock_instants(NIGHT, zone_of(BERLIN), change - 3 * HOUR, now)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda later: NEW_YEAR + later),
    st.lists(st.timedeltas(timedelta(0), timedelta(hours=30)), min_size=1, max_size=5),
)
def test_parts_have_the_instants_of_the_whole(zone: str, start: datetime, parts: list[timedelta]) -> None:
    """What lies between two moments does not depend on where one looks from, in whatever zone and night."""
    marks = [start]
    for part in parts:
        marks.append(marks[-1] + part)
    found = [at for first, end in pairwise(marks) for at in clock_instants_from(NIGHT, zone_of(zone), first, end)]
    assert found == clock_instants_from(NIGHT, zone_of(zone), start, marks[-1])
    assert found == sorted(set(found))


def test_more_than_a_year_is_refused() -> None:
    """A wrong year is told instead of walking through its days."""
    with pytest.raises(PricingRefused, match="session_too_long"):
        clock_instants(NIGHT, zone_of(BERLIN), START, START + timedelta(days=367))
