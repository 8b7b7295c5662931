"""Modes 23 to 26: money that goes back, at once from two sides, in vain, or by the driver's bank."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from api.domain.charging.facts import Timer
from api.models.afterwards import CreditRow
from api.ports.policy import STANDARD_TIMERS
from api.services.charging.credits import CreditTooLarge, request_credit
from api.services.charging.refund_decisions import DisputeOpen, settle_otherwise
from tests.failures.books import agree, balance
from tests.failures.charge import Charge, cents
from tests.failures.stage import HOLD, Stage

PAID = cents(20)
Settled = Callable[..., Awaitable[Charge]]


@pytest.fixture
def settled(stage: Stage) -> Settled:
    """Return a maker of charges that were captured in part: 9.28 of a hold of 50 euro."""

    async def make(card: str = "pm_card_visa") -> Charge:
        charge = await (await stage.a_driver(card=card)).taps()
        await charge.charges()
        await charge.cdr()
        await stage.settles()
        assert (await charge.intent())["amount_received"] == PAID
        return charge

    return make


async def _credit(stage: Stage, charge: Charge, minor: int, *, by: str = "ann") -> CreditRow:
    """Let staff waive part of the bill."""
    async with stage.work() as db:
        return await request_credit(
            db=db,
            ports=stage.ports,
            now=stage.clock.now(),
            charging_session_id=charge.id,
            amount_minor=minor,
            reason="goodwill",
            text="the charger was slow",
            by=by,
        )


async def _refunds(stage: Stage) -> list[int]:
    """Return the amounts of the processor's refunds that stand."""
    found = (await stage.asked("refunds", limit=100))["data"]
    return [each["amount"] for each in found if each["status"] not in ("failed", "canceled")]


async def test_mode_23_partial_refunds_add_up_to_what_was_captured_and_never_to_the_hold(
    stage: Stage, settled: Settled
) -> None:
    """Of a hold of 50.00 only 9.28 was taken: parts go back until that is gone, and then nothing more."""
    charge = await settled()
    for part in (500, 400):
        await _credit(stage, charge, part)
        await stage.settles()
    with pytest.raises(CreditTooLarge):
        await _credit(stage, charge, PAID - 900 + 1)
    await _credit(stage, charge, PAID - 900)
    await stage.settles()
    with pytest.raises(CreditTooLarge):
        await _credit(stage, charge, 1)

    assert sorted(await _refunds(stage)) == sorted([500, 400, PAID - 900])
    assert sum(await _refunds(stage)) == PAID < HOLD
    await agree(stage)


async def test_mode_23_refunds_that_race_cannot_spend_the_same_money(stage: Stage, settled: Settled) -> None:
    """Eight at once of a third each: three fit under the lock, the others see what is left."""
    charge = await settled()
    third = PAID // 3
    answers = await asyncio.gather(*(_credit(stage, charge, third) for _ in range(8)), return_exceptions=True)
    await stage.settles()

    assert sum(isinstance(each, CreditRow) for each in answers) == 3
    assert {type(each) for each in answers} == {CreditRow, CreditTooLarge}
    assert await _refunds(stage) == [third] * 3
    await agree(stage)


async def test_mode_24_staff_and_the_operators_credit_at_once_give_back_once(stage: Stage, settled: Settled) -> None:
    """Staff waive all while a credit CDR takes all back: whoever is second finds nothing left to give."""
    charge = await settled()
    await asyncio.gather(_credit(stage, charge, PAID), charge.credit(20))
    await stage.settles()
    await stage.passes(minutes=15)

    assert sum(await _refunds(stage)) == PAID
    assert await balance(stage, "revenue") + await balance(stage, "vat") == 0
    await agree(stage)


async def test_mode_11_a_credit_after_the_capture_refunds_the_difference(stage: Stage, settled: Settled) -> None:
    """Credit CDR and new CDR after the money was taken: the difference goes back by an operation of this charge."""
    charge = await settled()
    await charge.credit(20)
    await charge.cdr(12, cdr_id="CDR2")
    await stage.settles()
    assert "cdr_changed_after_capture" in await charge.findings()
    assert await _refunds(stage) == []  # the operator may still send another bill
    await stage.passes(seconds=STANDARD_TIMERS[Timer.REFUND_DUE].total_seconds())

    assert (await charge.row()).owed_minor == cents(12)
    assert await _refunds(stage) == [PAID - cents(12)]
    assert set(await charge.operations("refund")) == {"done"}
    assert len(await charge.sent("capture")) == 1
    await agree(stage)


async def test_mode_25_a_refund_that_fails_later_is_ours_again_and_owed_to_the_driver(
    stage: Stage, settled: Settled
) -> None:
    """Pending, then failed: the entries are reversed, finance is asked, and it is paid in another way."""
    charge = await settled("pm_sandbox_refundPendingThenFails")
    await _credit(stage, charge, 300)
    await stage.settles()
    assert await stage.value("SELECT state FROM refund") == "pending"
    await stage.passes(seconds=90)

    assert await stage.value("SELECT state FROM refund") == "failed"
    assert "refund_failed" in await charge.findings()
    assert await balance(stage, "refunds_unpaid") == -300
    assert stage.wire.totals()["refunded"] == 0
    await agree(stage)

    async with stage.work() as db:
        refund_id = await stage.value("SELECT id FROM refund")
        await settle_otherwise(
            db=db, ports=stage.ports, now=stage.clock.now(), refund_id=refund_id, by="bea", reference="transfer 7"
        )
    await stage.settles()
    assert await balance(stage, "refunds_unpaid") == 0
    assert "refund_failed" not in await charge.findings()


async def test_mode_26_no_refund_goes_out_while_the_bank_disputes(stage: Stage, settled: Settled) -> None:
    """A dispute is open: a refund would give the money twice, so it is refused until the dispute is over."""
    charge = await settled()
    await _dispute(stage, charge)
    with pytest.raises(DisputeOpen):
        await _credit(stage, charge, 300)
    assert "dispute_open" in await charge.findings()
    assert await balance(stage, "disputes") == PAID
    await agree(stage)

    dispute = (await stage.asked("disputes"))["data"][0]["id"]
    stage.wire.steer(f"dashboard/disputes/{dispute}/end", {"outcome": "won"})
    await stage.settles()
    assert await balance(stage, "disputes") == 0
    await _credit(stage, charge, 300)
    await stage.settles()
    assert await _refunds(stage) == [300]
    await agree(stage)


async def test_mode_26_a_dispute_of_what_was_refunded_is_linked_and_counted_once(
    stage: Stage, settled: Settled
) -> None:
    """Part went back before the bank disputed: the finding names the refund, and only what it took is booked."""
    charge = await settled()
    await _credit(stage, charge, 300)
    await stage.settles()
    await _dispute(stage, charge)

    detail = await stage.value("SELECT detail FROM mismatch WHERE reason = 'dispute_open'")
    assert detail["refunds"] == [await stage.value("SELECT id FROM refund")]
    taken = (await stage.asked("disputes"))["data"][0]["amount"]
    assert await balance(stage, "disputes") == taken
    assert await stage.value("SELECT withdrawn_minor FROM dispute") == taken
    for event in await stage.events():  # all of it once more: nothing is counted twice
        assert await stage.deliver(event) == 200
    await stage.settles()
    assert await balance(stage, "disputes") == taken
    await agree(stage)


async def _dispute(stage: Stage, charge: Charge) -> None:
    """Let the driver's bank dispute the payment."""
    charged = (await charge.intent())["latest_charge"]
    stage.wire.steer(f"dashboard/charges/{charged}/dispute", {})
    await stage.settles()
