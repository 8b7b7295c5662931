"""The income of a charge follows its bill: tax to the cent, nothing lost by rounding, nothing made up."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from api.domain.finance.income import income_after
from api.domain.finance.ledger import Income, tax_share
from api.domain.money import Money

NOTHING = Income(0, 0, 0)
totals = st.integers(0, 1_000_000)
percents = st.integers(0, 27)


def euro(minor: int) -> Money:
    """Return ``minor`` cents."""
    return Money(minor, "EUR")


def bill(total: int, vat: int | None) -> Callable[[Money], Money | None]:
    """Return what a bill of ``total`` with ``vat`` inside tells of the tax of its parts."""
    if vat is None:
        return lambda part: None
    return lambda part: tax_share(part, euro(total), euro(vat)) if total or not part.minor else None


def vat_of(total: int, percent: int) -> int:
    """Return the tax of ``percent`` inside ``total``, rounded down: a rounding that is not the one under test."""
    return total * percent // (100 + percent)


@given(taken=totals, bills=st.lists(st.tuples(totals, percents), min_size=1, max_size=6))
def test_whatever_bills_came_before_the_last_one_tells_the_tax(taken: int, bills: list[tuple[int, int]]) -> None:
    """Captured once, billed anew and anew: as soon as nothing is paid above the bill, its tax is booked exactly."""
    booked = Income(0, 0, taken)
    for total, percent in bills:
        receivable = max(total - taken, 0)
        change = receivable - (booked.gross - taken)
        vat = vat_of(total, percent)
        booked = income_after(booked, euro(change), euro(total), bill(total, vat))

        assert booked.gross == taken + receivable
        assert 0 <= booked.vat <= booked.gross
        if total >= taken:
            assert booked == Income(total - vat, vat, 0)


@given(hold=totals, above=totals, percent=percents)
def test_what_is_booked_beside_a_capture_under_way_leaves_the_captures_share(
    hold: int, above: int, percent: int
) -> None:
    """The capture will bring the tax of its own part; both parts together carry that of the bill."""
    total = hold + above
    vat = vat_of(total, percent)
    beside = income_after(NOTHING, euro(above), euro(total), bill(total, vat))

    assert beside.gross == above
    assert beside.vat + tax_share(euro(hold), euro(total), euro(vat)).minor == vat


def test_a_full_credit_takes_back_all_that_was_booked() -> None:
    """Nothing was captured: no revenue and no tax stay behind."""
    assert income_after(Income(5698, 1083, 0), euro(-6781), euro(0), bill(0, 0)) == NOTHING


def test_captured_money_above_the_bill_keeps_the_tax_it_was_booked_with() -> None:
    """A bill of nothing tells no rate: the 50.00 that stay until their refund keep the 19 % of the bill they paid."""
    after = income_after(Income(9900, 1881, 0), euro(-6781), euro(0), bill(0, 0))

    assert after == Income(5000 - 798, 798, 0)


def test_a_waived_bill_does_not_change_the_tax_of_what_was_captured() -> None:
    """Of 0.36 the tax is 0.06 by rounding alone: that is no rate for the 50.00 that were paid on another bill."""
    after = income_after(Income(9900, 1881, 0), euro(-6781), euro(0), bill(36, 6))

    assert after == Income(5000 - 798, 798, 0)


def test_an_estimate_takes_the_tax_of_the_bill_that_comes_later() -> None:
    """9.00 taken without knowing the tax, then a bill of 10.00 with 1.60 inside: none of it stays unknown."""
    assert income_after(Income(0, 0, 900), euro(100), euro(1000), bill(1000, 160)) == Income(840, 160, 0)
    assert income_after(Income(0, 0, 900), euro(0), euro(900), bill(900, 144)) == Income(756, 144, 0)
    assert income_after(Income(0, 0, 900), euro(0), euro(700), bill(700, 112)) == Income(756, 144, 0)


def test_what_a_bill_of_unknown_tax_adds_is_unknown_and_leaves_first() -> None:
    """Nobody knows the tax of the new part, and nobody doubts that of the old one."""
    raised = income_after(Income(840, 160, 0), euro(500), euro(1500), bill(1500, None))

    assert raised == Income(840, 160, 500)
    assert income_after(raised, euro(-500), euro(1000), bill(1000, None)) == Income(840, 160, 0)
    assert income_after(raised, euro(-1500), euro(0), bill(0, 0)) == NOTHING
