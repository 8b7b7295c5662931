"""Splitting a bill by rate of tax: the shares always sum to the bill, and what is taken back never exceeds it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.finance.issuer import SANDBOX_ISSUER
from api.domain.finance.paper import (
    RateShare,
    added_up,
    difference,
    digest_of,
    portion,
    rates_of,
    read_rates,
)
from api.domain.language import language_of
from api.domain.money import Money

RATES = ("25", "19", "8.1", "7.7")


def share(percent: str | None, net: int, vat: int) -> RateShare:
    """Return a share."""
    return RateShare(None if percent is None else Decimal(percent), net, vat)


def a_bill(bases: dict[str, Decimal]) -> dict[str, Any]:
    """Return a bill over exact amounts before tax by rate, rounded as ``domain/pricing/retail.py`` does."""
    exact = {rate: base * Decimal(rate) / 100 for rate, base in bases.items()}
    taxes = [{"percent": rate, "minor": int(tax.quantize(Decimal(1), "ROUND_HALF_UP"))} for rate, tax in exact.items()]
    gross = int(sum([*bases.values(), *exact.values()], Decimal(0)).quantize(Decimal(1), "ROUND_HALF_UP"))
    vat = sum(int(str(each["minor"])) for each in taxes)
    return {"taxes": taxes, "net_minor": gross - vat, "vat_minor": vat}


bases = st.dictionaries(
    st.sampled_from(RATES), st.decimals(0, 100_000, places=3, allow_nan=False), min_size=1, max_size=4
)


@given(bases)
def test_rates_sum_to_the_bill_and_are_near_the_truth(amounts: dict[str, Decimal]) -> None:
    """Net and tax by rate sum to the bill's, and no base is further off than rounding can move it."""
    bill = a_bill(amounts)
    found = rates_of(**bill)
    assert sum(each.net_minor for each in found) == bill["net_minor"]
    assert sum(each.vat_minor for each in found) == bill["vat_minor"]
    slack = sum(50 / Decimal(rate) + 1 for rate in amounts) + 2
    for each in found:
        assert each.percent is not None
        assert abs(each.net_minor - amounts.get(str(each.percent), Decimal(0))) <= slack


@pytest.mark.parametrize(
    ("taxes", "net", "vat", "expected"),
    [
        ([], 500, 0, [share("0", 500, 0)]),
        ([], 500, None, []),
        ([{"percent": "19", "minor": 148}], 780, 148, [share("19", 780, 148)]),
        ([{"percent": None, "minor": 100}], 900, 100, [share(None, 900, 100)]),
        ([{"percent": "19", "minor": 19}], 300, 19, [share("19", 100, 19), share("0", 200, 0)]),
    ],
)
def test_what_is_known_of_a_bill_is_told(
    taxes: list[dict[str, Any]], net: int, vat: int | None, expected: list[RateShare]
) -> None:
    """No tax, unknown tax, one rate, a tax over several, and a part of the bill that is taxed at nothing."""
    assert rates_of(taxes, net_minor=net, vat_minor=vat) == expected
    assert read_rates({"taxes": taxes, "net_minor": net, "vat_minor": vat}) == expected
    assert read_rates({"vat_rates": [each.to_json() for each in expected]}) == expected


@given(bases, st.integers(0, 10_000), st.booleans())
def test_a_portion_sums_to_what_is_given_back(amounts: dict[str, Decimal], permille: int, given_tax: bool) -> None:
    """Gross is the amount, tax the given one; all of the bill is exactly the bill."""
    rates = rates_of(**a_bill(amounts))
    whole = sum(each.gross_minor for each in rates)
    amount = Money(whole * permille // 10_000, "EUR")
    vat = Money(sum(each.vat_minor for each in rates) * permille // 10_000, "EUR") if given_tax else None
    shares = portion(rates, amount, vat)
    if whole:
        assert sum(each.gross_minor for each in shares) == amount.minor
        if vat is not None and shares:
            assert sum(each.vat_minor for each in shares) in {vat.minor, *range(vat.minor - 2, vat.minor + 3)}
    if permille == 10_000 and vat is None:
        assert shares == [each for each in rates if each.gross_minor]


def test_a_difference_takes_back_rate_by_rate() -> None:
    """A rate that went is taken back as a whole; one that grew, or is new, cannot be told by a credit note."""
    before = [share("19", 780, 148), share("25", 400, 100)]
    assert difference(before, [share("19", 200, 38)]) == [share("19", 580, 110), share("25", 400, 100)]
    assert difference(before, before) == []
    assert difference(before, [share("19", 781, 148)]) is None
    assert difference(before, [share("8.1", 100, 8)]) is None
    assert difference(before, [share("19", 500, 149)]) is None


def test_sums_are_by_rate_with_the_highest_first() -> None:
    """What is taken back counts negative; the unnamed rate comes last."""
    shares = [(1, share("19", 780, 148)), (-1, share("19", 84, 16)), (1, share("25", 4, 1)), (1, share(None, 9, 1))]
    assert added_up(shares) == [share("25", 4, 1), share("19", 696, 132), share(None, 9, 1)]


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("de-CH", "de"),
        ("DE", "de"),
        ("no", "nb"),
        ("nn_NO", "nb"),
        ("sv", "sv"),
        ("fr-CA", "fr"),
        ("it", "en"),
        ("", "en"),
    ],
)
def test_a_language_is_known_however_it_is_tagged(wanted: str, language: str) -> None:
    """Region and spelling do not matter; what we do not speak is English."""
    assert language_of(wanted) == language


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    """The database gives keys back in its own order."""
    assert digest_of({"a": 1, "b": {"c": "ü", "d": None}}) == digest_of({"b": {"d": None, "c": "ü"}, "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": "1"})


def test_a_number_has_the_issuers_series_and_year() -> None:
    """New Year comes when it comes to the issuer."""
    issuer = replace(SANDBOX_ISSUER, series="ABC", time_zone="Asia/Tokyo")
    assert issuer.number(datetime(2026, 12, 31, 15, tzinfo=UTC), 123) == "ABC-2027-000123"
    assert issuer.number(datetime(2026, 12, 31, 14, tzinfo=UTC), 1_234_567) == "ABC-2026-1234567"
