"""Getting money of a wallet back: to the cards it came from, never more than is free, and never lost (EP02)."""

import asyncio

import pytest

from api.domain.finance.payer import Payer
from api.domain.money import Money
from api.models.wallet import WalletPayout, WalletRefund
from api.ports.refunds import RefundStatus
from api.services.deferral import Job
from api.services.wallet.movements import movements_of
from api.services.wallet.payout import NotRefundable, request_refund, run_payout
from api.services.wallet.payout_look import sweep_payouts
from api.services.wallet.queries import refund_of_driver
from tests.bench import Bench, crashing
from tests.builders import a_driver
from tests.charges import a_quote, start
from tests.fakes import SimulatedCrash
from tests.wallets import account, books_balance, figures, refunds, top_up


async def asks(bench: Bench, minor: int | None = None) -> WalletRefund:
    """Ask for money of the euro wallet."""
    amount = None if minor is None else Money(minor, "EUR")
    async with bench.work() as db:
        refund, _ = await request_refund(
            db=db, ports=bench.ports, now=bench.clock.now(), driver_id="drv_1", currency="EUR", amount=amount
        )
    return refund


async def payouts(bench: Bench, refund: WalletRefund) -> list[WalletPayout]:
    """Return what goes back to which card."""
    async with bench.work() as db:
        return (await refund_of_driver(db=db, driver_id="drv_1", refund_id=refund.id))[1]


async def sweep(bench: Bench, minutes: int = 11) -> None:
    """Let time pass and the sweep come by, its jobs done."""
    bench.clock.advance(minutes * 60)
    await sweep_payouts(work=bench.work, ports=bench.ports)
    await bench.drain()


async def test_the_newest_top_up_goes_back_first(bench: Bench) -> None:
    """30 and then 50 came; 60 go back: 50 to the newer card, 10 to the older one, and 20 are left."""
    await top_up(bench, 3000)
    bench.clock.advance(60)
    await top_up(bench, 5000)

    refund = await asks(bench, 6000)
    assert await figures(bench) == (8000, 6000, 2000)
    await bench.drain()

    assert sorted(each.amount_minor for each in await payouts(bench, refund)) == [1000, 5000]
    assert [each.amount.minor for each in refunds(bench).refunds] == [5000, 1000]
    assert await figures(bench) == (2000, 0, 2000)
    assert await account(bench, "prepaid") == -2000
    await books_balance(bench)


async def test_twenty_requests_at_once_pay_out_what_is_there_once(bench: Bench) -> None:
    """Parallel requests for all of it: under the wallet's lock one of them gets it."""
    await top_up(bench, 5000)

    outcomes = await asyncio.gather(*(asks(bench, 5000) for _ in range(18)), return_exceptions=True)
    await bench.drain()

    assert sum(isinstance(each, WalletRefund) for each in outcomes) == 1
    assert sum(isinstance(each, NotRefundable) for each in outcomes) == 17
    assert sum(each.amount.minor for each in refunds(bench).refunds) == 5000
    assert await figures(bench) == (0, 0, 0)


async def test_what_a_charge_reserves_is_not_paid_out(bench: Bench) -> None:
    """50 of 70 are reserved by a charge: 20 can go back, more cannot; all of it means the 20."""
    await top_up(bench, 7000)
    await start(bench, await a_quote(bench), pay_with=Payer.WALLET)
    await bench.run(Job.PLACE_HOLD)

    with pytest.raises(NotRefundable):
        await asks(bench, 2001)
    refund = await asks(bench)

    assert refund.amount_minor == 2000
    assert await figures(bench) == (7000, 7000, 0)


async def test_nothing_is_no_refund(bench: Bench) -> None:
    """An empty wallet has nothing to give."""
    await a_driver(bench)
    with pytest.raises(NotRefundable):
        await asks(bench)


@pytest.mark.parametrize("trouble", ["lose_answer", "break_before", "fail_for_good"])
async def test_a_lost_outcome_is_found_and_paid_back_once(bench: Bench, trouble: str) -> None:
    """Done or not done, a stored failure or none: the card gets it once."""
    await top_up(bench, 5000)
    refund = await asks(bench)
    getattr(refunds(bench), trouble)("refund_payment")
    await bench.drain()
    assert await figures(bench) == (5000, 5000, 0)

    for _ in range(3):
        await sweep(bench)

    assert [each.amount.minor for each in refunds(bench).refunds] == [5000]
    assert [each.status for each in await payouts(bench, refund)] == ["succeeded"]
    assert await figures(bench) == (0, 0, 0)
    await books_balance(bench)


@pytest.mark.parametrize("point", ["payout.planned", "payout.performed", "payout.recorded"])
async def test_a_crash_at_any_point_is_made_good_by_the_sweep(bench: Bench, point: str) -> None:
    """On disk before the call: whoever takes it up repeats it with its key."""
    await top_up(bench, 5000)
    refund = await asks(bench)
    (payout,) = await payouts(bench, refund)
    with pytest.raises(SimulatedCrash):
        await run_payout(work=bench.work, ports=crashing(bench, point), payout_id=payout.id)
    await bench.rows("DELETE FROM procrastinate_jobs WHERE task_name = 'run_wallet_payout' RETURNING id")

    await sweep(bench)

    assert len(refunds(bench).refunds) == 1
    assert await figures(bench) == (0, 0, 0)


async def test_a_refused_refund_stays_in_the_wallet(bench: Bench) -> None:
    """The processor says no for good: the money is free again and the driver is told."""
    await top_up(bench, 5000)
    refund = await asks(bench)
    refunds(bench).refuse("refund_payment", "charge_disputed")
    await bench.drain()

    (payout,) = await payouts(bench, refund)
    assert (payout.status, payout.failure_reason) == ("failed", "charge_disputed")
    assert await figures(bench) == (5000, 0, 5000)
    assert "wallet_refund_failed" in await bench.messages()
    await books_balance(bench)


@pytest.mark.parametrize("status", [RefundStatus.PENDING, RefundStatus.SUCCEEDED])
async def test_a_refund_that_comes_back_is_in_the_wallet_again(bench: Bench, status: RefundStatus) -> None:
    """Mode 25: whatever it was before, a refund that failed is booked back, once, and can be asked for again."""
    await top_up(bench, 5000)
    refunds(bench).next_status = status
    await asks(bench)
    await bench.drain()
    assert await figures(bench) == (0, 0, 0)

    refunds(bench).end("re_fake1", RefundStatus.FAILED, failure_reason="expired_or_canceled_card")
    for _ in range(2):
        await sweep(bench, minutes=25 * 60)

    assert await figures(bench) == (5000, 0, 5000)
    assert await account(bench, "psp_clearing") == 5000 - 100
    assert (await bench.messages()).count("wallet_refund_failed") == 1
    await books_balance(bench)


@pytest.mark.capability("EP02")
async def test_movements_sum_to_the_balance(bench: Bench) -> None:
    """Each movement tells the balance after it, newest first, page by page."""
    await top_up(bench, 3000)
    await top_up(bench, 5000)
    await asks(bench, 1000)
    await bench.drain()

    async with bench.work() as db:
        found = await movements_of(db=db, driver_id="drv_1", currency="EUR")
        page = await movements_of(db=db, driver_id="drv_1", currency="EUR", limit=2, before=found[0].id)

    assert [(each.kind, each.amount.minor, each.balance_after.minor) for each in found] == [
        ("paid_back", -1000, 7000),
        ("top_up", 5000, 8000),
        ("top_up", 3000, 3000),
    ]
    assert page == found[1:]
    assert sum(each.amount.minor for each in found) == (await figures(bench))[0]
