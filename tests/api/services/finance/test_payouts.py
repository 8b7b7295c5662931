"""Payouts: booked when told, matched movement by movement, nothing left over, and wrong ones told to finance."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.finance.ledger import (
    Income,
    JournalKind,
    Posting,
    dispute_opened,
    processor_fee,
    refund_failed,
    refunded,
)
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.ports.settlement import PayoutSnapshot
from api.services.deferral import Job, defer_once
from api.services.finance.payouts import handle_payout_event
from api.services.finance.payouts_sweep import sweep_balance
from api.services.finance.verify import verify_ledger
from api.services.payments.ledger import book
from tests.bench import Bench
from tests.charges import a_charge
from tests.fakes import FakeSettlement

FEE = 38
"""What the fake takes of 9.28."""


def euro(minor: int) -> Money:
    """Return ``minor`` cents."""
    return Money(minor, "EUR")


@pytest.fixture
def balance(bench: Bench) -> FakeSettlement:
    """Return the processor's side of our balance."""
    assert isinstance(bench.ports.settlement, FakeSettlement)
    return bench.ports.settlement


async def a_capture(bench: Bench, balance: FakeSettlement, *, amount: int = 928) -> ChargingSession:
    """Return a charge of 9.28 whose capture is on our balance, as ``amount``."""
    charge = await a_charge(bench, ChargingStatus.SETTLED)
    await bench.drain()
    intent = (await bench.hold(charge)).payment_intent_id
    balance.book("charge", euro(amount), fee=euro(FEE), source_id="ch_1", payment_intent_id=intent)
    return charge


async def handle(bench: Bench, payout: PayoutSnapshot) -> bool:
    """Let an event tell of a payout."""
    return await handle_payout_event(work=bench.work, ports=bench.ports, payout_id=payout.payout_id)


async def accounts(bench: Bench) -> dict[str, int]:
    """Return what is booked on each account that payouts touch."""
    rows = await bench.rows(
        "SELECT a.name, sum(e.amount_minor) AS total FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
        " WHERE a.name IN ('psp_clearing', 'bank_transit', 'psp_fees', 'suspense') GROUP BY 1"
    )
    return {row.name: int(row.total) for row in rows if row.total}


async def processor_differs(bench: Bench) -> list[str]:
    """Return the checks against the processor's balance that find a difference."""
    entries = await bench.ports.settlement.balance_entries()
    async with bench.work() as db:
        found = await verify_ledger(db=db, at_processor=entries)
    return [each.name for each in found if each.differing and each.name.startswith("processor")]


async def test_a_payout_is_matched_to_the_last_cent(bench: Bench, balance: FakeSettlement) -> None:
    """A capture and its fee are what is paid out: the processor owes us nothing more, and nothing is left over."""
    charge = await a_capture(bench, balance)
    payout = balance.pay_out()

    assert await handle(bench, payout)

    assert await accounts(bench) == {"bank_transit": 928 - FEE, "psp_fees": FEE}
    (row,) = await bench.rows("SELECT rest_minor, processor_status, reconciled_at FROM payout")
    assert (row.rest_minor, row.processor_status, row.reconciled_at) == (0, "in_transit", bench.clock.now())
    (line,) = await bench.rows("SELECT matched_to, charging_session_id, net_minor FROM payout_line")
    assert tuple(line) == ("hold", charge.id, 928 - FEE)
    assert await bench.findings() == set()
    assert await processor_differs(bench) == []


async def test_a_payout_told_many_times_and_at_once_is_booked_once(bench: Bench, balance: FakeSettlement) -> None:
    """Webhooks repeat, and two workers may hold one each."""
    await a_capture(bench, balance)
    balance.book("stripe_fee", euro(-200), source_id="fee_1")
    balance.book("adjustment", euro(7))
    payout = balance.pay_out()

    outcomes = await asyncio.gather(*(handle(bench, payout) for _ in range(5)))
    assert await handle(bench, payout)

    assert outcomes == [True] * 5
    assert await bench.value("SELECT count(*) FROM journal WHERE kind = 'payout'") == 1
    assert await bench.value("SELECT count(*) FROM payout_line") == 3
    assert await accounts(bench) == {"bank_transit": 697, "psp_fees": FEE + 200, "suspense": -7}


async def test_a_fee_that_was_not_known_is_booked_from_the_payout(bench: Bench, balance: FakeSettlement) -> None:
    """The processor may tell a fee long after the capture; it is booked once, whoever tells it first."""
    charge = await a_capture_without_fee(bench, balance)
    assert "psp_fees" not in await accounts(bench)

    await handle(bench, balance.pay_out())

    assert (await bench.hold(charge)).fee_minor == FEE
    assert await accounts(bench) == {"bank_transit": 928 - FEE, "psp_fees": FEE}
    assert await processor_differs(bench) == []


