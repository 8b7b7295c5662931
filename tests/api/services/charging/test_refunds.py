"""Refunds: the machine says how much, the rows say of which payment, the processor is asked once, the books follow."""

import asyncio
from datetime import timedelta

import pytest

from api.ports.refunds import RefundStatus
from api.services.charging.refund_decisions import NothingToRepay, settle_otherwise
from api.services.charging.refund_plan import RefundState
from api.services.charging.refund_run import run_refund
from api.services.charging.sweep import sweep_operations
from api.services.charging.sweep_afterwards import sweep_afterwards
from api.services.deferral import Job
from tests.api.services.charging.given_back import (
    INTENT,
    a_bill,
    a_credit_cdr,
    books,
    credit,
    euro,
    hears,
    paid,
    pause_ends,
    refund_rows,
    refunds,
    state,
)
from tests.bench import Bench, crashing
from tests.fakes import SimulatedCrash


async def test_what_was_taken_above_the_bill_goes_back_after_the_pause(bench: Bench) -> None:
    """A credit and a new bill net out first; then one refund with one key takes back income with its tax exactly."""
    charge = await paid(bench)
    await a_credit_cdr(bench, charge, 1, "20.00")
    await a_bill(bench, charge, 2, "10.00")
    await bench.drain()
    assert refunds(bench).calls == []

    await pause_ends(bench, charge)

    (row,) = await refund_rows(bench)
    (sent,) = refunds(bench).refunds
    assert (row.state, row.amount_minor, sent.amount) == (RefundState.SUCCEEDED, 1190, euro(1190))
    assert sent.our_refund_id == row.id
    assert await books(bench, charge) == {"psp_clearing": 1190, "revenue": -1000, "vat": -190}
    assert (await state(bench, charge)).excess == euro(0)


async def test_a_replacement_in_time_moves_no_money(bench: Bench) -> None:
    """Credit CDR and the same bill again: nothing travels (failure mode 11)."""
    charge = await paid(bench)
    await a_credit_cdr(bench, charge, 1, "20.00")
    await a_bill(bench, charge, 2, "20.00")
    await bench.drain()
    await pause_ends(bench, charge)

    assert refunds(bench).calls == []
    assert await books(bench, charge) == {"psp_clearing": 2380, "revenue": -2000, "vat": -380}


async def test_a_lost_answer_is_asked_for_with_the_same_key(bench: Bench) -> None:
    """Done at the processor, the answer lost: the same key brings the answer, not a second refund (mode 2)."""
    charge = await paid(bench)
    refunds(bench).lose_answer("refund_payment")
    await credit(bench, charge, 1000)
    await bench.drain()
    assert (await refund_rows(bench))[0].state == RefundState.ORDERED

    bench.clock.advance(60)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert len(refunds(bench).refunds) == 1
    assert len({call.idempotency_key for call in refunds(bench).calls_of("refund_payment")}) == 1
    assert (await refund_rows(bench))[0].state == RefundState.SUCCEEDED


async def test_after_a_day_the_processor_is_looked_at_before_it_is_asked(bench: Bench) -> None:
    """A key that the processor forgot would pay twice: the refund is found by our id instead (mode 1)."""
    charge = await paid(bench)
    refunds(bench).lose_answer("refund_payment")
    await credit(bench, charge, 1000)
    await bench.drain()

    bench.clock.advance(timedelta(hours=25).total_seconds())
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert len(refunds(bench).refunds) == 1
    assert (await refund_rows(bench))[0].processor_refund_id == refunds(bench).refunds[0].processor_refund_id


async def test_a_stored_failure_is_answered_by_a_new_key(bench: Bench) -> None:
    """A key whose failure the processor repeats is replaced by a linked operation, once nothing is there (mode 4)."""
    charge = await paid(bench)
    refunds(bench).fail_for_good("refund_payment")
    await credit(bench, charge, 1000)
    await bench.drain()

    assert [one.amount for one in refunds(bench).refunds] == [euro(1000)]
    rows = await bench.rows("SELECT state, replaces_id FROM payment_operation WHERE kind = 'refund' ORDER BY id")
    assert sorted(row.state for row in rows) == ["done", "failed"]
    assert sum(row.replaces_id is not None for row in rows) == 1


