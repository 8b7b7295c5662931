"""Refunds made in the processor's dashboard: adopted once, and counted towards what was due anyway."""

from api.ports.refunds import RefundStatus
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
from tests.bench import Bench


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
