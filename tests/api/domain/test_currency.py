"""The currency of a country, for chargers without a published price."""

import pytest

from api.domain.currency import currency_of
from api.domain.money import exponent
from api.domain.pricing.hold_rule import standard_hold

EUROPE = [
    "ALB", "AUT", "BEL", "BGR", "BIH", "CHE", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA",
    "GBR", "GRC", "HRV", "HUN", "IRL", "ISL", "ITA", "LIE", "LTU", "LUX", "LVA", "MCO", "MKD", "MLT",
    "MNE", "NLD", "NOR", "POL", "PRT", "ROU", "SRB", "SVK", "SVN", "SWE", "TUR", "UKR",
]  # fmt: skip


@pytest.mark.parametrize(
    ("country", "currency"),
    [("DEU", "EUR"), ("che", "CHF"), ("LIE", "CHF"), ("GBR", "GBP"), ("HRV", "EUR"), ("BGR", "EUR"), ("XXX", "EUR")],
)
def test_a_country_has_its_currency(country: str, currency: str) -> None:
    """The euro is only for countries that pay in it, and for those nobody knows; case does not matter."""
    assert currency_of(country) == currency


@pytest.mark.parametrize("country", EUROPE)
def test_something_can_be_held_in_every_country_of_europe(country: str) -> None:
    """A charger without a price is quoted with a hold, so its currency needs one."""
    currency = currency_of(country)
    assert exponent(currency) in {0, 2, 3}
    assert standard_hold(currency)
