"""How much is held: the estimated charge with a margin, within limits, or a rule where nothing is known."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.money import CurrencyMismatch, Money
from api.domain.pricing.hold import DriverCapTooLow, HoldSizing, size_hold
from api.domain.pricing.hold_rule import HoldRule, hold_rule
from api.domain.pricing.periods import Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.tariff import ComponentType, PriceComponent, PriceLimit, Tariff, TariffElement, TaxIncluded
from api.domain.pricing.vehicle import ChargingPlan, charging_plan
from tests.api.domain.pricing.cars import FAST, HYBRID
from tests.api.domain.pricing.make import BERLIN, START, charging, element, energy, flat, parking, tariff
from tests.api.domain.pricing.test_properties import prices, rates, sessions, tariffs

D = Decimal
EUR = "EUR"
RULE = hold_rule(EUR)
PLAIN = RetailRule()
few: Callable[[Callable[..., None]], Callable[..., None]] = settings(max_examples=40, deadline=None)


def plan_of(kwh: str | Decimal, power: str = "11") -> ChargingPlan:
    """Plan a charge at a post's full power."""
    return charging_plan(None, connector_power_kw=D(power), connector_is_dc=False, energy_kwh=D(kwh))


def hold(
    model: Tariff | None,
    kwh: str | Decimal | None,
    *,
    rule: HoldRule = RULE,
    idle: int = 0,
    cap: int | None = None,
    retail: RetailRule = PLAIN,
    power: str = "11",
) -> HoldSizing:
    """Size a hold for a charge that starts at noon in Berlin."""
    return size_hold(
        rule=rule,
        tariff=model,
        plan=None if kwh is None else plan_of(kwh, power),
        idle_allowance_seconds=idle,
        time_zone=BERLIN,
        starts_at=START,
        retail=retail,
        driver_cap=None if cap is None else Money(cap, rule.currency),
    )


def test_the_rule_decides_without_a_plan_or_a_price() -> None:
    """Fifty euro, another amount where the charger's rule says so, and the same without a known price (CK10)."""
    model = tariff(element(energy("0.5")))
    assert hold(model, None) == HoldSizing(Money(5000, EUR), "rule")
    assert hold(model, None, rule=replace(RULE, default_minor=8000)).amount == Money(8000, EUR)
    assert hold(None, "40") == HoldSizing(Money(5000, EUR), "price_unknown")


def test_the_estimate_adds_fee_energy_time_and_idling() -> None:
    """1.20 fee + 20 kWh x 0.60 + 2 h x 1.20 + half an hour parked x 6.00 = 18.60; with a fifth 22.32, so 23.00."""
    model = tariff(element(flat("1"), energy("0.5"), charging("1"), parking("5")))
    sizing = hold(model, "20", idle=1800, power="10")
    assert (sizing.amount, sizing.reason, sizing.estimate) == (Money(2300, EUR), "estimate", Money(1860, EUR))
    assert [(part.kind, part.amount) for part in sizing.components] == [
        ("flat", D("1.2")),
        ("energy", 12),
        ("time", D("2.4")),
        ("parking_time", 3),
    ]


@pytest.mark.capability("CM26")
def test_a_small_car_needs_a_small_hold() -> None:
    """The same post and price: a hybrid's eight kilowatt-hours are held small, a big battery's fifty are not (CM26)."""
    model = tariff(element(energy("0.5")))
    amounts = []
    for vehicle in (HYBRID, FAST):
        plan = charging_plan(
            vehicle, connector_power_kw=D(11), connector_is_dc=False, from_percent=D(10), to_percent=D(90)
        )
        sizing = size_hold(
            rule=RULE,
            tariff=model,
            plan=plan,
            idle_allowance_seconds=0,
            time_zone=BERLIN,
            starts_at=START,
            retail=PLAIN,
        )
        amounts.append(sizing.amount.minor)
    assert amounts == [600, 3500]  # 8 and 48 kWh x 0.60 with a fifth are 5.76 and 34.56


def test_a_plan_that_cannot_charge_is_no_plan() -> None:
    """Where car and post have nothing in common there is no estimate, and zero is not one."""
    plan = charging_plan(HYBRID, connector_power_kw=D(50), connector_is_dc=True)
    sizing = size_hold(
        rule=RULE,
        tariff=tariff(element(energy("0.5"))),
        plan=plan,
        idle_allowance_seconds=0,
        time_zone=BERLIN,
        starts_at=START,
        retail=PLAIN,
    )
    assert sizing == HoldSizing(Money(5000, EUR), "rule")


