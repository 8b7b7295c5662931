"""What the driver pays for a partner's cost: tax, markup and fee."""

from datetime import timedelta
from decimal import Decimal

import pytest

from api.domain.money import CurrencyMismatch, Money
from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.price import price
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.tariff import Tariff, TaxIncluded
from tests.api.domain.pricing.make import BERLIN, START, element, energy, flat, period, tariff

D = Decimal
EUR = "EUR"


def cost(model: Tariff, **volumes: str) -> CostBreakdown:
    """Price one period of an hour."""
    return price([period(START, None, **volumes)], model, time_zone=BERLIN, ended_at=START + timedelta(hours=1))


def test_partner_price_with_tax_is_passed_through() -> None:
    """By default the driver pays what the partner bills, with the partner's own tax, even where ours differs."""
    found = driver_price(
        cost(tariff(element(flat("1", vat="10"), energy("0.5"))), energy="3"), RetailRule(vat_percent=D(19))
    )
    assert (found.net, found.vat, found.total) == (Money(250, EUR), Money(40, EUR), Money(290, EUR))
    assert [(each.vat_percent, each.tax.minor) for each in found.tax_lines] == [(D(10), 10), (D(20), 30)]
    assert found.partner_cost_net == D("2.5")


def test_our_rate_applies_where_the_partner_states_none() -> None:
    """The location's rate is put on a net price without tax, and taken out of a price that contains it."""
    rule = RetailRule(vat_percent=D(19))
    on_top = driver_price(cost(tariff(element(energy("0.5", vat=None))), energy="10"), rule)
    assert (on_top.net, on_top.total) == (Money(500, EUR), Money(595, EUR))
    inside = driver_price(cost(tariff(element(energy("0.595", vat=None)), tax=TaxIncluded.yes), energy="10"), rule)
    assert (inside.net, inside.total) == (Money(500, EUR), Money(595, EUR))


def test_tax_nobody_knows_stays_unknown() -> None:
    """Without any rate the driver pays the stated amount and no tax is shown, not a tax of zero."""
    found = driver_price(cost(tariff(element(energy("0.5", vat=None))), energy="10"), RetailRule())
    assert (found.total, found.vat, found.tax_lines) == (Money(500, EUR), None, ())


def test_markup_and_fee() -> None:
    """Ten percent on the partner's 6.00 gross is 6.60; our fee of 0.60 has its tax inside."""
    rule = RetailRule(D(10), Money(60, EUR), vat_percent=D(20))
    found = driver_price(cost(tariff(element(energy("0.5"))), energy="10"), rule)
    assert (found.net, found.vat, found.total) == (Money(600, EUR), Money(120, EUR), Money(720, EUR))
    assert [line.kind for line in found.lines] == ["energy", "session_fee"]


def test_fee_in_another_currency_is_refused() -> None:
    """A fee is never converted in passing."""
    with pytest.raises(CurrencyMismatch):
        driver_price(cost(tariff(element(energy("1"))), energy="1"), RetailRule(session_fee=Money(1, "CHF")))
