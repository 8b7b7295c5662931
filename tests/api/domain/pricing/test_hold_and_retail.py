"""The driver's side: what is held before a charge and what is paid after it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from api.domain.money import CurrencyMismatch, Money
from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.hold import HoldRule, HoldSizing, hold_amount
from api.domain.pricing.price import price
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.tariff import PriceLimit, Tariff, TaxIncluded
from tests.api.domain.pricing.make import BERLIN, START, charging, element, energy, flat, parking, period, tariff

D = Decimal
EUR = "EUR"


def hold(
    model: Tariff | None,
    kwh: str | None,
    *,
    rule: HoldRule = HoldRule(EUR),  # noqa: B008  # frozen, so sharing it is safe
    idle: int = 0,
    cap: int | None = None,
    retail: RetailRule | None = None,
    seconds: int | None = None,
) -> HoldSizing:
    """Size a hold for a charge that starts at noon in Berlin."""
    return hold_amount(
        rule=rule,
        tariff=model,
        energy_cap_kwh=None if kwh is None else D(kwh),
        idle_allowance_seconds=idle,
        time_zone=BERLIN,
        starts_at=START,
        driver_cap=None if cap is None else Money(cap, EUR),
        charging_seconds=seconds,
        retail=retail,
    )


def cost(model: Tariff, **volumes: str) -> CostBreakdown:
    """Price one period of an hour."""
    return price([period(START, None, **volumes)], model, time_zone=BERLIN, ended_at=START + timedelta(hours=1))


def test_the_rule_decides_without_an_estimate() -> None:
    """Fifty of the currency, another amount where the charger's rule says so, and the same without a known price."""
    model = tariff(element(energy("0.5")))
    assert hold(model, None) == HoldSizing(Money(5000, EUR), "rule")
    assert hold(model, None, rule=HoldRule(EUR, default_minor=8000)).amount == Money(8000, EUR)
    assert hold(None, "40") == HoldSizing(Money(5000, EUR), "price_unknown")


def test_the_estimate_adds_fee_energy_time_and_idling() -> None:
    """1.20 fee + 20 kWh x 0.60 + 2 h x 1.20 + half an hour parked x 6.00, all with 20 % tax."""
    model = tariff(element(flat("1"), energy("0.5"), charging("1"), parking("5")))
    sizing = hold(model, "20", idle=1800, seconds=7200)
    assert sizing.amount == Money(120 + 1200 + 240 + 300, EUR)
    assert sizing.reason == "estimate"
    assert [part.kind for part in sizing.components] == ["flat", "energy", "time", "parking_time"]


def test_a_hold_rounds_up() -> None:
    """10.001 kWh x 0.333 x 1.2 is 3.9963996: one cent more than cut off, or the capture would not fit."""
    assert hold(tariff(element(energy("0.333", step=0))), "10.001").amount == Money(400, EUR)


def test_maximum_price_bounds_the_estimate() -> None:
    """A charge that cannot cost more than 12 gross needs no bigger hold."""
    model = tariff(element(energy("1")), most=PriceLimit(D(10), D(12)))
    assert hold(model, "80").amount == Money(1200, EUR)


def test_minimum_then_driver_cap() -> None:
    """The rule's minimum lifts a small estimate; the driver's own cap wins over everything."""
    model = tariff(element(energy("0.5")))
    small = hold(model, "5", rule=HoldRule(EUR, min_minor=1000))
    assert (small.amount, small.reason) == (Money(1000, EUR), "minimum")
    capped = hold(model, "80", cap=2000, rule=HoldRule(EUR, min_minor=3000))
    assert (capped.amount, capped.reason) == (Money(2000, EUR), "driver_cap")
    assert hold(model, None, cap=9000).amount == Money(5000, EUR)


def test_unknown_tax_does_not_shrink_the_hold() -> None:
    """When nobody knows the tax the net estimate is no bound, so the default stays unless the net is above it."""
    model = tariff(element(energy("0.5", vat=None)))
    assert hold(model, "20").amount == Money(5000, EUR)
    assert hold(model, "200").amount == Money(10000, EUR)
    assert hold(model, "20", retail=RetailRule(vat_percent=D(19))).amount == Money(1190, EUR)


def test_hold_in_another_currency_is_refused() -> None:
    """Rule, tariff and cap speak of one currency."""
    with pytest.raises(CurrencyMismatch):
        hold(tariff(element(energy("1")), currency="CHF"), "20")


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
