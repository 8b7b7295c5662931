"""Behavior 4: what partners tell of a session comes out of order, and again.

By the partner's own clock nothing older takes anything back, and nothing leaves COMPLETED. In 2.1.1 a PATCH has no
clock: there only what goes on is believed. Whatever was told how often, the bill is paid once.
"""

from decimal import Decimal
from typing import Any

import pytest

from tests.interop.stage import PAID_IN_FULL, Stage


async def meter(stage: Stage) -> list[Decimal]:
    """Return the stored readings in order of time."""
    return [row.kwh for row in await stage.rows("SELECT kwh FROM meter_reading ORDER BY at")]


async def copies(stage: Stage, method: str, body: dict[str, Any], **changes: Any) -> int:
    """Let the operator send something of the newest session once more, changed; return the OCPI status code."""
    owner = f"DE/VCP/{stage.live().id}"
    answer = await stage.says(method, f"sessions/{owner}", body | changes)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["status_code"])


@pytest.mark.parametrize("fault", ["out_of_order_patch", "replayed_patch", "everything_twice"])
async def test_whatever_overtakes_or_comes_again_takes_nothing_back(staged: Stage, fault: str) -> None:
    """Energy only grows, the session ends as it ended, nobody need look at it, and one bill is paid once."""
    await staged.fault(fault)
    charge = await staged.taps()

    await staged.passes(hours=2)

    session = await staged.session(charge)
    assert (session.status, session.kwh) == ("completed", Decimal(10))
    assert await meter(staged) == sorted(await meter(staged))
    assert await staged.now(charge) == PAID_IN_FULL
    assert await staged.open_findings() == []
    assert len(await staged.cdrs()) == 1
    assert {each["status_code"] for each in staged.sent("session")} == {1000}


async def test_an_older_put_is_taken_in_and_changes_nothing(twofold: Stage) -> None:
    """A store that forwards brings yesterday's PUT after today's: it is answered 1000 and kept, not believed."""
    charge = await twofold.taps(charging_s=3600)
    await twofold.passes(minutes=5)
    first = twofold.sent("session", "PUT")[0]["body"]
    await twofold.passes(minutes=20)
    before = await twofold.session(charge)

    assert await copies(twofold, "PUT", first) == 1000

    after = await twofold.session(charge)
    assert (after.kwh, after.last_updated, after.document) == (before.kwh, before.last_updated, before.document)
    assert await twofold.value("SELECT count(*) FROM partner_message WHERE refusal IN ('older', 'backwards')") == 1


async def test_the_same_put_twice_is_no_news(twofold: Stage) -> None:
    """The same content of the same moment neither moves the charge nor tells the phone anything."""
    charge = await twofold.taps()
    await twofold.passes(minutes=2)
    before = (await twofold.charge(charge)).version

    assert await copies(twofold, "PUT", twofold.sent("session", "PUT")[-1]["body"]) == 1000

    assert (await twofold.charge(charge)).version == before


async def test_a_completed_session_never_runs_again(staged: Stage) -> None:
    """Even a later date does not reopen what has ended: nobody's card is charged for a ghost."""
    charge = await staged.taps()
    await staged.passes(minutes=50)
    whole = staged.sent("session", "PUT")[-1]["body"]
    assert whole["status"] == "COMPLETED"

    later = staged.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    assert await copies(staged, "PUT", whole, status="ACTIVE", last_updated=later, kwh=50) == 1000
    await staged.passes(hours=1)

    session = await staged.session(charge)
    assert (session.status, session.kwh) == ("completed", Decimal(10))
    assert await staged.now(charge) == PAID_IN_FULL


async def test_an_undated_patch_only_goes_forward(twofold: Stage) -> None:
    """2.1.1 does not date a PATCH: less energy is then no news; where a date is asked for, its absence is told."""
    charge = await twofold.taps(charging_s=3600)
    await twofold.passes(minutes=30)
    before = await twofold.session(charge)

    code = await copies(twofold, "PATCH", {"kwh": 1})

    assert code == (1000 if twofold.version == "2.1.1" else 2001)
    assert (await twofold.session(charge)).kwh == before.kwh > 1
