"""The amount that a quote wants to hold: by the charger's rule, or by the estimate of the driver's own charge."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.domain.pricing.hold import DriverCapTooLow
from api.domain.pricing.hold_rule import NoHoldForCurrency
from api.domain.pricing.tariff import PriceLimit
from tests.bench import Bench
from tests.builders import a_location, a_tariff, an_evse, connector_of
from tests.charges import a_quote, start

D = Decimal


def said(quote: Any) -> tuple[int, str, int | None]:
    """Return amount, reason and estimate of a hold."""
    why = quote.price["hold"]
    return quote.hold_minor, why["reason"], why["estimate_minor"]


def with_policy(bench: Bench, **rules: Any) -> Bench:
    """Return the same installation under other rules for holds."""
    return replace(bench, ports=replace(bench.ports, policy=replace(bench.ports.policy, **rules)))


@pytest.mark.capability("CK10")
async def test_two_chargers_with_different_rules_have_different_holds(bench: Bench) -> None:
    """The EVSE's rule goes over the network's, and that over the currency's own; shown before the consent (CK10)."""
    bench = with_policy(bench, hold_by_evse={"DE*CPO*EVSE1": {"EUR": 8000}}, hold_by_party={"DE-CPO": {"EUR": 6000}})
    await a_location(bench, evses=(an_evse(), an_evse("EVSE2")))

    assert said(await a_quote(bench)) == (8000, "rule", None)
    assert said(await a_quote(bench, connector=connector_of(uid="EVSE2"))) == (6000, "rule", None)
    assert said(await a_quote(bench, energy_kwh=D(10)))[:2] == (8000, "rule")  # chosen for this very charger


async def test_the_default_of_the_installation_is_for_charges_nobody_described(bench: Bench) -> None:
    """A usual charge is shown as an estimate, and too rough a guess to hold by; the default may be another amount."""
    assert said(await a_quote(bench)) == (5000, "rule", None)
    assert said(await a_quote(with_policy(bench, hold_defaults={"EUR": 7000}))) == (7000, "rule", None)


async def test_a_small_charge_needs_a_small_hold(bench: Bench) -> None:
    """10 kWh at 0.39 and 19 % are 4.64; with a fifth 5.57, so 6.00 (idea 6). The stay adds to it."""
    await a_location(bench, tariff=a_tariff(idle_hour="6"))

    assert said(await a_quote(bench, energy_kwh=D(10))) == (600, "estimate", 464)
    assert said(await a_quote(bench, energy_kwh=D(10), idle_minutes=60)) == (1500, "estimate", 464 + 714)
    assert (await a_quote(bench, energy_kwh=D(10))).price["hold"]["margin_percent"] == "20"


async def test_nothing_is_held_above_the_most_that_a_charge_can_cost(bench: Bench) -> None:
    """A tariff that never asks for more than 12.50 with tax needs no larger hold."""
    await a_location(bench, tariff=a_tariff(max_price=PriceLimit(D("10.50"), D("12.50"))))

    assert said(await a_quote(bench, energy_kwh=D(80)))[:2] == (1250, "max_price")


async def test_the_drivers_cap_is_kept(bench: Bench) -> None:
    """A cap below the estimate is held, and the estimate says that the charge will stop early; the consent is to it."""
    quote = await a_quote(bench, energy_kwh=D(40), hold_cap_minor=1000)

    assert said(quote) == (1000, "driver_cap", 1856)
    assert quote.price["hold"]["cap_minor"] == 1000
    assert (await start(bench, quote)).hold_minor == 1000
    assert said(await a_quote(bench, energy_kwh=D(10), hold_cap_minor=1000))[:2] == (600, "estimate")


async def test_a_cap_in_which_no_charge_fits_is_refused(bench: Bench) -> None:
    """Less than the least hold is no charge; the refusal says how much it takes."""
    with pytest.raises(DriverCapTooLow) as refused:
        await a_quote(bench, hold_cap_minor=199)

    assert refused.value.facts["least"].minor == 200  # type: ignore[attr-defined]  # Money
    assert await bench.value("SELECT count(*) FROM quote") == 0


async def test_a_currency_nobody_chose_an_amount_for_is_refused(bench: Bench) -> None:
    """Fifty of an unknown currency may be nothing or a fortune; an installation may say how much it is."""
    await a_location(bench, tariff=a_tariff(currency="KES"))
    with pytest.raises(NoHoldForCurrency):
        await a_quote(bench)

    assert (await a_quote(with_policy(bench, hold_defaults={"KES": 750_000}))).hold_minor == 750_000


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kwh=st.integers(1, 900).map(lambda tenths: D(tenths) / 10),
    idle_minutes=st.integers(0, 300),
    cap=st.none() | st.integers(200, 20_000),
)
async def test_a_hold_covers_its_estimate_unless_the_driver_caps_it(
    bench: Bench, kwh: Decimal, idle_minutes: int, cap: int | None
) -> None:
    """What is held is enough for the charge as planned, or as much as the driver allows."""
    await a_location(bench, tariff=replace(a_tariff(idle_hour="3"), max_price=PriceLimit(D(30))))
    quote = await a_quote(bench, energy_kwh=kwh, idle_minutes=idle_minutes, hold_cap_minor=cap)
    amount, reason, estimate = said(quote)

    assert estimate is not None
    assert estimate == quote.price["estimate"]["total_minor"]
    assert amount >= estimate if reason != "driver_cap" else amount == cap
    assert cap is None or amount <= cap