async def a_capture_without_fee(bench: Bench, balance: FakeSettlement) -> ChargingSession:
    """Return a captured charge whose fee nobody told."""
    read = bench.payments.capture_hold

    async def without_fee(*arguments: object, **named: object) -> object:
        answer = await read(*arguments, **named)  # type: ignore[arg-type]  # handed on as they came
        return replace(answer, fee=None)

    bench.payments.capture_hold = without_fee  # type: ignore[method-assign, assignment]  # one answer without a fee
    return await a_capture(bench, balance)


async def test_a_sweep_finds_late_fees_and_lost_payouts(bench: Bench, balance: FakeSettlement) -> None:
    """Neither a fee nor a payout hangs on a webhook; a second round finds nothing new."""
    charge = await a_capture_without_fee(bench, balance)
    assert await sweep_balance(work=bench.work, ports=bench.ports) == 1
    assert (await bench.hold(charge)).fee_minor == FEE

    payout = balance.pay_out()
    bench.clock.advance(timedelta(days=1).total_seconds())
    assert await sweep_balance(work=bench.work, ports=bench.ports) == 1
    assert await accounts(bench) == {"bank_transit": 928 - FEE, "psp_fees": FEE}
    assert await sweep_balance(work=bench.work, ports=bench.ports) == 0

    balance.change_payout(payout.payout_id, status="failed")
    assert await sweep_balance(work=bench.work, ports=bench.ports) == 1
    assert await accounts(bench) == {"psp_clearing": 928 - FEE, "psp_fees": FEE}
    assert await sweep_balance(work=bench.work, ports=bench.ports) == 0


async def test_a_sweep_while_the_processor_is_away_is_one_for_nothing(bench: Bench, balance: FakeSettlement) -> None:
    """The next round asks again."""
    balance.break_before("balance_entries")

    assert await sweep_balance(work=bench.work, ports=bench.ports) == 0


async def test_a_failed_payout_is_reversed_and_paid_out_again(bench: Bench, balance: FakeSettlement) -> None:
    """Its money is at the processor again, finance is told, and the next payout contains it."""
    await a_capture(bench, balance)
    payout = balance.pay_out()
    await handle(bench, payout)

    balance.change_payout(payout.payout_id, status="failed")
    await handle(bench, payout)

    assert await accounts(bench) == {"psp_clearing": 928 - FEE, "psp_fees": FEE}
    assert await bench.findings() == {"payout_failed"}
    assert await processor_differs(bench) == []

    again = balance.pay_out()
    await handle(bench, again)
    assert await bench.rows("SELECT matched_to FROM payout_line WHERE payout_id = :id", id=again.payout_id) == [
        ("payout",)
    ]
    assert await bench.value("SELECT rest_minor FROM payout WHERE id = :id", id=again.payout_id) == 0
    assert await accounts(bench) == {"bank_transit": 928 - FEE, "psp_fees": FEE}


async def test_a_payout_first_heard_of_when_it_failed_leaves_nothing(bench: Bench, balance: FakeSettlement) -> None:
    """News in another order book the same."""
    await a_capture(bench, balance)
    payout = balance.pay_out()
    balance.change_payout(payout.payout_id, status="failed")

    await handle(bench, payout)

    assert await accounts(bench) == {"psp_clearing": 928 - FEE, "psp_fees": FEE}


async def test_what_nothing_explains_waits_in_suspense(bench: Bench, balance: FakeSettlement) -> None:
    """The books agree with the processor all the same, and finance has the movement to look into."""
    await a_capture(bench, balance)
    unknown = balance.book("adjustment", euro(-300), source_id="adj_1")
    payout = balance.pay_out()

    await handle(bench, payout)

    assert await accounts(bench) == {"bank_transit": 928 - FEE - 300, "psp_fees": FEE, "suspense": 300}
    (finding,) = await bench.rows("SELECT reason, subject, amount_minor, detail FROM mismatch")
    assert (finding.reason, finding.subject, finding.amount_minor) == ("balance_entry_unknown", unknown.entry_id, -300)
    assert finding.detail["source"] == "adj_1"
    assert await bench.value("SELECT rest_minor FROM payout") == 0
    assert await processor_differs(bench) == []


async def book_for(
    bench: Bench, charge: ChargingSession, kind: JournalKind, postings: tuple[Posting, ...], cause: str
) -> None:
    """Book what happened to the money of a charge afterwards, as its own use case would."""
    async with bench.work() as db:
        await book(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            kind=kind,
            cause=("planted", cause),
            postings=postings,
            charging_session_id=charge.id,
        )


