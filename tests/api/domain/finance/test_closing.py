"""The rules of closing: pairs for DATEV, control totals that follow each other, months, steps of a period."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.csv_text import cell, masked
from api.domain.finance.closing import PeriodRefuses, PeriodState, PeriodStep, month_after, next_state
from api.domain.finance.control import TOLD_TWICE, Line, Opening, control_days
from api.domain.finance.datev import fiscal_year_begin, pairs_of

AMOUNTS = st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=6)


@given(AMOUNTS)
def test_pairs_say_what_the_journal_says(amounts: list[int]) -> None:
    """Every amount is positive, every account comes to what it was posted with, in fewer lines than entries."""
    sides = [(f"{1000 + place}", amount) for place, amount in enumerate([*amounts, -sum(amounts)]) if amount]
    booked: dict[str, int] = defaultdict(int)
    pairs = list(pairs_of(sides))
    for pair in pairs:
        sign = 1 if pair.is_debit else -1
        booked[pair.first] += sign * pair.amount
        booked[pair.second] -= sign * pair.amount

    assert all(pair.amount > 0 for pair in pairs)
    assert {account: amount for account, amount in booked.items() if amount} == dict(sides)
    assert len(pairs) < len(sides)


def test_many_debits_against_one_credit_are_told_from_the_credit() -> None:
    """The account with the one entry is the first of each line, and the flag says on which side it is."""
    (first, second) = pairs_of([("1400", 700), ("1410", 300), ("8200", -1000)])

    assert (first.first, first.second, first.is_debit, first.amount) == ("8200", "1400", False, 700)
    assert (second.first, second.second, second.is_debit, second.amount) == ("8200", "1410", False, 300)


FIRST = date(2026, 3, 1)
MOVES = st.dictionaries(
    st.tuples(st.integers(0, 9).map(lambda day: FIRST + timedelta(days=day)), st.sampled_from(["EUR", "CHF"])),
    st.dictionaries(st.sampled_from([str(line) for line in Line]), st.integers(-(10**6), 10**6)),
)


@given(MOVES, st.integers(0, 10**6))
def test_opening_and_movements_are_the_closing(moves: dict[tuple[date, str], dict[str, int]], opened: int) -> None:
    """Day after day, whatever moved: and both ways of telling that say the same never differ."""
    opening = Opening({"EUR": opened}, {"CHF": opened}, {"EUR": opened})
    told = {key: dict(lines) for key, lines in moves.items()}
    for lines in moves.values():
        lines[Line.CORRECTED] = 0
    days = control_days(FIRST, FIRST + timedelta(days=9), opening, moves, told)

    standing = {("EUR", "holds"): opened, ("CHF", "clearing"): opened}
    for day in days:
        assert day.difference == 0
        assert day.holds_opening == standing.get((day.currency, "holds"), 0)
        assert day.clearing_opening == standing.get((day.currency, "clearing"), 0)
        assert day.holds_opening + day.authorized + day.let_go == day.holds_closing == day.events_closing
        assert day.clearing_opening + day.captured + day.refunded + day.other == day.clearing_closing
        standing[day.currency, "holds"] = day.holds_closing
        standing[day.currency, "clearing"] = day.clearing_closing


@given(st.sampled_from(TOLD_TWICE), st.integers(1, 10**6))
def test_one_cent_that_only_one_side_tells_is_seen(line: Line, amount: int) -> None:
    """No difference hides behind another line."""
    (day,) = control_days(FIRST, FIRST, Opening({}, {}, {}), {(FIRST, "EUR"): {line: amount}}, {})
    assert day.difference >= amount


def test_months_follow_each_other() -> None:
    """A late item goes into the month after a shut one, over the end of a year, too."""
    assert [month_after("2026-11"), month_after("2026-12"), month_after("2028-01")] == ["2026-12", "2027-01", "2028-02"]
    assert fiscal_year_begin(date(2026, 3, 1), 7) == date(2025, 7, 1)
    assert fiscal_year_begin(date(2026, 7, 1), 7) == date(2026, 7, 1)


def test_a_period_goes_one_way() -> None:
    """Nothing is signed that nobody prepared, nothing prepared that is shut."""
    assert next_state(PeriodState.CLOSING, PeriodStep.SIGN) is PeriodState.SIGNED
    for state, step in ((PeriodState.OPEN, PeriodStep.SIGN), (PeriodState.LOCKED, PeriodStep.PREPARE)):
        with pytest.raises(PeriodRefuses):
            next_state(state, step)


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "\uff1dcmd", "+1", "-1", "@x", "\tx"])
def test_text_that_would_be_a_formula_is_quoted(text: str) -> None:
    """Also behind spaces and in full width."""
    assert cell(text) == f"'{text}"
    assert cell(-1) == "-1"


def test_addresses_keep_one_letter() -> None:
    """Wherever they stand in a text."""
    assert masked("told Ada <ada.l@example.com>, b@x.de") == "told Ada <a***@example.com>, b***@x.de"
    assert masked(None) is None
