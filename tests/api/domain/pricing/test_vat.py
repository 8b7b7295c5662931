"""Tax rates by country and day."""

from datetime import date
from decimal import Decimal

import pytest

from api.domain.pricing.vat import KNOWN_FROM, vat_percent

# Country, the first day of a new rate, the rate before that day and from it on.
CHANGES = [
    ("DEU", date(2020, 7, 1), "19", "16"),
    ("DEU", date(2021, 1, 1), "16", "19"),
    ("IRL", date(2021, 3, 1), "21", "23"),
    ("CHE", date(2024, 1, 1), "7.7", "8.1"),
    ("EST", date(2024, 1, 1), "20", "22"),
    ("EST", date(2025, 7, 1), "22", "24"),
    ("FIN", date(2024, 9, 1), "24", "25.5"),
    ("LUX", date(2024, 1, 1), "16", "17"),
    ("ROU", date(2025, 8, 1), "19", "21"),
    ("SVK", date(2025, 1, 1), "20", "23"),
]


@pytest.mark.parametrize(("country", "day", "before", "from_then"), CHANGES)
def test_a_rate_changes_with_its_day(country: str, day: date, before: str, from_then: str) -> None:
    """The last day of the old rate and the first of the new one."""
    assert vat_percent(country, date.fromordinal(day.toordinal() - 1), {}) == Decimal(before)
    assert vat_percent(country, day, {}) == Decimal(from_then)


def test_every_country_of_the_union_and_its_neighbors_has_a_rate() -> None:
    """A driver in any of them is shown a price with tax, also where the partner leaves it open."""
    union = (
        "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE"
    )
    for country in [*union.split(), "CHE", "GBR", "ISL", "LIE", "NOR"]:
        rate = vat_percent(country, date(2026, 3, 2), {})
        assert rate is not None, country
        assert 8 < rate <= 27


def test_what_is_not_known_is_not_zero() -> None:
    """Neither a country that is not in the table, nor a day before it begins, nor a code of two letters."""
    assert vat_percent("USA", date(2026, 3, 2), {}) is None
    assert vat_percent("DE", date(2026, 3, 2), {}) is None
    assert vat_percent("", date(2026, 3, 2), {}) is None
    assert vat_percent("DEU", date.fromordinal(KNOWN_FROM.toordinal() - 1), {}) is None


def test_the_installation_knows_better() -> None:
    """Its rate counts on every day, in countries that we know and in those that we do not; zero is a rate."""
    own = {"DEU": Decimal(0), "USA": Decimal("8.875")}
    assert vat_percent("deu", date(2026, 3, 2), own) == 0
    assert vat_percent("USA", date(1999, 1, 1), own) == Decimal("8.875")
    assert vat_percent("FRA", date(2026, 3, 2), own) == 20
