"""Behavior 13: clocks that go wrong, times without a zone, periods that end before they begin.

A partner's moments are compared with its own only, a pull reaches back a quarter of an hour, and a moment without a
zone is UTC. No bill grows because a clock is wrong.
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from api.services.deferral import Job
from api.services.roaming.pull_runs import PULL_OVERLAP
from tests.interop.stage import PAID_IN_FULL, Stage


@pytest.mark.parametrize("fault", ["clock_ahead", "naive_times"])
async def test_a_clock_of_its_own_costs_nobody_anything(staged: Stage, fault: str) -> None:
    """Every message is taken in its order, the session ends, and the bill is paid; nobody need look at it."""
    await staged.fault(fault)
    charge = await staged.taps()

    await staged.passes(hours=2)

    session = await staged.session(charge)
    assert (session.status, session.kwh) == ("completed", Decimal(10))
    assert await staged.now(charge) == PAID_IN_FULL
    assert await staged.open_findings() == []


async def test_moments_without_a_zone_are_utc(staged: Stage) -> None:
    """The session began when it began, wherever the charger stands: an hour's tariff is not another hour's."""
    await staged.fault("naive_times")
    charge = await staged.taps()
    await staged.passes(minutes=10)

    begun = staged.live().running().start

    charging_at = (await staged.charge(charge)).charging_at
    assert charging_at is not None
    assert charging_at.timestamp() == begun


async def test_a_clock_set_right_again_loses_no_energy(twofold: Stage) -> None:
    """Ten minutes ahead, then right: what comes then looks older, and the end is found by a pull at the latest."""
    await twofold.fault("clock_ahead")
    charge = await twofold.taps()
    await twofold.passes(minutes=25)
    await twofold.hand("faults", method="DELETE")

    await twofold.passes(hours=2)
    await twofold.pulls(Job.PULL_SESSIONS, Job.PULL_CDRS)

    assert await twofold.now(charge) == PAID_IN_FULL
    assert (await twofold.session(charge)).kwh == Decimal(10)


async def test_a_pull_reaches_back_behind_the_last_one(staged: Stage) -> None:
    """What an operator dates before our last look, because its clock is behind, is seen all the same."""
    await staged.fault("unsent_cdr")
    charge = await staged.taps()
    await staged.passes(minutes=40, seconds=30)
    await staged.passes(minutes=20)
    await staged.pulls(Job.PULL_SESSIONS)
    staged.transport.requests.clear()

    await staged.pulls(Job.PULL_CDRS, Job.PULL_CDRS)

    asked = [each for each in staged.transport.requests if "/cdrs" in each]
    since = (staged.clock.now() - PULL_OVERLAP).strftime("%Y-%m-%dT%H:%M")
    assert since.replace(":", "%3A") in asked[-1] or since in asked[-1]
    assert timedelta(minutes=15) == PULL_OVERLAP
    assert await staged.now(charge) == PAID_IN_FULL


async def test_a_cdr_that_ends_before_it_starts_is_kept_and_looked_at(staged: Stage) -> None:
    """It is a bill all the same: taken in, its energy paid at most once, and somebody is told."""
    await staged.fault("inverted_period")
    charge = await staged.taps()

    await staged.passes(hours=2)

    assert [each["status_code"] for each in staged.sent("cdr")] == [1000]
    assert len(await staged.cdrs()) == 1
    assert (await staged.now(charge))[2] <= PAID_IN_FULL[2]
    assert await staged.open_findings() != []
