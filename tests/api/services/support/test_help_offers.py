"""Help at a price: off unless set, paid once by exactly what was agreed to, on paper, in the books, and given back."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.db import UnitOfWork
from api.domain.errors import AppError
from api.domain.support.billable import (
    TEXT_VERSION,
    HelpConsentDiffers,
    HelpNotBillable,
    HelpOfferOver,
)
from api.models.finance import Receipt
from api.models.help_offer import HelpOffer
from api.services.closing.control_totals import control_totals
from api.services.closing.lists_books import JOURNAL
from api.services.finance.proof import prove
from api.services.finance.verify import verify_ledger
from api.services.reconciliation.rules_money import WALLET_DRIFT
from api.services.reconciliation.sql_rule import narrowed
from api.services.support.desk_links import merge_case
from api.services.support.help_answers import HelpNotPayable, decline_help
from api.services.support.help_offers import HelpOfferOpen, UnknownHelpOffer
from api.services.support.open import Customer
from tests.api.services.charging.given_back import paid
from tests.api.services.support.desk_hands import ONE, a_case, does, events
from tests.api.services.support.help_hands import YES, a_drivers_case, accepts, offered
from tests.bench import Bench, a_bench, a_policy
from tests.builders import a_driver
from tests.wallets import account, books_balance, figures, top_up


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return an installation whose help may cost 19 euro."""
    return a_bench(work, policy=a_policy(help_prices={"EUR": 1900}))


async def nothing_happened(bench: Bench, balance: int) -> None:
    """Assert that no help was booked, put on paper or taken from the wallet."""
    assert (await figures(bench))[0] == balance
    assert await bench.value("SELECT count(*) FROM journal WHERE kind LIKE 'help%'") == 0
    assert await bench.value("SELECT count(*) FROM receipt") == 0
    await books_balance(bench)


@pytest.mark.capability("EP10")
async def test_it_is_off_unless_a_price_is_set(work: UnitOfWork) -> None:
    """A fresh installation cannot even offer it; no more can one in a currency without a price."""
    bench = a_bench(work)
    case = await a_drivers_case(bench)
    with pytest.raises(HelpNotBillable):
        await offered(bench, case)
    priced = a_bench(work, policy=a_policy(help_prices={"CHF": 1900}))
    with pytest.raises(HelpNotBillable):
        await offered(priced, case)
    assert await bench.value("SELECT count(*) FROM help_offer") == 0


@pytest.mark.capability("EP10")
async def test_what_is_agreed_to_is_paid_once_and_kept(bench: Bench) -> None:
    """19.00 with 3.03 tax leaves the wallet, the consent is kept to the cent, the receipt is numbered, books hold."""
    await top_up(bench, 5000)
    case = await a_drivers_case(bench)
    offer = await offered(bench, case)
    assert (offer.amount_minor, offer.vat_minor, str(offer.vat_percent)) == (1900, 303, "19")
    await accepts(bench, offer)
    with pytest.raises(HelpOfferOver):
        await accepts(bench, offer)

    assert await figures(bench) == (3100, 0, 3100)
    assert [await account(bench, name) for name in ("revenue", "vat")] == [-1597, -303]
    async with bench.work() as db:
        kept = await db.get_one(HelpOffer, offer.id)
        paper = await db.get_one(Receipt, kept.receipt_id)
    assert kept.consent is not None
    assert (kept.state, kept.consent["amount_minor"], kept.consent["currency"]) == ("accepted", 1900, "EUR")
    assert (kept.consent["text_version"], kept.consent["at"]) == (TEXT_VERSION, bench.clock.now().isoformat())
    assert (paper.total_minor, paper.document["vat_minor"], paper.charging_session_id) == (1900, 303, None)
    assert paper.number.endswith("-000001")
    told = [each.detail["help"] for each in await events(bench, case.id) if each.public and "help" in each.detail]
    assert told == ["offered", "accepted"]
    await books_balance(bench)
    assert await bench.rows(narrowed(WALLET_DRIFT.found, whole=True, single=False)) == []


@pytest.mark.capability("EP10")
async def test_the_promise_holds_beside_paid_help(bench: Bench) -> None:
    """Beside a charge the proof says the same as before, the control totals of the day agree, the journal lists it."""
    await paid(bench)
    await top_up(bench, 5000)
    await bench.drain()
    async with bench.work() as db:
        before = await prove(db=db)
    offer = await offered(bench, await a_drivers_case(bench))
    await accepts(bench, offer)
    await bench.drain()
    day, issuer = bench.clock.now().date(), bench.ports.policy.issuer
    async with bench.work() as db:
        assert await prove(db=db) == before
        totals = await control_totals(db=db, issuer=issuer, first=day - timedelta(days=2), last=day)
    assert [each.holds_true for each in before] == [True]
    assert {each.difference for each in totals} == {0}
    assert {"help_paid", "help_refunded"} <= set(JOURNAL.choices["kind"])
    await books_balance(bench)


