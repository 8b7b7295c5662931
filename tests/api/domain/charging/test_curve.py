"""The curve: both ends kept, no more points than asked for, and the area under it is the energy."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from api.domain.charging.curve import curve_of
from api.domain.pricing.periods import Reading

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(minutes: int, kwh: str, *, charging: bool = True) -> Reading:
    """Return a reading some minutes after the start."""
    return Reading(BEGAN + timedelta(minutes=minutes), Decimal(kwh), charging)


def test_power_is_energy_over_time() -> None:
    """1.8 kWh in ten minutes are 10.8 kW; a pause is none, and the first point has no power yet."""
    curve = curve_of([at(10, "1.8"), at(0, "0"), at(20, "1.8", charging=False)], 10)
    assert [(each.energy_wh, each.power_w, each.flowing) for each in curve] == [
        (0, None, True),
        (1800, 10800, True),
        (1800, 0, False),
    ]


@given(
    steps=st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5000)), min_size=1, max_size=300),
    budget=st.integers(3, 50),
)
def test_a_thinned_curve_keeps_its_ends_and_its_energy(steps: list[tuple[int, int]], budget: int) -> None:
    """Whatever was read: at most so many points, in order, from the first to the newest, and nothing is added."""
    readings, minutes, watt_hours = [at(0, "0")], 0, 0
    for passed, more in steps:
        minutes, watt_hours = minutes + passed, watt_hours + more
        readings.append(at(minutes, str(Decimal(watt_hours) / 1000)))
    curve = curve_of(readings, budget)
    assert len(curve) <= budget
    assert (curve[0].at, curve[-1].at) == (readings[0].at, readings[-1].at)
    assert curve[-1].energy_wh == watt_hours
    assert [each.at for each in curve] == sorted({each.at for each in curve})
    hours = [(b.at - a.at) / timedelta(hours=1) for a, b in pairwise(curve)]
    area = sum(hour * (point.power_w or 0) for hour, point in zip(hours, curve[1:], strict=True))
    assert abs(area - watt_hours) <= sum(hours) * 0.5 + 1e-6