@pytest.mark.parametrize("point", ["refund.planned", "refund.performed", "refund.recorded"])
async def test_a_process_that_dies_at_any_point_refunds_once(bench: Bench, point: str) -> None:
    """Killed before, after or between the steps: the sweep finishes it, and the money goes back once."""
    charge = await paid(bench)
    await credit(bench, charge, 1000)
    operation_id = await bench.value("SELECT id FROM payment_operation WHERE kind = 'refund'")
    with pytest.raises(SimulatedCrash):
        await run_refund(work=bench.work, ports=crashing(bench, point), operation_id=operation_id)

    bench.clock.advance(60)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert [one.amount for one in refunds(bench).refunds] == [euro(1000)]
    assert await books(bench, charge) == {"psp_clearing": 1380, "revenue": -1160, "vat": -220}


async def test_a_pending_refund_that_fails_is_owed_to_the_driver(bench: Bench) -> None:
    """The bank sends it back days later: reversed, told to finance, and not sent again by itself (mode 25)."""
    charge = await paid(bench)
    refunds(bench).next_status = RefundStatus.PENDING
    await credit(bench, charge, 1000)
    await bench.drain()
    (row,) = await refund_rows(bench)
    assert row.state == RefundState.PENDING

    refunds(bench).end(str(row.processor_refund_id), RefundStatus.FAILED, failure_reason="lost_or_stolen_card")
    await hears(bench, "refund.failed", "refund", str(row.processor_refund_id))

    (row,) = await refund_rows(bench)
    assert (row.state, row.code) == (RefundState.FAILED, "lost_or_stolen_card")
    assert "refund_failed" in await bench.findings()
    found = await books(bench, charge)
    assert (found["refunds_unpaid"], found["psp_clearing"]) == (-1000, 2380)
    assert (await state(bench, charge)).afterwards.stuck == euro(1000)
    assert len(refunds(bench).calls_of("refund_payment")) == 1


async def test_what_failed_is_paid_otherwise_once(bench: Bench) -> None:
    """A transfer settles it with a name and a reference; a second one is refused."""
    charge = await paid(bench)
    refunds(bench).next_status = RefundStatus.FAILED
    await credit(bench, charge, 1000)
    await bench.drain()
    (row,) = await refund_rows(bench)

    async def pay() -> None:
        async with bench.work() as db:
            now = bench.clock.now()
            await settle_otherwise(
                db=db, ports=bench.ports, now=now, refund_id=row.id, by="Ada", reference="transfer 7"
            )

    await pay()
    with pytest.raises(NothingToRepay):
        await pay()

    found = await books(bench, charge)
    assert (found["bank_transit"], found["psp_clearing"]) == (-1000, 2380)
    assert "refunds_unpaid" not in found
    after = (await state(bench, charge)).afterwards
    assert (after.withheld, after.repaid) == (euro(1000), euro(1000))
    assert (
        await bench.value("SELECT count(*) FROM mismatch WHERE reason = 'refund_failed' AND resolved_at IS NULL") == 0
    )


