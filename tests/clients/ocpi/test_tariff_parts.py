"""Tests of ``clients.ocpi.tariff_parts``: restrictions that come as a list."""

from datetime import date, time
from decimal import Decimal

import pytest

from api.domain.pricing.tariff import Restrictions
from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.samples import a_tariff

DIALECT = dialect_for("2.2.1")


def _merged(*restrictions: dict[str, object]) -> Restrictions | None:
    component = {"type": "TIME", "price": 1, "step_size": 60}
    element = {"price_components": [component], "restrictions": list(restrictions)}
    return DIALECT.read_tariff(a_tariff(elements=[element])).elements[0].restrictions


def test_restrictions_in_a_list_of_one_are_that_one() -> None:
    """The Ludwigsburg feed wraps restrictions in a list and writes seconds."""
    assert _merged({"start_time": "08:00:00", "end_time": "19:59:59", "min_duration": 14460}) == Restrictions(
        start_time=time(8), end_time=time(19, 59, 59), min_duration_seconds=14460
    )


def test_several_restrictions_must_all_hold() -> None:
    """The higher minimum, the lower maximum, the later start, the earlier end and the common days remain."""
    merged = _merged(
        {"min_kwh": 1, "max_kwh": 30, "start_date": "2025-01-01", "end_date": "2025-12-31", "start_time": "08:00"},
        {"min_kwh": 5, "max_kwh": 40, "start_date": "2025-02-01", "end_date": "2026-01-01", "max_power": 11},
        {"day_of_week": ["MONDAY", "SUNDAY"]},
        {"day_of_week": ["SUNDAY", "FRIDAY"]},
    )
    assert merged == Restrictions(
        min_kwh=Decimal(5),
        max_kwh=Decimal(30),
        start_date=date(2025, 2, 1),
        end_date=date(2025, 12, 31),
        start_time=time(8),
        max_power=Decimal(11),
        days_of_week=frozenset({7}),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"start_time": "08:00", "end_time": "12:00"}, {"start_time": "10:00", "end_time": "20:00"}),
        ({"start_time": "08:00"}, {"end_time": "20:00"}),
        ({"day_of_week": ["MONDAY"]}, {"day_of_week": ["FRIDAY"]}),
        ({"reservation": "RESERVATION"}, {"reservation": "RESERVATION_EXPIRES"}),
    ],
)
def test_restrictions_that_do_not_merge_are_reported(one: dict[str, object], other: dict[str, object]) -> None:
    """Windows of time wrap around midnight, so two of them are not merged; contradictions are not guessed at."""
    with pytest.raises(Unreadable, match=r"elements\[0\].restrictions: a list"):
        _merged(one, other)
