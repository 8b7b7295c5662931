"""Behavior 8: the CDR comes late, months later, only on the operator's list, or never.

The list is read every night; who waits longer than usual is told to finance; before the hold lapses what the meter
showed is taken from it, and what the CDR says later is settled against that.
"""

from api.services.deferral import Job
from tests.interop.stage import PAID, PAID_IN_FULL, Stage


async def test_a_late_cdr_finds_its_hold_still_there(twofold: Stage) -> None:
    """A day later finance was told that it is overdue, and the hold pays it; then nothing is open any more."""
    await twofold.fault("late_cdr")
    charge = await twofold.taps()
    await twofold.passes(hours=8)
    assert await twofold.open_findings() == ["cdr_missing"]
    assert (await twofold.charge(charge)).hold_status == "placed"

    await twofold.passes(hours=20)

    assert await twofold.now(charge) == PAID_IN_FULL
    assert await twofold.open_findings() == []


async def test_a_cdr_that_is_only_listed_is_found_by_a_pull(staged: Stage) -> None:
    """The operator never posts it; the nightly pull takes it the same way, and a second one changes nothing."""
    await staged.fault("unsent_cdr")
    charge = await staged.taps()
    await staged.passes(hours=2)
    assert (await staged.charge(charge)).status == "ended"

    await staged.pulls(Job.PULL_CDRS, Job.PULL_CDRS)

    assert await staged.now(charge) == PAID_IN_FULL
    assert len(await staged.cdrs()) == 1
    assert len(staged.payments.calls_of("capture_hold")) == 1


async def test_without_a_cdr_the_estimate_is_taken_before_the_hold_lapses(twofold: Stage) -> None:
    """No bill ever: money is not left behind on a lapsed hold, and somebody has to look at it."""
    await twofold.fault("no_cdr")
    charge = await twofold.taps()

    await twofold.passes(days=8)

    stored = await twofold.charge(charge)
    assert (stored.hold_status, stored.captured_minor) == ("captured", PAID)
    assert await twofold.open_findings() != []


async def test_a_cdr_months_later_is_settled_against_what_was_taken(twofold: Stage) -> None:
    """Ninety days later the CDR says what the estimate said: nothing more is taken, and the case is closed."""
    await twofold.fault("cdr_months_later")
    charge = await twofold.taps()
    await twofold.passes(days=8)
    captures = len(twofold.payments.calls_of("capture_hold"))

    await twofold.passes(days=90)

    assert len(await twofold.cdrs()) == 1
    assert await twofold.now(charge) == PAID_IN_FULL
    assert len(twofold.payments.calls_of("capture_hold")) == captures == 1
    assert await twofold.open_findings() == []
