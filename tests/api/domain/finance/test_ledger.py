"""Postings: every journal balances, the tax inside a part is exact, and no money appears by rounding."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.finance.accounts import Account, Layer
from api.domain.finance.ledger import (
    Income,
    Posting,
    Unbalanced,
    assert_balanced,
    dispute_opened,
    dispute_won,
    hold_captured,
    hold_ended,
    hold_placed,
    partner_cost,
    payout,
    prepaid_refunded,
    prepaid_reserved,
    prepaid_spent,
    processor_fee,
    receivable_changed,
    receivable_paid,
    refund_failed,
    refunded,
    reversal,
    suspended,
    tax_share,
    tax_trued_up,
    topped_up,
    written_off,
)
from api.domain.money import Money

amounts = st.integers(0, 10_000_000).map(lambda minor: Money(minor, "EUR"))


def euro(minor: int) -> Money:
    """Return ``minor`` cents."""
    return Money(minor, "EUR")


@given(amount=amounts, part=st.integers(0, 100))
def test_every_journal_we_make_balances(amount: Money, part: int) -> None:
    """Whatever the amount and its tax, debits and credits of each layer and currency cancel out."""
    vat = euro(amount.minor * part // 100)

    for postings in (
        hold_placed(amount),
        hold_ended(amount),
        hold_captured(amount, vat),
        hold_captured(amount, None),
        receivable_changed("drv_1", Income(amount.minor - vat.minor, vat.minor, 0), "EUR"),
        receivable_changed("drv_1", Income(-amount.minor, -vat.minor, part), "EUR"),
        tax_trued_up(Income(amount.minor - vat.minor, vat.minor, -amount.minor), "EUR"),
        processor_fee(amount),
        partner_cost("prt_1", amount),
        partner_cost("prt_1", -amount),
        refunded(Income(amount.minor - vat.minor, vat.minor, 0), "EUR"),
        refund_failed("drv_1", amount),
        dispute_opened(amount),
        dispute_won(amount),
        payout(amount),
        topped_up("drv_1", amount),
        prepaid_reserved("drv_1", amount),
        prepaid_spent("drv_1", amount, vat),
        prepaid_spent("drv_1", amount, None),
        prepaid_refunded("drv_1", Income(amount.minor - vat.minor, vat.minor, part), "EUR"),
        receivable_paid("drv_1", amount),
        written_off("drv_1", amount),
        suspended(-amount),
        reversal(hold_captured(amount, vat)),
    ):
        assert_balanced(postings)


@pytest.mark.parametrize(
    "postings",
    [
        [Posting(Account.PSP_CLEARING, euro(100)), Posting(Account.REVENUE, euro(-99))],
        [Posting(Account.PSP_CLEARING, euro(100)), Posting(Account.REVENUE, Money(-100, "CHF"))],
        [Posting(Account.PSP_HOLDS, euro(100), Layer.PENDING), Posting(Account.DRIVER_HOLDS, euro(-100))],
    ],
    ids=["a cent short", "two currencies", "two layers"],
)
def test_a_journal_that_does_not_balance_is_refused(postings: list[Posting]) -> None:
    """Sums are per layer and currency: nothing is balanced by something of another kind."""
    with pytest.raises(Unbalanced):
        assert_balanced(postings)


def test_placing_and_ending_a_hold_leaves_nothing_pending() -> None:
    """The end of a hold reverses its beginning as a whole, captured or not."""
    left: dict[Account, int] = {}
    for posting in (*hold_placed(euro(5000)), *hold_ended(euro(5000))):
        left[posting.account] = left.get(posting.account, 0) + posting.amount.minor

    assert set(left.values()) == {0}


def test_captured_money_is_split_into_revenue_and_tax() -> None:
    """Of 12.34 with 1.97 tax inside, 10.37 is revenue; what the processor owes us is the whole."""
    booked = {posting.account: posting.amount.minor for posting in hold_captured(euro(1234), euro(197))}

    assert booked == {Account.PSP_CLEARING: 1234, Account.REVENUE: -1037, Account.VAT: -197}


def test_money_of_unknown_tax_is_kept_apart() -> None:
    """Unknown tax is not zero tax: such money waits in an account of its own."""
    booked = {posting.account for posting in hold_captured(euro(1234), None)}

    assert booked == {Account.PSP_CLEARING, Account.REVENUE_TAX_UNKNOWN}


def test_a_price_without_tax_books_no_tax_line() -> None:
    """A tax of zero that is known leaves no empty posting behind."""
    assert {posting.account for posting in hold_captured(euro(500), euro(0))} == {Account.PSP_CLEARING, Account.REVENUE}


def test_what_is_taken_back_from_a_receivable_is_booked_the_other_way_round() -> None:
    """67.81 owed with 10.83 tax inside, and the same taken back, leave every account as it was."""
    raised = {each.account: each.amount.minor for each in receivable_changed("drv_1", Income(5698, 1083, 0), "EUR")}
    lowered = {each.account: each.amount.minor for each in receivable_changed("drv_1", Income(-5698, -1083, 0), "EUR")}

    assert raised == {Account.RECEIVABLE: 6781, Account.REVENUE: -5698, Account.VAT: -1083}
    assert lowered == {account: -minor for account, minor in raised.items()}


def test_a_credit_books_the_partner_cost_the_other_way_round() -> None:
    """A credit CDR takes back what the CDR cost us and what we owe the partner for it."""
    assert {posting.account: posting.amount.minor for posting in partner_cost("prt_1", euro(-780))} == {
        Account.ROAMING_COST: -780,
        Account.CPO_PAYABLE: 780,
    }


@given(
    whole=st.integers(1, 1_000_000), percent=st.integers(0, 27), cuts=st.lists(st.integers(0, 1_000_000), max_size=5)
)
def test_the_taxes_of_consecutive_parts_sum_to_the_tax_of_the_bill(whole: int, percent: int, cuts: list[int]) -> None:
    """A bill taken in parts carries all of its tax: each part has what the share up to its end adds."""
    vat = euro(whole * percent // (100 + percent))
    ends = sorted({0, whole, *(cut % whole for cut in cuts)})
    shares = [tax_share(euro(end), euro(whole), vat) for end in ends]

    assert shares[0] == euro(0)
    assert shares[-1] == vat
    assert all(before <= then for before, then in pairwise(shares))


def test_the_tax_of_a_bill_of_nothing_is_nothing() -> None:
    """Nothing can be a share of nothing."""
    assert tax_share(euro(0), euro(0), euro(0)) == euro(0)


@given(amount=amounts, part=st.integers(0, 100))
def test_a_reversal_undoes_a_journal_to_the_cent(amount: Money, part: int) -> None:
    """A correction is a journal of its own: with it, every account stands where it stood before."""
    made = hold_captured(amount, euro(amount.minor * part // 100))

    sums: dict[Account, int] = {}
    for posting in (*made, *reversal(made)):
        sums[posting.account] = sums.get(posting.account, 0) + posting.amount.minor

    assert set(sums.values()) <= {0}


def test_a_refund_takes_back_revenue_and_tax() -> None:
    """Of 11.90 with 1.90 tax given back, revenue falls by 10.00, the tax by 1.90, and the processor owes us less."""
    postings = {posting.account: posting.amount.minor for posting in refunded(Income(1000, 190, 0), "EUR")}

    assert postings == {Account.PSP_CLEARING: -1190, Account.REVENUE: 1000, Account.VAT: 190}