@pytest.mark.capability("EP10")
async def test_two_answers_at_once_pay_once(bench: Bench) -> None:
    """Whoever taps twice pays once, also when both taps arrive together."""
    await top_up(bench, 5000)
    offer = await offered(bench, await a_drivers_case(bench))
    answers = await asyncio.gather(*(accepts(bench, offer) for _ in range(3)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["HelpOffer", "HelpOfferOver", "HelpOfferOver"]
    assert (await figures(bench))[0] == 3100
    assert await bench.value("SELECT count(*) FROM receipt") == 1
    await books_balance(bench)


@pytest.mark.capability("EP10")
@pytest.mark.parametrize("filled", [None, 1899])
async def test_a_wallet_pays_all_of_it_or_nothing(bench: Bench, filled: int | None) -> None:
    """Without a wallet, or a cent short, nothing is booked and the offer stays open; help never takes it below zero."""
    if filled:
        await top_up(bench, filled)
    offer = await offered(bench, await a_drivers_case(bench))
    with pytest.raises(HelpNotPayable) as refused:
        await accepts(bench, offer)
    assert refused.value.facts["reason"] == "wallet_too_low"
    await nothing_happened(bench, filled or 0)
    await top_up(bench, 1000)
    await top_up(bench, 1000)
    assert (await accepts(bench, offer)).state == "accepted"


async def _declined(bench: Bench, offer: HelpOffer) -> None:
    async with bench.work() as db:
        now = bench.clock.now()
        await decline_help(db=db, now=now, driver_id=offer.driver_id, case_id=offer.case_id, offer_id=offer.id)
    await accepts(bench, offer)


async def _lapsed(bench: Bench, offer: HelpOffer) -> None:
    bench.clock.advance(timedelta(days=3).total_seconds())
    await accepts(bench, offer)


async def _of_a_closed_case(bench: Bench, offer: HelpOffer) -> None:
    into = await a_case(bench, customer=Customer(driver_id=offer.driver_id, name="Ada Berg"))
    await does(bench, merge_case, offer.case_id, ONE, into=into.number)
    await accepts(bench, offer)


async def _by_somebody_else(bench: Bench, offer: HelpOffer) -> None:
    await a_driver(bench, driver_id="drv_2")
    await top_up(bench, 5000, driver_id="drv_2")
    await accepts(bench, offer, driver_id="drv_2")


async def _a_cent_less(bench: Bench, offer: HelpOffer) -> None:
    await accepts(bench, offer, replace(YES, amount_minor=1899))


@pytest.mark.capability("EP10")
@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        (_declined, HelpOfferOver),
        (_lapsed, HelpOfferOver),
        (_of_a_closed_case, HelpOfferOver),
        (_by_somebody_else, UnknownHelpOffer),
        (_a_cent_less, HelpConsentDiffers),
    ],
)
async def test_without_the_drivers_own_yes_nothing_is_charged(
    bench: Bench, how: Callable[..., Any], refusal: type[AppError]
) -> None:
    """Declined, lapsed, in a closed case, by somebody else or a cent apart: refused, and nothing is booked."""
    await top_up(bench, 5000)
    offer = await offered(bench, await a_drivers_case(bench))
    with pytest.raises(refusal):
        await how(bench, offer)
    await nothing_happened(bench, 5000)


async def test_one_offer_waits_at_a_time_and_needs_an_account(bench: Bench) -> None:
    """A second one is refused until the first is over; who has no account has no wallet either."""
    case = await a_drivers_case(bench)
    await offered(bench, case)
    with pytest.raises(HelpOfferOpen):
        await offered(bench, case)
    bench.clock.advance(timedelta(days=3).total_seconds())
    await offered(bench, case)
    assert [row[0] for row in await bench.rows("SELECT state FROM help_offer ORDER BY offered_at")] == [
        "lapsed",
        "offered",
    ]
    with pytest.raises(HelpNotBillable):
        await offered(bench, await a_case(bench))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE help_offer SET amount_minor = 1901",
        "UPDATE help_offer SET vat_minor = 302",
        "UPDATE help_offer SET state = 'declined'",
        "UPDATE help_offer SET receipt_id = NULL",
        "UPDATE help_offer SET consent = consent || '{\"amount_minor\": 1}'",
    ],
)
async def test_the_books_notice_help_that_was_not_agreed_to(bench: Bench, damage: str) -> None:
    """Another amount, tax, state, receipt or consent than what is booked is found by the check of wallets."""
    await top_up(bench, 5000)
    await accepts(bench, await offered(bench, await a_drivers_case(bench)))
    await bench.rows(f"{damage} RETURNING 1")
    async with bench.work() as db:
        verdicts = await verify_ledger(db=db)
    assert "help_paid" in {each.name for each in verdicts if each.differing}
