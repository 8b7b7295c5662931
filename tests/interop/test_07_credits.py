"""Behavior 7: a CDR is credited and replaced, perhaps before it came, long after the capture.

What counts is the net of a session: what was paid above it is given back after a pause, in which the operator may
replace the bill, and what is paid below it is owed. 2.1.1 knows no credits: there a second bill is told to finance.
"""

from collections.abc import AsyncIterator
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.domain.money import Money
from tests.interop.stage import PAID, PAID_IN_FULL, Stage, a_stage


@pytest.fixture(params=["2.2.1", "2.3.0"])
async def crediting(engine: AsyncEngine, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Yield an installation connected to an operator whose version knows credits."""
    async for stage in a_stage(engine, request.param):
        await stage.register()
        yield stage


async def kept(stage: Stage) -> int:
    """Return what the driver paid and did not get back, as the processor has it."""
    captured = sum(cast(Money, call.arguments[1]).minor for call in stage.payments.calls_of("capture_hold"))
    refunded = await stage.value("SELECT coalesce(sum(amount_minor), 0) FROM refund WHERE state = 'succeeded'")
    return int(captured) - int(refunded)


@pytest.mark.parametrize("fault", ["credit_cdr", "credit_first"])
async def test_the_net_of_all_cdrs_is_what_the_driver_pays(crediting: Stage, fault: str) -> None:
    """A bill half again too dear, its credit, and the right one, in either order: the driver pays the right one."""
    await crediting.fault(fault, seconds=7200)
    charge = await crediting.taps()

    await crediting.passes(hours=1)
    await crediting.passes(hours=24)

    rows = await crediting.cdrs()
    assert len(rows) == 3
    assert await kept(crediting) == PAID
    stored = await crediting.charge(charge)
    assert (stored.status, stored.owed_minor) == ("settled", PAID)


async def test_a_credit_long_after_the_capture_is_paid_back(crediting: Stage) -> None:
    """Sixty days later the hold is history: what was too much goes back to the card, once."""
    await crediting.fault("credit_cdr", seconds=60 * 86_400)
    charge = await crediting.taps()
    await crediting.passes(hours=2)
    before = (await crediting.charge(charge)).captured_minor
    assert before is not None

    await crediting.passes(days=62)

    assert await kept(crediting) == PAID
    assert (await crediting.charge(charge)).status == "settled"


async def test_a_second_bill_in_a_version_without_credits_is_not_paid_unseen(old: Stage) -> None:
    """Where an operator cannot take back what it billed, a second bill is for people to look at, not for the card."""
    charge = await old.taps()
    await old.passes(hours=2)
    assert await old.now(charge) == PAID_IN_FULL
    [sent] = old.sent("cdr", "POST")

    answer = await old.says("POST", "cdrs", sent["body"] | {"id": "ANOTHER"})
    await old.passes(hours=24)

    assert answer.json()["status_code"] == 1000
    assert len(await old.cdrs()) == 2
    assert await kept(old) == PAID
    assert await old.open_findings() != []
