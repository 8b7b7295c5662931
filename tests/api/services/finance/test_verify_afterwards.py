"""The books agree with everything else after each way in which money goes back, and while it is on its way."""

from api.ports.refunds import RefundStatus
from api.services.charging.refund_decisions import settle_otherwise
from api.services.finance.verify import verify_ledger
from tests.api.services.charging.given_back import (
    INTENT,
    a_credit_cdr,
    credit,
    denies,
    euro,
    hears,
    paid,
    pause_ends,
    refund_rows,
    refunds,
    settlement,
    write_off,
)
from tests.bench import Bench


async def wrong(bench: Bench) -> dict[str, object]:
    """Return what the verification finds wrong, with its first rows; that something is under way is not wrong here."""
    async with bench.work() as db:
        found = {each.name: each.first for each in await verify_ledger(db=db) if not each.holds_true}
    return {name: first for name, first in found.items() if name != "nothing_left"}


async def test_the_books_are_right_after_every_step(bench: Bench) -> None:
    """Written off, waived, on its way, given by hand, failed, paid otherwise, disputed, lost: no check differs."""
    charge = await paid(bench, "60.00")
    await write_off(bench, charge, 500)
    assert await wrong(bench) == {}
    await credit(bench, charge, 3000)
    assert await wrong(bench) == {}, "ordered, not sent"
    await bench.drain()
    assert await wrong(bench) == {}
    seen = refunds(bench).refund_by_hand(INTENT, euro(100))
    await hears(bench, "refund.created", "refund", seen.processor_refund_id)
    assert await wrong(bench) == {}, "by hand"
    refunds(bench).next_status = RefundStatus.FAILED
    await credit(bench, charge, 200)
    await bench.drain()
    assert await wrong(bench) == {}, "failed"
    failed = next(row for row in await refund_rows(bench) if row.state == "failed")
    async with bench.work() as db:
        now = bench.clock.now()
        await settle_otherwise(db=db, ports=bench.ports, now=now, refund_id=failed.id, by="Ada", reference="t")
    assert await wrong(bench) == {}, "paid otherwise"
    dispute = settlement(bench).open_dispute(INTENT, euro(1000))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)
    settlement(bench).end_dispute(dispute.dispute_id, won=False)
    await hears(bench, "charge.dispute.closed", "dispute", dispute.dispute_id)
    assert await wrong(bench) == {}, "disputed and lost"


async def test_the_books_are_right_while_a_refund_waits_and_after_it_is_denied(bench: Bench) -> None:
    """Above the limit it is ordered and not booked; denied it is owed to the driver."""
    charge = await paid(bench, "60.00")
    bench.ports.policy.refund_approval["EUR"] = 1000
    await a_credit_cdr(bench, charge, 1, "60.00")
    await bench.drain()
    await pause_ends(bench, charge)
    (row,) = await refund_rows(bench)
    assert row.state == "awaiting_approval"
    assert await wrong(bench) == {}, "waiting"
    await denies(bench, row.id)
    await bench.drain()
    assert await wrong(bench) == {}, "denied"
