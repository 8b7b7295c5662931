"""Control totals: opening and movements are the closing, told by the books and by what happened, and never apart."""

import random
from datetime import date, timedelta
from itertools import pairwise

from api.domain.charging.state import ChargingStatus
from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import hold_placed
from api.domain.money import Money
from api.services.charging.look import look_at_hold
from api.services.payments.ledger import book
from tests.api.services.charging.given_back import credit, pause_ends
from tests.api.services.closing.months import EARLY_APRIL, MARCH, a_paid_charge, an_open_hold, close, totals
from tests.bench import Bench
from tests.charges import a_charge

DAY = timedelta(days=1)


async def test_a_day_of_every_end_balances(bench: Bench) -> None:
    """A capture, a release, an expiry, a refund and an open hold: each on its line, both ways of telling agree."""
    paid = await a_paid_charge(bench)
    await a_charge(bench, ChargingStatus.START_FAILED, driver_id="drv_2")
    await bench.drain()
    lapsed = await an_open_hold(bench, "drv_3")
    await credit(bench, paid, 1000)
    await pause_ends(bench, paid)
    intent = (await bench.hold(lapsed)).payment_intent_id
    assert intent
    bench.payments.expire(intent)
    await look_at_hold(work=bench.work, ports=bench.ports, payment_intent_id=intent, source="sweep")

    today = bench.clock.now().date()
    (day,) = await totals(bench, today, today)

    assert day.difference == 0
    assert (day.holds_opening, day.authorized, day.holds_closing) == (0, 15000, 0)
    assert (day.captured, day.captured_of_holds, day.expired) == (2380, 2380, 5000)
    assert day.released == 15000 - 2380 - 5000
    assert day.refunded == -1000
    assert day.clearing_closing == 2380 - 1000 + day.other


async def test_days_follow_each_other_and_the_issuers_midnight(bench: Bench) -> None:
    """Each day opens with what the day before closed with; a day ends at midnight where the issuer sits."""
    rng, first = random.Random(1127), bench.clock.now().date()
    for number in range(12):
        await a_paid_charge(bench, f"drv_{number}", cost=str(rng.randint(1, 60)))
        if number % 3 == 0:
            await an_open_hold(bench, f"drv_open{number}")
        bench.clock.advance(rng.randint(1, 40) * 3600)

    days = await totals(bench, first, bench.clock.now().date() + DAY)

    assert all(day.difference == 0 for day in days)
    for before, after in pairwise(days):
        assert (after.holds_opening, after.clearing_opening) == (before.holds_closing, before.clearing_closing)
    for day in days:
        assert day.holds_opening + day.authorized + day.let_go + day.corrected == day.holds_closing
        assert day.clearing_opening + day.captured + day.refunded + day.other == day.clearing_closing
    booked = await bench.value(
        "SELECT sum(amount_minor) FROM ledger_entry WHERE account_id = 'psp_holds::EUR' AND layer = 'pending'"
    )
    assert days[-1].holds_closing == booked == 4 * 5000
    assert days[-1].clearing_closing == await bench.value(
        "SELECT sum(amount_minor) FROM ledger_entry WHERE account_id = 'psp_clearing::EUR'"
    )


async def test_what_the_books_alone_know_shows(bench: Bench) -> None:
    """A hold that was booked and never happened is a difference on its day and on every day after."""
    await a_paid_charge(bench)
    async with bench.work() as db:
        await book(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            kind=JournalKind.HOLD_PLACED,
            cause=("hold", "hld_never"),
            postings=hold_placed(Money(700, "EUR")),
        )

    today = bench.clock.now().date()
    days = await totals(bench, today - DAY, today + DAY)

    assert [day.difference for day in days] == [0, 1400, 700]


async def test_a_sealed_month_is_where_the_next_one_begins(bench: Bench) -> None:
    """Totals after a sealed month are the same as those that add up all of history."""
    await a_paid_charge(bench)
    await an_open_hold(bench, "drv_2")
    bench.clock.set(EARLY_APRIL)
    day = date(2026, 4, 2)
    before = await totals(bench, day, day)
    await close(bench, MARCH)

    assert await bench.value("SELECT count(*) FROM period_balance") > 3
    assert await totals(bench, day, day) == before
    assert before[0].holds_opening == 5000