async def test_a_silent_pending_refund_is_looked_at(bench: Bench) -> None:
    """The webhook never came: the sweep asks, and the end is stored (mode 19)."""
    charge = await paid(bench)
    refunds(bench).next_status = RefundStatus.PENDING
    await credit(bench, charge, 1000)
    await bench.drain()
    (row,) = await refund_rows(bench)
    refunds(bench).end(str(row.processor_refund_id), RefundStatus.SUCCEEDED)

    bench.clock.advance(timedelta(hours=7).total_seconds())
    await sweep_afterwards(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert (await refund_rows(bench))[0].state == RefundState.SUCCEEDED


async def test_a_refusal_is_withheld_and_told(bench: Bench) -> None:
    """What the processor will not give back is owed to the driver, with the income taken back already."""
    charge = await paid(bench)
    refunds(bench).refuse("refund_payment", "charge_not_refundable")
    await credit(bench, charge, 1000)
    await bench.drain()

    (row,) = await refund_rows(bench)
    assert (row.state, row.code) == (RefundState.FAILED, "charge_not_refundable")
    found = await books(bench, charge)
    assert found == {"psp_clearing": 2380, "revenue": -1160, "vat": -220, "refunds_unpaid": -1000}
    assert (await state(bench, charge)).afterwards.stuck == euro(1000)


async def test_a_webhook_may_tell_of_a_refund_before_our_answer(bench: Bench) -> None:
    """The event overtakes the lost answer: one row, one journal, and the operation ends by it (mode 18)."""
    charge = await paid(bench)
    refunds(bench).lose_answer("refund_payment")
    await credit(bench, charge, 1000)
    await bench.drain()
    (sent,) = refunds(bench).refunds

    await hears(bench, "refund.created", "refund", sent.processor_refund_id)
    bench.clock.advance(60)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.drain()

    (row,) = await refund_rows(bench)
    assert row.state == RefundState.SUCCEEDED
    assert await bench.value("SELECT count(*) FROM journal WHERE kind = 'refunded'") == 1
    assert await bench.value("SELECT state FROM payment_operation WHERE kind = 'refund'") == "done"


async def test_a_refund_made_by_hand_is_adopted_once(bench: Bench) -> None:
    """Made in the dashboard: waived and returned, booked once however often it is told, and shown to finance."""
    charge = await paid(bench)
    seen = refunds(bench).refund_by_hand(INTENT, euro(500))
    await hears(bench, "charge.refunded", "charge", "ch_1")
    await hears(bench, "refund.updated", "refund", seen.processor_refund_id)

    (row,) = await refund_rows(bench)
    assert (row.origin, row.state, row.returned_minor, row.credited_minor) == ("by_hand", "succeeded", 500, 500)
    assert "refund_by_hand" in await bench.findings()
    assert await books(bench, charge) == {"psp_clearing": 1880, "revenue": -1580, "vat": -300}
    assert (await state(bench, charge)).refunded == euro(500)
    assert refunds(bench).calls_of("refund_payment") == []


async def test_a_refund_by_hand_of_what_was_due_anyway_is_not_paid_twice(bench: Bench) -> None:
    """The bill fell and staff were faster than the pause: nothing is left to order."""
    charge = await paid(bench)
    await a_credit_cdr(bench, charge, 1, "20.00")
    await a_bill(bench, charge, 2, "10.00")
    await bench.drain()
    seen = refunds(bench).refund_by_hand(INTENT, euro(1190))
    await hears(bench, "refund.created", "refund", seen.processor_refund_id)
    await pause_ends(bench, charge)

    assert refunds(bench).calls_of("refund_payment") == []
    assert await books(bench, charge) == {"psp_clearing": 1190, "revenue": -1000, "vat": -190}


async def test_a_refund_by_hand_of_what_failed_settles_it(bench: Bench) -> None:
    """Staff try again in the dashboard: that is the payment in another way, and owes nothing twice."""
    charge = await paid(bench)
    refunds(bench).next_status = RefundStatus.FAILED
    await credit(bench, charge, 1000)
    await bench.drain()
    refunds(bench).next_status = RefundStatus.SUCCEEDED
    seen = refunds(bench).refund_by_hand(INTENT, euro(1000))
    await hears(bench, "refund.created", "refund", seen.processor_refund_id)

    assert await books(bench, charge) == {"psp_clearing": 1380, "revenue": -1160, "vat": -220}
    after = (await state(bench, charge)).afterwards
    assert (after.stuck, after.returned, after.credited) == (euro(0), euro(0), euro(1000))


async def test_staff_and_a_credit_cdr_at_once_never_give_back_more_than_was_taken(bench: Bench) -> None:
    """Both want everything back at the same moment: each waits for the lock, the second sees what is left (mode 24)."""
    charge = await paid(bench)

    async def partner() -> None:
        await a_credit_cdr(bench, charge, 1, "20.00")
        await bench.run(Job.SETTLE)

    results = await asyncio.gather(credit(bench, charge, None), partner(), return_exceptions=True)
    await bench.drain()
    await pause_ends(bench, charge)

    assert sum(one.amount.minor for one in refunds(bench).refunds) == 2380, results
    assert (await books(bench, charge)).get("psp_clearing", 0) == 0


async def test_fifty_requests_at_once_never_exceed_what_was_captured(bench: Bench) -> None:
    """Fifty parallel credits of 1.00 on 23.80 paid: twenty-three go through, whatever the order (mode 23)."""
    charge = await paid(bench)
    connections = asyncio.Semaphore(15)

    async def one() -> object:
        async with connections:
            return await credit(bench, charge, 100)

    results = await asyncio.gather(*(one() for _ in range(50)), return_exceptions=True)
    await bench.drain()

    granted = [each for each in results if not isinstance(each, BaseException)]
    assert len(granted) == 23
    assert {str(getattr(each, "code", each)) for each in results if isinstance(each, BaseException)} == {
        "credit_too_large"
    }
    assert sum(one.amount.minor for one in refunds(bench).refunds) == 2300
    assert sum(row.amount_minor for row in await refund_rows(bench)) == 2300
    ordered_back = (await state(bench, charge)).ordered_back
    assert ordered_back == euro(2300)
    assert await books(bench, charge) == {"psp_clearing": 80, "revenue": -67, "vat": -13}
