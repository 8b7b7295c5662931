"""Help at a price: off unless set, paid once by exactly what was agreed to, on paper, in the books, and given back."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.db import UnitOfWork
from api.domain.errors import AppError
from api.domain.finance.finding import Actor
from api.domain.staff.roles import NotPermitted
from api.domain.support.billable import (
    TEXT_VERSION,
    Consent,
    HelpConsentDiffers,
    HelpNotBillable,
    HelpOfferOver,
)
from api.models.finance import Receipt
from api.models.help_offer import HelpOffer
from api.models.support import SupportCase
from api.services.charging.approvals import SamePerson
from api.services.finance.statements import issue_statement
from api.services.finance.verify import verify_ledger
from api.services.reconciliation.rules_money import WALLET_DRIFT
from api.services.reconciliation.sql_rule import narrowed
from api.services.support.desk_links import merge_case
from api.services.support.help_answers import HelpNotPayable, accept_help, decline_help
from api.services.support.help_offers import HelpOfferOpen, UnknownHelpOffer, offer_help
from api.services.support.help_refunds import HelpRefundAboveLimit, refund_help
from api.services.support.open import Customer
from tests.api.services.support.desk_hands import ONE, THREE, a_case, does, events
from tests.bench import Bench, a_bench, a_policy
from tests.builders import a_driver
from tests.wallets import account, books_balance, figures, top_up

LEAD = Actor("Fiona Lead", frozenset({"finance_lead"}), "req_9")
YES = Consent(1900, "EUR", TEXT_VERSION)


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return an installation whose help may cost 19 euro."""
    return a_bench(work, policy=a_policy(help_prices={"EUR": 1900}))


async def a_drivers_case(bench: Bench, driver_id: str = "drv_1") -> SupportCase:
    """Open a case of a driver with an account."""
    await a_driver(bench, driver_id=driver_id)
    return await a_case(bench, customer=Customer(driver_id=driver_id, name="Ada Berg"))


async def offered(bench: Bench, case: SupportCase, by: Actor = ONE) -> HelpOffer:
    """Offer help in a case as its page shows it now."""
    facts = {"ports": bench.ports, "currency": "EUR", "text": "A technician frees the cable"}
    offer: HelpOffer = await does(bench, offer_help, case.id, by, **facts)
    return offer


async def accepts(bench: Bench, offer: HelpOffer, consent: Consent = YES, driver_id: str | None = None) -> HelpOffer:
    """Answer yes."""
    async with bench.work() as db:
        return await accept_help(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            driver_id=driver_id or offer.driver_id,
            case_id=offer.case_id,
            offer_id=offer.id,
            consent=consent,
        )


async def refunds(bench: Bench, offer: HelpOffer, by: Actor) -> HelpOffer:
    """Give paid help back."""
    async with bench.work() as db:
        return await refund_help(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            case_id=offer.case_id,
            offer_id=offer.id,
            reason="The cable was free when we came",
            by=by,
        )


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


async def test_an_erased_account_is_given_nothing_back(bench: Bench) -> None:
    """Money in the wallet of somebody who is gone would stay there for good: refused."""
    await top_up(bench, 5000)
    offer = await offered(bench, await a_drivers_case(bench))
    await accepts(bench, offer)
    await bench.rows("UPDATE driver SET status = 'closed' WHERE id = 'drv_1' RETURNING id")
    with pytest.raises(HelpOfferOver):
        await refunds(bench, offer, LEAD)


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


@pytest.mark.capability("EP10")
async def test_paid_help_is_given_back_whole_by_somebody_else(bench: Bench) -> None:
    """The wallet, revenue and tax are as before, a credit note says so, and a second time there is nothing to give."""
    await top_up(bench, 5000)
    offer = await offered(bench, await a_drivers_case(bench), by=THREE)
    await accepts(bench, offer)
    with pytest.raises(NotPermitted):
        await refunds(bench, offer, ONE)
    with pytest.raises(SamePerson):
        await refunds(bench, offer, THREE)
    await refunds(bench, offer, LEAD)
    with pytest.raises(HelpOfferOver):
        await refunds(bench, offer, LEAD)

    assert await figures(bench) == (5000, 0, 5000)
    assert [await account(bench, name) for name in ("revenue", "vat")] == [0, 0]
    papers = await bench.rows("SELECT kind, total_minor, credits_id IS NOT NULL FROM receipt ORDER BY number")
    assert [tuple(each) for each in papers] == [("receipt", 1900, False), ("credit_note", 1900, True)]
    await books_balance(bench)
    bench.clock.advance(timedelta(days=40).total_seconds())
    async with bench.work() as db:
        month = offer.offered_at.strftime("%Y-%m")
        (statement,) = await issue_statement(
            db=db, ports=bench.ports, now=bench.clock.now(), driver_id="drv_1", month=month
        )
    assert (statement.total_minor, len(statement.document["lines"])) == (0, 2)


async def test_above_ones_own_limit_somebody_else_gives_it_back(work: UnitOfWork) -> None:
    """The third line decides half of what one person may; a dearer help is for those with a larger limit."""
    bench = a_bench(work, policy=a_policy(help_prices={"EUR": 1900}, refund_approval={"EUR": 3000}))
    await top_up(bench, 5000)
    offer = await offered(bench, await a_drivers_case(bench))
    await accepts(bench, offer)
    with pytest.raises(HelpRefundAboveLimit):
        await refunds(bench, offer, THREE)
    await refunds(bench, offer, LEAD)
    await books_balance(bench)


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