async def test_refunds_and_disputes_are_matched_one_to_one(bench: Bench, balance: FakeSettlement) -> None:
    """Two refunds of the same amount take a journal each; a third has none left, and is a riddle."""
    charge = await a_capture(bench, balance)
    intent = (await bench.hold(charge)).payment_intent_id
    for cause in ("1", "2"):
        await book_for(bench, charge, JournalKind.REFUNDED, refunded(Income(100, 19, 0), "EUR"), cause)
        balance.book("refund", euro(-119), source_id=f"re_{cause}", payment_intent_id=intent)
    await book_for(bench, charge, JournalKind.REFUND_FAILED, refund_failed("drv_1", euro(119)), "2")
    balance.book("refund_failure", euro(119), source_id="re_2", payment_intent_id=intent)
    await book_for(bench, charge, JournalKind.DISPUTE_OPENED, dispute_opened(euro(400)), "3")
    await book_for(bench, charge, JournalKind.DISPUTE_FEE, processor_fee(euro(2000)), "3")
    balance.book("adjustment", euro(-400), fee=euro(2000), source_id="du_1", payment_intent_id=intent)
    balance.book("stripe_fee", euro(9000))
    payout = balance.pay_out()

    await handle(bench, payout)

    matched = await bench.rows("SELECT matched_to FROM payout_line ORDER BY id")
    assert [row[0] for row in matched] == ["hold", "refund", "refund", "refund_failure", "adjustment", "fee"]
    assert await bench.value("SELECT rest_minor FROM payout") == 0
    assert await bench.findings() == set()
    assert await processor_differs(bench) == []

    balance.book("refund", euro(-119), source_id="re_3", payment_intent_id=intent)
    await handle(bench, balance.pay_out())
    assert await bench.findings() == {"balance_entry_unknown"}


async def test_a_payout_is_taken_in_by_its_job(bench: Bench, balance: FakeSettlement) -> None:
    """Whoever hears of a payout defers the job; one that is away then is found by the hourly look."""
    await a_capture(bench, balance)
    payout = balance.pay_out()
    balance.break_before("fetch_payout")
    for _ in range(2):
        async with bench.work() as db:
            await defer_once(db, Job.TAKE_IN_PAYOUT, once=payout.payout_id, payout_id=payout.payout_id)
    assert await bench.run(Job.TAKE_IN_PAYOUT) == [Job.TAKE_IN_PAYOUT]
    assert await bench.value("SELECT count(*) FROM payout") == 0

    assert await sweep_balance(work=bench.work, ports=bench.ports) == 1

    assert await bench.value("SELECT rest_minor FROM payout") == 0


async def test_fees_of_no_payment_are_booked_once(bench: Bench, balance: FakeSettlement) -> None:
    """What the processor takes for itself is our cost and no riddle."""
    await a_capture(bench, balance)
    balance.book("stripe_fee", euro(-250))
    payout = balance.pay_out()

    await handle(bench, payout)

    assert await accounts(bench) == {"bank_transit": 928 - FEE - 250, "psp_fees": FEE + 250}
    assert await bench.findings() == set()


async def test_a_payout_that_does_not_add_up_is_a_finding(bench: Bench, balance: FakeSettlement) -> None:
    """A capture of another amount than ours leaves a rest, to the cent."""
    await a_capture(bench, balance, amount=930)
    payout = balance.pay_out()

    await handle(bench, payout)

    assert await bench.value("SELECT rest_minor FROM payout") == 2
    (finding,) = await bench.rows("SELECT reason, subject, amount_minor, resolved_at FROM mismatch")
    assert tuple(finding) == ("payout_rest", payout.payout_id, 2, None)
    assert await processor_differs(bench) == ["processor_balance", "processor_payments"]


async def test_a_payout_that_is_not_reconciled_yet_is_matched_later(bench: Bench, balance: FakeSettlement) -> None:
    """Its money is booked at once; what it consists of is asked for when the processor is ready."""
    await a_capture(bench, balance)
    payout = balance.pay_out(status="paid", reconciled=False)
    await handle(bench, payout)
    assert await bench.value("SELECT rest_minor FROM payout") is None
    assert (await accounts(bench))["bank_transit"] == 928 - FEE
    assert balance.calls_of("balance_entries") == []

    balance.change_payout(payout.payout_id, status="paid")
    await handle(bench, payout)

    assert await bench.value("SELECT rest_minor FROM payout") == 0


@pytest.mark.parametrize("method", ["fetch_payout", "balance_entries"])
async def test_a_processor_that_is_away_is_asked_again(bench: Bench, balance: FakeSettlement, method: str) -> None:
    """The caller is told so, and nothing is half done for good."""
    await a_capture(bench, balance)
    payout = balance.pay_out()
    balance.break_before(method)

    assert not await handle(bench, payout)
    assert await handle(bench, payout)

    assert await bench.value("SELECT rest_minor FROM payout") == 0


async def test_a_payout_that_the_processor_denies_is_told_to_finance(bench: Bench, balance: FakeSettlement) -> None:
    """An event of another account, or a forged id, books nothing."""
    assert await handle_payout_event(work=bench.work, ports=bench.ports, payout_id="po_none")

    assert await bench.findings() == {"payout_not_at_processor"}
    assert await accounts(bench) == {}
