"""What one unit costs the driver: markup and tax in it, as far as they are known."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.money import Money
from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.price import price
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.tariff import DimensionType, PriceComponent, TaxIncluded
from api.domain.pricing.unit_price import (
    UnitPrice,
    minute_fee_price,
    minute_of,
    session_fee_price,
    unit_price,
)
from tests.api.domain.pricing.make import BERLIN, START, element, energy, flat, parking, tariff
from tests.api.domain.pricing.test_properties import prices, rates

D = Decimal
Make = Callable[..., PriceComponent]
OURS = RetailRule(D(10), Money(119, "EUR"), D("0.0238"), 30, D(19))


@pytest.mark.parametrize(
    ("vat", "included", "ours", "expected"),
    [
        ("20", TaxIncluded.no, "19", UnitPrice(D("0.5"), D(20), D("0.6"))),
        (None, TaxIncluded.no, "20", UnitPrice(D("0.5"), D(20), D("0.6"))),
        (None, TaxIncluded.no, None, UnitPrice(D("0.5"), None, None)),
        (None, TaxIncluded.yes, "25", UnitPrice(D("0.4"), D(25), D("0.5"))),
        (None, TaxIncluded.yes, None, UnitPrice(None, None, D("0.5"))),
        (None, TaxIncluded.not_applicable, "19", UnitPrice(D("0.5"), None, D("0.5"))),
    ],
)
def test_a_unit_has_the_tax_that_is_known(
    vat: str | None, included: TaxIncluded, ours: str | None, expected: UnitPrice
) -> None:
    """The partner's rate, else the location's; a tax that nobody knows leaves net or gross unknown, never both."""
    retail = RetailRule(vat_percent=None if ours is None else D(ours))
    assert unit_price(tariff(tax=included), energy("0.5", vat=vat), retail) == expected


def test_our_fees_are_no_part_of_the_operators_units() -> None:
    """The markup is in a kWh, the fees are units of their own."""
    assert unit_price(tariff(), energy("0.5"), OURS) == UnitPrice(D("0.55"), D(20), D("0.66"))
    assert session_fee_price("EUR", OURS) == UnitPrice(D(1), D(19), D("1.19"))
    assert minute_fee_price("EUR", OURS) == UnitPrice(D("0.02"), D(19), D("0.0238"))
    assert (session_fee_price("EUR", RetailRule()), minute_fee_price("EUR", RetailRule())) == (None, None)


def test_the_tax_in_a_fee_may_be_unknown() -> None:
    """Of our fees the driver sees the amount, whatever tax is in it."""
    assert session_fee_price("EUR", RetailRule(session_fee=Money(50, "EUR"))) == UnitPrice(None, None, D("0.5"))


def test_the_price_of_a_minute_is_rounded_for_showing_only() -> None:
    """Whole sixtieths are exact, others end at the millionth; unknown stays unknown."""
    assert minute_of(D("4.8")) == D("0.08")
    assert minute_of(D(5)) == D("0.083333")
    assert UnitPrice(D(6), None, None).per_minute() == UnitPrice(D("0.1"), None, None)
    assert UnitPrice(None, D(20), D(6)).times(2) == UnitPrice(None, D(20), D(12))


@given(
    prices, rates, rates, st.sampled_from(TaxIncluded), st.integers(-20, 40), st.sampled_from([energy, parking, flat])
)
def test_one_unit_sold_costs_the_price_of_a_unit(
    amount: Decimal, vat: Decimal | None, ours: Decimal | None, included: TaxIncluded, markup: int, kind: Make
) -> None:
    """What the list says of a kWh, an hour or a session is what the engine and the retail rules bill for one."""
    component = kind(str(amount), vat=None if vat is None else str(vat))
    model = tariff(element(component), tax=included)
    retail = RetailRule(D(markup), vat_percent=ours)
    volumes = (Dimension(DimensionType.energy, D(1)), Dimension(DimensionType.parking_time, D(1)))
    ended_at = START.replace(hour=START.hour + 1)
    cost = price([ChargingPeriod(START, volumes)], model, time_zone=BERLIN, ended_at=ended_at)
    sold = driver_price(cost, retail)
    found = unit_price(model, component, retail)
    assert found.known == sold.gross_exact
    assert (found.net is None or found.gross is None) is (sold.vat is None)
