"""Every journal of four rich stories, undone or booked a second time: the verification must see each."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.domain.finance.accounts import JournalKind
from api.domain.finance.payer import Payer
from api.ports.refunds import RefundStatus
from api.services.charging.refund_decisions import settle_otherwise
from api.services.finance.ledger_reverse import _postings_of, reverse_journal
from api.services.finance.verify import run_checks, verify_ledger
from api.services.payments.ledger import book
from api.services.wallet.payout import request_refund
from tests.api.services.charging.given_back import (
    INTENT,
    a_bill,
    a_credit_cdr,
    approves,
    credit,
    euro,
    hears,
    paid,
    pause_ends,
    refund_rows,
    refunds,
    settlement,
    write_off,
)
from tests.api.services.charging.test_other_payers import a_fleet
from tests.api.services.charging.test_pay_rest import pays
from tests.api.services.charging.test_wallet_charge import charges, is_billed
from tests.bench import Bench
from tests.charges import a_quote, start
from tests.wallets import top_up


async def card(bench: Bench) -> None:
    """A hold and a later payment; a refund that failed and was paid otherwise, one that went, a dispute won."""
    charge = await paid(bench, "60.00")
    await pays(bench, charge, "card")
    refunds(bench).next_status = RefundStatus.FAILED
    await credit(bench, charge, 1000)
    await bench.drain()
    refunds(bench).next_status = RefundStatus.SUCCEEDED
    await approves(bench, (await credit(bench, charge, 4500)).id)
    await bench.drain()
    (failed,) = [each for each in await refund_rows(bench) if each.state == "failed"]
    async with bench.work() as db:
        now = bench.clock.now()
        await settle_otherwise(db=db, ports=bench.ports, now=now, refund_id=failed.id, by="Bo", reference="tr1")
    dispute = settlement(bench).open_dispute(INTENT, euro(500))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)
    settlement(bench).end_dispute(dispute.dispute_id, won=True)
    await hears(bench, "charge.dispute.closed", "dispute", dispute.dispute_id)


async def lowered(bench: Bench) -> None:
    """A receivable, part of it written off, and a bill that falls."""
    charge = await paid(bench, "150.00")
    await write_off(bench, charge, 2000)
    await a_credit_cdr(bench, charge, 1, "150.00")
    await a_bill(bench, charge, 2, "10.00")
    await bench.drain()
    await pause_ends(bench, charge)


async def wallet(bench: Bench) -> None:
    """A bill above the reservation, a credit, a refund of the wallet, and a top-up that the bank took back."""
    await top_up(bench, 6000)
    charge = await start(bench, await a_quote(bench), pay_with=Payer.WALLET)
    await charges(bench, charge)
    await is_billed(bench, charge, "60.00")
    await credit(bench, charge, 1000)
    await bench.drain()
    payin = await top_up(bench, 9000)
    async with bench.work() as db:
        now, back = bench.clock.now(), euro(1000)
        await request_refund(db=db, ports=bench.ports, now=now, driver_id="drv_1", currency="EUR", amount=back)
    await bench.drain()
    dispute = settlement(bench).open_dispute(str(payin.payment_intent_id), euro(500))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id, intent=payin.payment_intent_id)


async def fleet(bench: Bench) -> None:
    """A bill above the promise, and a credit."""
    await a_fleet(bench)
    charge = await start(bench, await a_quote(bench), pay_with=Payer.FLEET)
    await charges(bench, charge)
    await is_billed(bench, charge, "60.00")
    await credit(bench, charge, 1000)
    await bench.drain()


class _UndoneError(Exception):
    """Rolls a planted error back."""


@pytest.mark.parametrize("how", ["undone", "twice"])
@pytest.mark.parametrize("story", [card, lowered, wallet, fleet])
async def test_no_journal_can_go_or_come_twice_unseen(
    bench: Bench, story: Callable[[Bench], Awaitable[None]], how: str
) -> None:
    """Balanced every time, and wrong every time."""
    await story(bench)
    async with bench.work() as db:
        before = {each.name: each.differing for each in await verify_ledger(db=db)}
    assert {name for name, count in before.items() if count} <= {"nothing_left"}
    query = "SELECT id, kind, cause_type, charging_session_id AS charge FROM journal ORDER BY id"
    unseen = [row.kind for row in await bench.rows(query) if before == await _found_after(bench, row, how)]
    assert unseen == []


async def _found_after(bench: Bench, row: Any, how: str) -> dict[str, int]:
    """Return what each check finds with one journal undone or booked again, and take that back."""
    now, found = bench.clock.now(), {}
    try:
        async with bench.work() as db:
            if how == "undone":
                await reverse_journal(db=db, ports=bench.ports, now=now, journal_id=row.id, reason="wrong", by="Ada")
            else:
                await book(
                    db=db,
                    ports=bench.ports,
                    now=now,
                    kind=JournalKind(row.kind),
                    cause=(row.cause_type, "planted"),
                    postings=await _postings_of(db, row.id),
                    charging_session_id=row.charge,
                )
            await db.flush()
            found = {each.name: each.differing for each in await run_checks(db)}
            raise _UndoneError
    except _UndoneError:
        return found
