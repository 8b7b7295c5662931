"""Behavior 5: PATCH appends periods, null clears what may be absent, and it may come before its PUT.

What is refused is told in the envelope and leaves the session as it was; the partner then sends it whole.
"""

from decimal import Decimal
from typing import Any

import pytest

from api.services.deferral import Job
from tests.interop.stage import PAID_IN_FULL, Stage

MOMENT = "%Y-%m-%dT%H:%M:%SZ"


async def patches(stage: Stage, **changes: Any) -> tuple[int, int]:
    """Let the operator PATCH the newest session now; return both status codes."""
    dated = {} if stage.version == "2.1.1" else {"last_updated": stage.clock.now().strftime(MOMENT)}
    answer = await stage.says("PATCH", f"sessions/DE/VCP/{stage.live().id}", dated | changes)
    return answer.status_code, answer.json()["status_code"]


async def starts(stage: Stage, session: Any) -> list[str]:
    """Return when the periods of a stored session begin."""
    return [period["starts_at"] for period in session.document["charging_periods"]]


@pytest.mark.parametrize("fault", ["patch_before_put", "period_replay", "null_required", "wh_volumes"])
async def test_a_session_told_in_odd_parts_is_whole_in_the_end(staged: Stage, fault: str) -> None:
    """Each period is there once, energy is what the meter says, and the bill is paid."""
    await staged.fault(fault)
    charge = await staged.taps()

    await staged.passes(hours=2)

    session = await staged.session(charge)
    assert (session.status, session.kwh) == ("completed", Decimal(10))
    begins = await starts(staged, session)
    assert begins == sorted(set(begins))
    assert await staged.now(charge) == PAID_IN_FULL
    assert await staged.open_findings() == []


async def test_a_patch_of_an_unknown_session_is_404_and_it_is_pulled(staged: Stage) -> None:
    """The operator learns that we do not hold it; if it does not send it whole, our next pull finds it."""
    await staged.fault("patch_before_put")
    charge = await staged.taps(charging_s=3600)
    await staged.passes(seconds=29)

    assert [each["http_status"] for each in staged.sent("session", "PATCH")][:1] == [404]
    assert [each["status_code"] for each in staged.sent("session", "PATCH")][:1] == [2003]

    for row in ("partner_session",):
        await staged.rows(f"DELETE FROM {row} RETURNING 1")  # noqa: S608 - as if the PUT after it had been lost too
    await staged.pulls(Job.PULL_SESSIONS)
    assert (await staged.session(charge)).status == "active"


async def test_null_for_what_a_session_must_have_is_refused(staged: Stage) -> None:
    """A session without energy is none: 2001, and what we hold stays."""
    charge = await staged.taps(charging_s=3600)
    await staged.passes(minutes=20)
    before = await staged.session(charge)

    assert await patches(staged, kwh=None) == (200, 2001)

    assert (await staged.session(charge)).document == before.document


async def test_null_for_what_may_be_absent_clears_it(staged: Stage) -> None:
    """A cost that the operator takes back is unknown again, which is not zero."""
    charge = await staged.taps(charging_s=3600)
    await staged.passes(minutes=20)
    assert (await staged.session(charge)).document["total_cost"] is not None

    assert await patches(staged, total_cost=None) == (200, 1000)

    assert (await staged.session(charge)).document["total_cost"] is None


async def test_periods_are_appended_and_one_told_anew_replaces_itself(staged: Stage) -> None:
    """What was told before stays; the period with a known start is that period, corrected."""
    charge = await staged.taps(charging_s=3600)
    await staged.passes(minutes=20)
    held = await starts(staged, await staged.session(charge))
    now = staged.clock.now().strftime(MOMENT)
    told = [
        {"start_date_time": moment, "dimensions": [{"type": "TIME", "volume": 0.01}]}
        for moment in (held[-1].replace("+00:00", "Z"), now)
    ]

    assert await patches(staged, charging_periods=told) == (200, 1000)

    assert len(await starts(staged, await staged.session(charge))) == len(held) + 1
