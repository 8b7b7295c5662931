"""Top-ups that a bank or somebody by hand takes back: the books follow the processor, the wallet is for staff."""

import pytest

from api.services.charging.evidence import NoSession, assemble_evidence
from tests.api.services.charging.given_back import euro, hears, refunds, settlement
from tests.bench import Bench
from tests.wallets import account, top_up


async def test_a_disputed_top_up_is_booked_and_told(bench: Bench) -> None:
    """The bank takes 50.00 and a fee, and gives the 50.00 back: booked each time, with no charge behind it."""
    payin = await top_up(bench, 5000)
    before = await account(bench, "psp_clearing")
    dispute = settlement(bench).open_dispute(str(payin.payment_intent_id), euro(5000))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id, intent=payin.payment_intent_id)
    assert (await account(bench, "disputes"), await account(bench, "psp_clearing")) == (5000, before - 7000)
    assert "dispute_open" in await bench.findings()
    async with bench.work() as db:
        now = bench.clock.now()
        with pytest.raises(NoSession):
            await assemble_evidence(db=db, ports=bench.ports, now=now, dispute_id=dispute.dispute_id, by="Ada")

    settlement(bench).end_dispute(dispute.dispute_id, won=True)
    await hears(bench, "charge.dispute.closed", "dispute", dispute.dispute_id, intent=payin.payment_intent_id)
    assert (await account(bench, "disputes"), await account(bench, "psp_clearing")) == (0, before - 2000)


async def test_a_top_up_refunded_by_hand_is_suspended_once(bench: Bench) -> None:
    """The money went without our order: the books say so, and finance decides what becomes of the wallet."""
    payin = await top_up(bench, 5000)
    before = await account(bench, "psp_clearing")
    seen = refunds(bench).refund_by_hand(str(payin.payment_intent_id), euro(1000))
    for type_ in ("refund.created", "refund.updated"):
        await hears(bench, type_, "refund", seen.processor_refund_id, intent=payin.payment_intent_id)

    assert (await account(bench, "suspense"), await account(bench, "psp_clearing")) == (1000, before - 1000)
    assert await account(bench, "prepaid") == -5000
    assert "top_up_refunded_by_hand" in await bench.findings()
