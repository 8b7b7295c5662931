"""Our own part of a price: fees of the stay, who gets what, and the rule as it is stored."""

from datetime import timedelta
from decimal import Decimal

import pytest

from api.domain.money import CurrencyMismatch, Money
from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.price import price
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.retail import DriverPrice, PriceParts, RetailRule, driver_price, started_minutes
from api.domain.pricing.retail_snapshot import retail_from_json, retail_to_json
from api.domain.pricing.tariff import Tariff, TaxIncluded
from tests.api.domain.pricing.make import BERLIN, START, element, energy, flat, period, tariff

D = Decimal
FEES = RetailRule(session_fee=Money(60, "EUR"), minute_fee=D("0.012"), free_minutes=10, vat_percent=D(20))


def euro(minor: int) -> Money:
    """Return an amount in euro."""
    return Money(minor, "EUR")


def cost(model: Tariff, **volumes: str) -> CostBreakdown:
    """Price one period of an hour."""
    return price([period(START, None, **volumes)], model, time_zone=BERLIN, ended_at=START + timedelta(hours=1))


def ten_kwh(rule: RetailRule, *, stay_seconds: int = 0, vat: str | None = "20") -> DriverPrice:
    """Sell 10 kWh at 0.50."""
    return driver_price(cost(tariff(element(energy("0.5", vat=vat))), energy="10"), rule, stay_seconds=stay_seconds)


@pytest.mark.parametrize(("seconds", "minutes"), [(-60, 0), (0, 0), (1, 1), (60, 1), (61, 2), (3600, 60)])
def test_a_started_minute_is_a_minute(seconds: int, minutes: int) -> None:
    """The minute fee counts up; a clock that ran backwards is no stay."""
    assert started_minutes(seconds) == minutes


@pytest.mark.parametrize(
    ("seconds", "fees"),
    [
        (0, {}),
        (600, {}),
        (601, {"minute_fee": D("0.012"), "session_fee": D("0.60")}),
        (3600, {"minute_fee": D("0.600"), "session_fee": D("0.60")}),
    ],
)
def test_the_first_minutes_carry_none_of_our_fees(seconds: int, fees: dict[str, Decimal]) -> None:
    """A stay that ends within ten free minutes owes nothing of ours; after that only the minutes beyond them count."""
    sold = ten_kwh(FEES, stay_seconds=seconds)
    assert {line.kind: line.gross for line in sold.lines if line.kind.endswith("_fee")} == fees
    assert sold.gross_exact == D(6) + sum(fees.values())


def test_without_free_minutes_the_session_fee_needs_no_stay() -> None:
    """A fee for each session is owed by a stay of any length, known or not."""
    assert ten_kwh(RetailRule(session_fee=euro(60), vat_percent=D(20))).total == euro(660)


def test_who_gets_what_of_a_price() -> None:
    """5.00 for the CPO, 10 % of it for roaming, fees of 1.20 with 20 % tax inside, and the tax by itself (L1)."""
    sold = ten_kwh(RetailRule(D(10), euro(60), D("0.01"), 0, D(20)), stay_seconds=3600)
    assert sold.parts == PriceParts(euro(500), euro(50), euro(100), euro(130))
    assert sold.total == euro(780)


def test_parts_of_a_price_of_unknown_tax_are_the_amounts_as_stated() -> None:
    """Nothing is called tax where nobody knows it, and the parts still sum to the total."""
    sold = ten_kwh(RetailRule(D(10), euro(60)), vat=None)
    assert sold.parts == PriceParts(euro(500), euro(50), euro(60), None)
    assert sold.total == euro(610)


def test_parts_where_only_some_of_the_tax_is_known() -> None:
    """The partner's tax is in its part, since a part of unknown tax beside it forbids to show any."""
    sold = driver_price(cost(tariff(element(flat("1", vat="20"), energy("0.5", vat=None))), energy="10"), RetailRule())
    assert sold.parts == PriceParts(euro(620), euro(0), euro(0), None)


def test_tax_inside_the_partners_price_is_taken_out_of_its_part() -> None:
    """11.90 with 19 % inside are 10.00 for the CPO; our 10 % come from those."""
    model = tariff(element(energy("1.19", vat=None)), tax=TaxIncluded.yes)
    sold = driver_price(cost(model, energy="10"), RetailRule(D(10), vat_percent=D(19)))
    assert sold.parts == PriceParts(euro(1000), euro(100), euro(0), euro(209))


def test_a_part_that_is_nothing_stays_nothing_whatever_rounding_leaves_over() -> None:
    """Of 0.03 with 20 % inside the tax rounds to 0.01 and the net to 0.03: the cent too much is the fee's."""
    sold = driver_price(
        cost(tariff(element(energy("0"))), energy="10"), RetailRule(session_fee=euro(3), vat_percent=D(20))
    )
    assert sold.parts == PriceParts(euro(0), euro(0), euro(2), euro(1))


def test_what_rounding_leaves_over_goes_where_it_errs_the_least() -> None:
    """3.90 and 0.39 are exact and the fee is 0.7227 before tax, so the cent that the net has more is the fee's."""
    model = tariff(element(energy("0.39", vat="19")))
    rule = RetailRule(D(10), euro(50), D("0.02"), 10, D(19))
    sold = driver_price(cost(model, energy="10"), rule, stay_seconds=1636)
    assert sold.parts == PriceParts(euro(390), euro(39), euro(73), euro(95))
    assert sold.total == euro(597)


def test_fee_in_another_currency_is_refused() -> None:
    """A fee is never converted in passing, not even one that free minutes would let go."""
    with pytest.raises(CurrencyMismatch):
        ten_kwh(RetailRule(session_fee=Money(1, "CHF"), free_minutes=10))


@pytest.mark.parametrize(
    "spoiled",
    [
        {"minute_fee": "dear"},
        {"session_fee": {"minor": "1", "currency": "EUR"}},
        {"session_fee": {}},
        {"vat_percent": []},
    ],
)
def test_a_spoiled_snapshot_is_refused(spoiled: dict[str, object]) -> None:
    """A price that cannot be read is no price, least of all a free one."""
    whole = retail_to_json(FEES)
    assert retail_from_json(whole) == FEES
    for raw in ({**whole, **spoiled}, {name: whole[name] for name in whole if name not in spoiled}):
        with pytest.raises(PricingRefused, match="snapshot_invalid"):
            retail_from_json(raw)
