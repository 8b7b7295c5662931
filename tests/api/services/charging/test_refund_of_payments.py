"""What came by several payments goes back by several: the hold's first, each within what it brought."""

import pytest

from api.db import UnitOfWork
from api.models.charging import ChargingSession
from api.services.charging.evidence import assemble_evidence
from api.services.charging.refund_news import charge_id_of_payment
from tests.api.services.charging.given_back import (
    a_credit_cdr,
    approves,
    books,
    credit,
    euro,
    hears,
    paid,
    pause_ends,
    refund_rows,
    refunds,
    settlement,
    state,
)
from tests.bench import Bench, a_bench, a_policy
from tests.builders import a_driver
from tests.fakes import START

HIGH = "60.00"
"""A bill of 71.40: 50.00 captured, and 21.40 taken from the saved card afterwards, as the driver agreed."""


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return an installation that takes the rest from the saved card."""
    return a_bench(work, policy=a_policy(receivable_off_session=True))


async def paid_in_two(bench: Bench) -> tuple[ChargingSession, str]:
    """Return a charge paid by its hold and a later payment, and that payment's intent."""
    await a_driver(bench, later_charges_at=START)
    charge = await paid(bench, HIGH)
    (row,) = await bench.rows("SELECT payment_intent_id, received_minor FROM payin")
    assert row.received_minor == 2140
    return charge, row.payment_intent_id


async def test_a_full_refund_gives_each_payment_back(bench: Bench) -> None:
    """71.40 by two people: 50.00 of the hold, 21.40 of the later payment, and the books are empty."""
    charge, intent = await paid_in_two(bench)
    row = await credit(bench, charge, None)
    await approves(bench, row.id)
    await bench.drain()

    sent = {one.payment_intent_id: one.amount for one in refunds(bench).refunds}
    assert sent == {"pi_fake1": euro(5000), intent: euro(2140)}
    assert await books(bench, charge) == {}
    assert [each.state for each in await refund_rows(bench)] == ["succeeded", "succeeded"]


async def test_a_dispute_of_the_later_payment_leaves_the_hold_to_be_refunded(bench: Bench) -> None:
    """The bank took the 21.40 back: the operator's full credit gives back the 50.00 of the hold and no more."""
    charge, intent = await paid_in_two(bench)
    dispute = settlement(bench).open_dispute(intent, euro(2140))
    settlement(bench).end_dispute(dispute.dispute_id, won=False)
    await hears(bench, "charge.dispute.closed", "dispute", dispute.dispute_id, intent=intent)
    assert (await state(bench, charge)).afterwards.disputed == euro(2140)
    async with bench.work() as db:
        now = bench.clock.now()
        pack = await assemble_evidence(db=db, ports=bench.ports, now=now, dispute_id=dispute.dispute_id, by="Ada")
    assert "above that, 21.40 EUR, was taken from the saved card" in pack.texts["uncategorized_text"]
    bench.ports.policy.refund_approval["EUR"] = 10_000
    await a_credit_cdr(bench, charge, 1, HIGH)
    await bench.drain()
    await pause_ends(bench, charge)

    assert [(one.payment_intent_id, one.amount) for one in refunds(bench).refunds] == [("pi_fake1", euro(5000))]


async def test_a_refund_by_hand_of_a_later_payment_is_adopted(bench: Bench) -> None:
    """Its intent leads to the charge as the hold's does."""
    charge, intent = await paid_in_two(bench)
    async with bench.work() as db:
        assert await charge_id_of_payment(db=db, payment_intent_id=intent) == charge.id
    seen = refunds(bench).refund_by_hand(intent, euro(140))
    await hears(bench, "refund.created", "refund", seen.processor_refund_id, intent=intent)

    (row,) = await refund_rows(bench)
    assert (row.origin, row.payment_intent_id, row.credited_minor) == ("by_hand", intent, 140)
    found = await books(bench, charge)
    assert (found["psp_clearing"], found.get("receivable", 0)) == (7000, 0)
