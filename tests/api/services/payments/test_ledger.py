"""Booking: balanced, once for each cause, in accounts that open themselves."""

import asyncio

import pytest

from api.domain.finance.accounts import Account, JournalKind
from api.domain.finance.ledger import Income, Posting, Unbalanced, hold_placed, partner_cost
from api.domain.money import Money
from api.services.payments.ledger import book, income_of_charge
from tests.bench import Bench

TEN = Money(1000, "EUR")


async def books(bench: Bench, postings: tuple[Posting, ...], *, cause: str = "1", charge: str | None = None) -> bool:
    """Book one journal in a transaction of its own."""
    async with bench.work() as db:
        return await book(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            kind=JournalKind.HOLD_PLACED,
            cause=("hold", cause),
            postings=postings,
            charging_session_id=charge,
        )


async def test_a_cause_books_once(bench: Bench) -> None:
    """The second booking of a cause is told so and leaves the books as they are, also when both come at once."""
    outcomes = await asyncio.gather(*(books(bench, hold_placed(TEN)) for _ in range(5)))

    assert sorted(outcomes) == [False] * 4 + [True]
    assert await bench.value("SELECT count(*) FROM ledger_entry") == 2


async def test_nothing_is_not_booked(bench: Bench) -> None:
    """A journal of zeros says nothing and takes no cause."""
    assert not await books(bench, hold_placed(Money(0, "EUR")))
    assert await bench.value("SELECT count(*) FROM journal") == 0


async def test_what_does_not_balance_is_refused_before_the_database_sees_it(bench: Bench) -> None:
    """A mistake in our postings is ours to find, with its figures."""
    with pytest.raises(Unbalanced):
        await books(bench, (Posting(Account.REVENUE, TEN),))


async def test_every_owner_and_currency_has_an_account_of_its_own(bench: Bench) -> None:
    """What we owe one partner is never mixed with what we owe another, nor euros with francs."""
    await books(bench, partner_cost("prt_1", TEN), cause="1")
    await books(bench, partner_cost("prt_2", TEN), cause="2")
    await books(bench, partner_cost("prt_1", Money(500, "CHF")), cause="3")

    rows = await bench.rows("SELECT id FROM ledger_account WHERE name = 'cpo_payable' ORDER BY id")
    assert [row.id for row in rows] == ["cpo_payable:prt_1:CHF", "cpo_payable:prt_1:EUR", "cpo_payable:prt_2:EUR"]


async def test_the_income_of_a_charge_tells_what_carries_tax(bench: Bench) -> None:
    """Revenue, tax and money of unknown tax are told apart; other charges' income is not counted."""
    parts = (
        Posting(Account.PSP_CLEARING, TEN),
        Posting(Account.REVENUE, Money(-840, "EUR")),
        Posting(Account.VAT, Money(-160, "EUR")),
    )
    await books(bench, parts, cause="1", charge="chs_1")
    unknown = (Posting(Account.PSP_CLEARING, TEN), Posting(Account.REVENUE_TAX_UNKNOWN, -TEN))
    await books(bench, unknown, cause="2", charge="chs_1")
    await books(bench, parts, cause="3", charge="chs_2")

    async with bench.work() as db:
        assert await income_of_charge(db=db, charging_session_id="chs_1") == Income(840, 160, 1000)
        assert await income_of_charge(db=db, charging_session_id="chs_9") == Income(0, 0, 0)


async def test_a_journal_belongs_to_its_month(bench: Bench) -> None:
    """Finance closes months: each journal says which one it is in."""
    await books(bench, hold_placed(TEN))

    assert await bench.value("SELECT period FROM journal") == "2026-03"