def test_nothing_is_held_above_the_maximum_price() -> None:
    """A charge that cannot cost more than 12.50 gross needs no bigger hold, estimated or not."""
    model = tariff(element(energy("1")), most=PriceLimit(D(10), D("12.50")))
    for kwh in ("80", None):
        sizing = hold(model, kwh)
        assert (sizing.amount, sizing.reason) == (Money(1250, EUR), "max_price")
    with_fee = hold(model, "80", retail=RetailRule(D(10), Money(60, EUR), vat_percent=D(19)))
    assert with_fee.amount == Money(1375 + 60, EUR)
    assert hold(model, "3").amount == Money(500, EUR)


@pytest.mark.parametrize(
    ("included", "vat", "limit", "our_rate", "expected"),
    [
        (TaxIncluded.no, "20", PriceLimit(D(10)), None, 1200),
        (TaxIncluded.no, None, PriceLimit(D(10)), D(19), 1190),
        (TaxIncluded.no, None, PriceLimit(D(10), D(11)), None, 5000),  # nobody knows what tax comes on top
        (TaxIncluded.yes, None, PriceLimit(D(10), D(12)), None, 1200),
        (TaxIncluded.yes, None, PriceLimit(D(10)), None, 5000),
        (TaxIncluded.yes, "25", PriceLimit(D(10)), None, 1250),
        (TaxIncluded.not_applicable, None, PriceLimit(D(10)), None, 1000),
    ],
)
def test_a_limit_bounds_only_where_its_tax_is_known(
    included: TaxIncluded, vat: str | None, limit: PriceLimit, our_rate: Decimal | None, expected: int
) -> None:
    """A bound before tax becomes one after it by a known rate; by an unknown one it is no bound."""
    model = tariff(element(energy("1", vat=vat)), most=limit, tax=included)
    assert hold(model, None, retail=RetailRule(vat_percent=our_rate)).amount == Money(expected, EUR)


def test_a_limit_before_tax_over_several_rates_is_no_bound() -> None:
    """How the tax follows a net limit over two rates is not said anywhere, so the hold does not rely on it."""
    components = (energy("1", vat="20"), flat("1", vat="10"))
    assert hold(tariff(element(*components), most=PriceLimit(D(10))), None).reason == "rule"
    assert hold(tariff(element(*components), most=PriceLimit(D(10), D(12))), None).amount == Money(1200, EUR)


def test_minimum_and_driver_cap() -> None:
    """The minimum lifts a small estimate; the driver's cap wins over it all but never goes below the minimum."""
    model = tariff(element(energy("0.5")))
    small = hold(model, "0.5")
    assert (small.amount, small.reason) == (Money(200, EUR), "minimum")
    capped = hold(model, "80", cap=2000)
    assert (capped.amount, capped.reason, capped.estimate) == (Money(2000, EUR), "driver_cap", Money(4800, EUR))
    assert hold(model, "80", cap=2000).components == hold(model, "80").components
    assert hold(model, None, cap=9000) == HoldSizing(Money(5000, EUR), "rule")
    with pytest.raises(DriverCapTooLow) as refused:
        hold(model, "0.5", cap=199)
    assert refused.value.facts == {"cap": Money(199, EUR), "least": Money(200, EUR)}


def test_amounts_are_ones_that_the_processor_takes() -> None:
    """Rules and caps in fils or krona fractions are brought to an amount that can be charged, never past the cap."""
    dinar = replace(hold_rule("KWD"), default_minor=18_005)
    assert hold(tariff(element(energy("0.1")), currency="KWD"), None, rule=dinar).amount == Money(18_010, "KWD")
    krona = hold_rule("ISK")
    assert hold(tariff(element(energy("50")), currency="ISK"), "80", rule=krona, cap=123_456).amount.minor == 123_400


