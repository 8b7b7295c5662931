"""Paid help is given back whole, by somebody else than who offered it, with a note, and the books are as before."""

from datetime import timedelta

import pytest

from api.db import UnitOfWork
from api.domain.finance.finding import Actor
from api.domain.staff.roles import NotPermitted
from api.domain.support.billable import HelpOfferOver
from api.models.help_offer import HelpOffer
from api.services.charging.approvals import SamePerson
from api.services.finance.statements import issue_statement
from api.services.support.help_refunds import HelpRefundAboveLimit, refund_help
from tests.api.services.support.desk_hands import ONE, THREE
from tests.api.services.support.help_hands import a_drivers_case, accepts, offered
from tests.bench import Bench, a_bench, a_policy
from tests.wallets import account, books_balance, figures, top_up

LEAD = Actor("Fiona Lead", frozenset({"finance_lead"}), "req_9")


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return an installation whose help may cost 19 euro."""
    return a_bench(work, policy=a_policy(help_prices={"EUR": 1900}))


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


async def test_an_erased_account_is_given_nothing_back(bench: Bench) -> None:
    """Money in the wallet of somebody who is gone would stay there for good: refused."""
    await top_up(bench, 5000)
    offer = await offered(bench, await a_drivers_case(bench))
    await accepts(bench, offer)
    await bench.rows("UPDATE driver SET status = 'closed' WHERE id = 'drv_1' RETURNING id")
    with pytest.raises(HelpOfferOver):
        await refunds(bench, offer, LEAD)
