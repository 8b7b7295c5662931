"""The book of retail rules as it is kept: checked as a whole, ended in the future only, never rewritten."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from api.domain.ids import PartyId
from api.domain.pricing.rulebook import CrossBorderMarkup, RetailTerms, RulesRefused
from api.services.prices.add import add_terms
from api.services.prices.book import Retroactive
from api.services.prices.end import UnknownTerms, end_terms
from api.services.prices.queries import all_terms
from tests.bench import Bench
from tests.builders import after

SECOND = timedelta(seconds=1)


async def add(bench: Bench, **fields: Any) -> RetailTerms:
    """Add a rule that counts from now on."""
    now = bench.clock.now()
    async with bench.work() as db:
        return await add_terms(db=db, ports=bench.ports, now=now, terms=RetailTerms(**({"starts_at": now} | fields)))


async def end(bench: Bench, terms: RetailTerms, minutes: float) -> RetailTerms:
    """End a rule some minutes into the story."""
    async with bench.work() as db:
        return await end_terms(db=db, now=bench.clock.now(), terms_id=terms.id, ends_at=after(minutes))


async def book(bench: Bench) -> list[RetailTerms]:
    """Return the book as stored."""
    async with bench.work() as db:
        return await all_terms(db)


async def test_a_rule_is_read_as_it_was_added(bench: Bench) -> None:
    """Every field, exactly, and with an id of its own."""
    default = await add(bench, markup_percent=Decimal("2.50"))
    whole = await add(
        bench,
        starts_at=after(10),
        ends_at=after(20),
        party=PartyId("DE", "CPO"),
        country="DEU",
        tariff_id="T1",
        currency="EUR",
        markup_percent=Decimal("2.5"),
        session_fee_minor=35,
        minute_fee=Decimal("0.0125"),
        free_minutes=10,
    )
    assert await book(bench) == [default, whole]
    assert {each.id.partition("_")[0] for each in (default, whole)} == {"rtm"}


async def test_a_rule_cannot_begin_in_the_past(bench: Bench) -> None:
    """Now is the earliest: what was quoted up to now was quoted by the book as it was."""
    with pytest.raises(Retroactive, match="starts_in_the_past"):
        await add(bench, starts_at=bench.clock.now() - SECOND)
    await add(bench, starts_at=bench.clock.now())


async def test_a_rule_is_checked_against_all_others(bench: Bench) -> None:
    """Overlaps and markups that depend on the country are refused, and nothing is stored."""
    await add(bench, markup_percent=Decimal(5))
    with pytest.raises(RulesRefused, match="rules_overlap"):
        await add(bench, markup_percent=Decimal(5))
    with pytest.raises(CrossBorderMarkup):
        await add(bench, markup_percent=Decimal(7), country="FRA", currency="EUR")
    assert len(await book(bench)) == 1


async def test_of_two_rules_at_once_one_is_refused(bench: Bench) -> None:
    """The book is written by one at a time: neither of two clerks can miss the other's rule."""
    found = await asyncio.gather(add(bench), add(bench), return_exceptions=True)
    assert sorted(type(each).__name__ for each in found) == ["RetailTerms", "RulesRefused"]


async def test_a_price_changes_by_ending_a_rule_and_adding_the_next(bench: Bench) -> None:
    """From one moment on, with no gap and no overlap."""
    old = await add(bench, markup_percent=Decimal(5))
    await end(bench, old, 60)
    await add(bench, starts_at=after(60), markup_percent=Decimal(7))
    assert [(each.starts_at, each.ends_at) for each in await book(bench)] == [
        (after(0), after(60)),
        (after(60), None),
    ]


async def test_a_rule_ends_in_the_future_only(bench: Bench) -> None:
    """Neither before nor at this moment, and one that is over stays over."""
    terms = await add(bench)
    bench.clock.set(after(30))
    for minutes in (0, 10, 30):
        with pytest.raises(Retroactive, match="ends_in_the_past"):
            await end(bench, terms, minutes)
    await end(bench, terms, 40)
    await end(bench, terms, 35)
    bench.clock.set(after(35))
    with pytest.raises(Retroactive, match="ends_in_the_past"):
        await end(bench, terms, 50)
    assert [each.ends_at for each in await book(bench)] == [after(35)]


async def test_ending_a_rule_is_checked_as_well(bench: Bench) -> None:
    """Without the default, what is left would be a markup of one country."""
    default = await add(bench, markup_percent=Decimal(5))
    await add(bench, markup_percent=Decimal(5), country="FRA", currency="EUR", session_fee_minor=10)
    with pytest.raises(CrossBorderMarkup):
        await end(bench, default, 60)
    assert [each.ends_at for each in await book(bench)] == [None, None]


async def test_a_planned_rule_can_be_withdrawn(bench: Bench) -> None:
    """It ends at the moment of its start, and another may take its place."""
    planned = await add(bench, starts_at=after(60), markup_percent=Decimal(50))
    await end(bench, planned, 60)
    await add(bench, starts_at=after(60), markup_percent=Decimal(5))
    assert len(await book(bench)) == 2


async def test_an_unknown_rule_cannot_be_ended(bench: Bench) -> None:
    """The id is named."""
    with pytest.raises(UnknownTerms, match="rtm_none"):
        await end(bench, RetailTerms(starts_at=after(0), id="rtm_none"), 60)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE retail_terms SET markup_percent = 7",
        "UPDATE retail_terms SET starts_at = starts_at - interval '1 day', ends_at = now()",
        "UPDATE retail_terms SET tariff_id = 'T1'",
        "DELETE FROM retail_terms",
    ],
)
async def test_the_database_keeps_the_book(bench: Bench, change: str) -> None:
    """Whoever reaches the table by hand can end a rule and nothing else."""
    await add(bench)
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        await bench.rows(change)
