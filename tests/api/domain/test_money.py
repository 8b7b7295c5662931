"""Money: one currency at a time, Stripe's minor units, and the two named roundings."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.money import (
    CurrencyInvalid,
    CurrencyMismatch,
    Money,
    exponent,
    format_money,
    to_minor_ceiling,
    to_minor_half_up,
)


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("ISK", 2), ("UGX", 2), ("HUF", 2), ("CZK", 2)]
)
def test_exponents_are_those_of_the_processor(currency: str, decimals: int) -> None:
    """Zero- and three-decimal currencies are listed; króna and shilling are sent as if they had two."""
    assert exponent(currency) == decimals


@pytest.mark.parametrize("currency", ["eur", "EU", "EURO", "E1R", "ÄÖÜ", ""])
def test_malformed_currency_is_refused(currency: str) -> None:
    """A currency is three upper-case ASCII letters, else no amount can be made of it."""
    with pytest.raises(CurrencyInvalid):
        Money(1, currency)


def test_fractions_of_minor_units_do_not_exist() -> None:
    """Minor units are whole numbers, and a truth value is not one."""
    for wrong in (1.0, Decimal(1), True):
        with pytest.raises(TypeError):
            Money(wrong, "EUR")  # type: ignore[arg-type]  # the very thing that is refused


@pytest.mark.capability("EP14")
def test_mixing_currencies_raises_everywhere() -> None:
    """Adding, subtracting and comparing need one currency; the error names both."""
    euro, franc = Money(100, "EUR"), Money(100, "CHF")
    for mix in (lambda: euro + franc, lambda: euro - franc, lambda: euro < franc, lambda: euro >= franc):
        with pytest.raises(CurrencyMismatch) as refused:
            mix()
        assert refused.value.facts == {"left": "EUR", "right": "CHF"}
    assert euro != franc


def test_arithmetic_and_order_within_a_currency() -> None:
    """Money adds, subtracts, negates and orders like its minor units."""
    assert Money(150, "EUR") - Money(50, "EUR") + Money.zero("EUR") == Money(100, "EUR")
    assert -Money(5, "EUR") < Money.zero("EUR") <= Money(0, "EUR") < Money(1, "EUR")
    assert max(Money(3, "EUR"), Money(7, "EUR")) == Money(7, "EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "half_up", "ceiling"),
    [
        ("12.345", "EUR", 1235, 1235),
        ("12.344999", "EUR", 1234, 1235),
        ("-0.005", "EUR", -1, 0),
        ("99.5", "JPY", 100, 100),
        ("99.4", "JPY", 99, 100),
        ("1.2345", "KWD", 1230, 1240),
        ("1.235", "KWD", 1240, 1240),
        ("149.49", "ISK", 14900, 15000),
        ("0", "EUR", 0, 0),
    ],
)
def test_the_two_roundings(amount: str, currency: str, half_up: int, ceiling: int) -> None:
    """Invoices round half away from zero, holds up, both to what the processor accepts (fils end in 0, ISK whole)."""
    assert to_minor_half_up(Decimal(amount), currency) == Money(half_up, currency)
    assert to_minor_ceiling(Decimal(amount), currency) == Money(ceiling, currency)


@settings(max_examples=60)
@given(st.decimals("-100000", "100000", places=6), st.sampled_from(["EUR", "JPY", "KWD", "ISK"]))
def test_roundings_stay_within_one_step(amount: Decimal, currency: str) -> None:
    """A hold is never below the amount, and an invoice is at most half a chargeable step away from it."""
    step = {"EUR": Decimal("0.01"), "JPY": Decimal(1), "KWD": Decimal("0.01"), "ISK": Decimal(1)}[currency]
    assert Decimal(0) <= to_minor_ceiling(amount, currency).to_decimal() - amount < step
    assert abs(to_minor_half_up(amount, currency).to_decimal() - amount) <= step / 2


def test_money_is_written_with_its_own_decimals() -> None:
    """People and logs read major units with as many decimals as the currency has."""
    assert format_money(Money(1230, "EUR")) == "12.30 EUR"
    assert format_money(Money(-5, "EUR")) == "-0.05 EUR"
    assert format_money(Money(1500, "JPY")) == "1500 JPY"
    assert format_money(Money(1230, "KWD")) == "1.230 KWD"