def test_unknown_tax_does_not_shrink_the_hold() -> None:
    """When nobody knows the tax the net estimate is no bound, so the default stays unless the net is above it."""
    model = tariff(element(energy("0.5", vat=None)))
    unsure = hold(model, "20")
    assert (unsure.amount, unsure.reason, unsure.estimate) == (Money(5000, EUR), "rule", Money(1000, EUR))
    assert hold(model, "200").amount == Money(12000, EUR)
    assert hold(model, "20", retail=RetailRule(vat_percent=D(19))).amount == Money(1500, EUR)


def test_hold_in_another_currency_is_refused() -> None:
    """Rule, tariff and cap speak of one currency."""
    model = tariff(element(energy("1")))
    with pytest.raises(CurrencyMismatch):
        hold(replace(model, currency="CHF"), "20")
    with pytest.raises(CurrencyMismatch):
        size_hold(
            rule=RULE,
            tariff=model,
            plan=None,
            idle_allowance_seconds=0,
            time_zone=BERLIN,
            starts_at=START,
            retail=PLAIN,
            driver_cap=Money(9000, "CHF"),
        )


def test_a_fee_of_ours_by_the_minute_is_held_too_and_knows_no_limit() -> None:
    """22 kWh at 0.50 over two hours, half an hour plugged in: 150 minutes at 0.02 are held beside the 11.00."""
    model = tariff(element(energy("0.5", vat="0")), most=PriceLimit(D(10), D(10)))
    retail = RetailRule(minute_fee=D("0.02"), vat_percent=D(0))
    sizing = size_hold(
        rule=RULE,
        tariff=model,
        plan=plan_of("22"),
        idle_allowance_seconds=1800,
        time_zone=BERLIN,
        starts_at=START,
        retail=retail,
    )
    assert (sizing.estimate, sizing.amount, sizing.reason) == (Money(1300, EUR), Money(1600, EUR), "estimate")
    assert [part.kind for part in sizing.components] == ["energy", "max_price", "minute_fee"]


kwhs = st.integers(1, 1200).map(lambda tenths: D(tenths) / 10)
retails = st.builds(
    RetailRule,
    markup_percent=st.sampled_from([D(0), D(7)]),
    session_fee=st.sampled_from([None, Money(49, EUR)]),
    minute_fee=st.sampled_from([D(0), D("0.02")]),
    vat_percent=rates,
)


@few
@given(tariffs(step=60), kwhs, st.integers(0, 7200), retails, st.none() | st.integers(200, 9000))
def test_the_hold_covers_the_estimate(
    model: Tariff, kwh: Decimal, idle: int, retail: RetailRule, cap: int | None
) -> None:
    """Whatever the tariff, the estimated price fits the hold, except where the driver's own cap is below it."""
    sizing = hold(replace(model, min_price=None), kwh, idle=idle, retail=retail, cap=cap)
    assert sizing.estimate is not None
    assert sizing.amount.minor >= RULE.min_minor
    if sizing.reason == "driver_cap":
        assert sizing.amount == Money(cap or 0, EUR)
    else:
        assert sizing.amount >= sizing.estimate


@few
@given(tariffs(), sessions(), retails)
def test_no_session_costs_more_than_the_maximum_held(
    model: Tariff, session: tuple[list[Reading], datetime], retail: RetailRule
) -> None:
    """Where a maximum price bounds the hold, no session under that tariff costs the driver more."""
    model = replace(model, min_price=None)
    sizing = hold(model, None, rule=replace(RULE, default_minor=10**9, min_minor=0), retail=retail)
    if sizing.reason != "max_price":
        return
    readings, end = session
    cost = price(cut_into_periods(readings, end, model, BERLIN), model, time_zone=BERLIN, ended_at=end)
    assert driver_price(cost, retail).total <= sizing.amount


@st.composite
def growing(draw: st.DrawFn) -> Tariff:
    """Draw a tariff without restrictions, in which more energy never costs less."""
    kinds = draw(st.lists(st.sampled_from(list(ComponentType)), min_size=1, unique=True))
    components = tuple(PriceComponent(kind, draw(prices), 60, draw(rates)) for kind in kinds)
    return Tariff("T", EUR, (TariffElement(components),))


@few
@given(growing(), kwhs, kwhs, retails)
def test_more_energy_is_never_held_smaller(model: Tariff, first: Decimal, second: Decimal, retail: RetailRule) -> None:
    """The hold grows with the energy where the price does."""
    low, high = (hold(model, kwh, retail=retail).amount for kwh in sorted((first, second)))
    assert low <= high
