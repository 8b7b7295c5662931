"""Modes 14 to 17: a bill missing when the hold runs out, one that comes later, and captures that go wrong."""

from datetime import timedelta

import pytest

from tests.failures.books import agree, nothing_is_left
from tests.failures.charge import Charge, cents
from tests.failures.stage import HOLD, Stage

WEEK = timedelta(days=7)


async def _until_a_day_before_the_end(stage: Stage, charge: Charge, *, short_by: timedelta) -> None:
    """Let time pass to a moment before the hold's last day begins, the sweeper making its rounds."""
    hold = await charge.hold()
    assert hold.capture_before is not None
    target = hold.capture_before - timedelta(hours=24) - short_by
    while (left := target - stage.clock.now()) > timedelta(0):
        await stage.passes(seconds=min(left, timedelta(hours=12)).total_seconds())


@pytest.mark.parametrize(("billed", "captured_is"), [(20, "right"), (25, "too little"), (12, "too much")])
async def test_mode_14_a_missing_cdr_is_estimated_a_day_before_the_hold_ends(
    stage: Stage, billed: int, captured_is: str
) -> None:
    """At capture_before minus a day the last known cost is taken and marked as estimated; the CDR trues it up."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges(20)
    await _until_a_day_before_the_end(stage, charge, short_by=timedelta(minutes=1))
    assert await charge.status() == ("ended", "placed")
    assert "cdr_missing" in await charge.findings()

    await stage.passes(minutes=2)
    assert (await charge.status())[1] == "captured"
    assert (await charge.intent())["amount_received"] == cents(20)
    assert "estimate_captured" in await charge.findings(open_only=False)
    assert (await charge.row()).state["estimate_captured"] is True

    await stage.passes(days=2)
    await charge.ends(billed)
    await charge.cdr(billed)
    await stage.settles()
    assert (await charge.status())[0] == "settled"
    assert len(await charge.sent("capture")) == 1
    assert await charge.receivable() == max(cents(billed) - cents(20), 0)
    surplus = await stage.rows("SELECT amount_minor FROM mismatch WHERE reason = 'cdr_changed_after_capture'")
    assert [row[0] for row in surplus] == ([cents(20) - cents(billed)] if captured_is == "too much" else [])
    await agree(stage)


async def test_mode_15_a_cdr_after_the_hold_expired_is_owed(stage: Stage) -> None:
    """We were away for the hold's whole life: nothing can be captured any more, and the bill is a receivable."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges(20)
    stage.clock.advance((WEEK + timedelta(hours=1)).total_seconds())
    await stage.sweeps()
    await stage.passes(minutes=1)
    assert (await charge.status())[1] == "expired"
    assert {"hold_expired"} <= await charge.findings()

    await charge.cdr(20)
    await stage.settles()
    assert await charge.status() == ("settled", "expired")
    assert await charge.receivable() == cents(20)
    assert "cdr_after_hold_ended" in await charge.findings()
    intent = await charge.intent()
    assert (intent["status"], intent["cancellation_reason"], intent["amount_received"]) == ("canceled", "expired", 0)
    assert (await charge.shown(ada))["final_price"]["amount_minor"] == cents(20)
    await nothing_is_left(stage)


async def test_mode_16_a_declined_capture_is_not_repeated_blindly(stage: Stage) -> None:
    """A refusal is looked behind once; what remains is told to finance with the processor's request id."""
    ada = await stage.a_driver(card="pm_sandbox_captureDeclined")
    charge = await ada.taps()
    await charge.charges()
    await charge.cdr()
    await stage.settles()
    for _ in range(5):
        await stage.passes(hours=1)

    assert await charge.status() == ("needs_finance", "capture_failed")
    captures = await charge.sent("capture")
    assert len(captures) == 1
    detail = await stage.value("SELECT detail FROM mismatch WHERE reason = 'capture_failed'")
    assert detail["request_id"] == captures[0]["id"]
    assert detail["code"] == "card_declined"
    assert await charge.operations("capture") == ["failed"]
    await agree(stage, open_minor=HOLD)


async def test_mode_16_a_capture_that_comes_too_late_becomes_a_receivable(stage: Stage) -> None:
    """The processor says that the charge expired: as mode 15, and one capture was tried."""
    ada = await stage.a_driver(card="pm_sandbox_captureExpired")
    charge = await ada.taps()
    await charge.charges()
    await charge.cdr()
    await stage.settles()
    await stage.passes(days=8)
    await stage.passes(minutes=5)

    assert len(await charge.sent("capture")) == 1
    assert (await charge.status())[1] == "expired"
    assert await charge.receivable() == cents(20)
    await nothing_is_left(stage)


async def test_mode_16_what_staff_captured_already_is_adopted(stage: Stage) -> None:
    """Our capture is refused because the money is taken: the processor's amount is the fact."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    stage.webhooks = False
    stage.wire.steer(f"dashboard/payment_intents/{(await charge.intent())['id']}/capture", {"amount": cents(20)})
    await charge.cdr()
    await stage.settles()

    assert await charge.status() == ("settled", "captured")
    assert (await charge.hold()).captured_minor == cents(20)
    stage.webhooks = True
    await nothing_is_left(stage)


@pytest.mark.parametrize(("taken", "owed"), [(3000, 0), (500, cents(20) - 500)], ids=["more", "less"])
async def test_mode_17_another_amount_than_asked_is_believed_and_told(stage: Stage, taken: int, owed: int) -> None:
    """Staff capture in the dashboard: the books take the processor's amount, the difference is finance's."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    stage.wire.steer(f"dashboard/payment_intents/{(await charge.intent())['id']}/capture", {"amount": taken})
    await stage.settles()
    assert (await charge.hold()).captured_minor == taken
    assert "captured_unexpectedly" in await charge.findings()
    await agree(stage)

    await charge.cdr()
    await stage.settles()
    assert (await charge.status())[0] == "settled"
    assert await charge.sent("capture") == []
    assert await charge.receivable() == owed
    surplus = await stage.rows("SELECT amount_minor FROM mismatch WHERE reason = 'cdr_changed_after_capture'")
    assert [row[0] for row in surplus] == ([taken - cents(20)] if taken > cents(20) else [])
    await agree(stage)
