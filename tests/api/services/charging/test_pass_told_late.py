"""Passes whose story comes late, corrected, misdated or just as its driver leaves: one charge, or none."""

import asyncio
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.services.accounts.erase import let_go_elsewhere
from api.services.accounts.forget import forget
from api.services.charging.observe import STRAY_CDR, STRAY_SESSION
from api.services.drivers.cards import lock_driver
from tests.api.services.charging.test_whose_pass_charge import bench as bench
from tests.api.services.charging.test_whose_pass_charge import block, open_findings
from tests.bench import Bench
from tests.builders import after, push_cdr, push_session
from tests.charges import a_charge
from tests.passes import OVER, a_pass, cdr_by_pass, charges, proven, session_by_pass, the_charge

S = ChargingStatus


async def test_a_bill_in_place_of_one_that_is_with_staff_stays_with_them_too(bench: Bench) -> None:
    """A correction comes under another id: whoever billed the first one by hand is to look at the second one."""
    await a_pass(bench)
    await block(bench)
    await push_cdr(bench, cdr_by_pass(session_id=None))
    await bench.rows("UPDATE driver_token SET valid = true RETURNING uid")
    await push_cdr(bench, cdr_by_pass(cost="-7.80", id="CDR2", credit=True, credit_reference_id="CDR1"))
    await push_cdr(bench, cdr_by_pass(cost="3.90", id="CDR3", session_id=None))
    assert await charges(bench) == []
    await push_cdr(bench, cdr_by_pass(id="CDR4", session_id=None, starts_at=after(61), ended_at=after(90)))
    assert len(await charges(bench)) == 1


async def test_a_bill_that_comes_months_late_is_billed_once(bench: Bench) -> None:
    """It is dated by when we heard of it, which must not hide it from a second bill or session of the same stay."""
    await a_pass(bench)
    bench.clock.set(after(60 * 24 * 60))
    await push_cdr(bench, cdr_by_pass(session_id=None))
    await push_cdr(bench, cdr_by_pass(id="CDR2", session_id=None))
    await push_session(bench, session_by_pass(**OVER))
    await bench.drain()
    charge = await the_charge(bench)
    assert (charge.status, charge.owed_minor) == (S.SETTLED, 928)
    assert await bench.value("SELECT charging_session_id FROM partner_session") == charge.id
    assert STRAY_CDR in await open_findings(bench)


async def test_a_mistyped_end_does_not_take_in_all_later_charges(bench: Bench) -> None:
    """A bill whose end is years away says nothing of who charges at that post next week."""
    await a_pass(bench)
    bench.clock.set(after(61))
    await push_cdr(bench, cdr_by_pass(session_id=None, ended_at=after(60 * 24 * 3650)))
    later = after(60 * 24 * 7)
    bench.clock.set(later)
    await push_session(bench, session_by_pass(id="SES2", starts_at=later, last_updated=later))
    await bench.drain()
    assert [each.status for each in await charges(bench)][1:] == [S.CHARGING]


async def test_who_is_being_forgotten_begins_no_charge(bench: Bench) -> None:
    """A session that comes while an account is erased waits for that, and then is of nobody who could be billed."""
    await a_pass(bench)
    async with bench.work() as db:
        driver = await lock_driver(db=db, driver_id="drv_1")
        told = asyncio.create_task(push_session(bench, session_by_pass()))
        await asyncio.sleep(0.5)
        await let_go_elsewhere(db, bench.ports, bench.clock.now(), driver)
        await forget(db=db, now=bench.clock.now(), driver=driver)
    await told
    assert await charges(bench) == []
    assert await open_findings(bench) == {STRAY_SESSION}


async def test_a_session_of_yesterday_is_not_the_start_that_waits_now(bench: Bench) -> None:
    """It is told late, and ends nothing that the driver just began in the app."""
    await a_pass(bench)
    bench.clock.set(after(60 * 24))
    charge = await a_charge(bench, S.START_ACCEPTED)
    await push_session(bench, session_by_pass(**OVER))
    assert (await bench.charge(charge)).status == S.START_ACCEPTED
    assert {each.auth_channel for each in await charges(bench)} == {"app", "badge"}


@pytest.mark.parametrize("named", [True, False])
async def test_the_bill_in_place_of_a_credited_one_is_of_the_same_charge(bench: Bench, *, named: bool) -> None:
    """No session ever told of it: what was billed goes down by the credit and up again by the new bill, once."""
    await a_pass(bench)
    bench.clock.set(after(90))
    session: dict[str, Any] = {"session_id": "SES1" if named else None}
    await push_cdr(bench, cdr_by_pass(**session))
    credit: dict[str, Any] = {"credit": True, "credit_reference_id": "CDR1"}
    await push_cdr(bench, cdr_by_pass(cost="-7.80", id="CDR2", **credit, **session))
    await push_cdr(bench, cdr_by_pass(cost="3.90", id="CDR3", **session))
    await bench.drain()
    charge = await the_charge(bench)
    assert (charge.status, charge.owed_minor) == (S.SETTLED, 464)
    assert (await proven(bench)).receivable == 464
    await push_cdr(bench, cdr_by_pass(cost="3.90", id="CDR4", **session))
    await bench.drain()
    assert (await the_charge(bench)).owed_minor == 464
    assert STRAY_CDR in await open_findings(bench)


async def test_a_credit_before_its_bill_keeps_the_bill_from_nobody(bench: Bench) -> None:
    """It waits for what it credits, which makes the charge of it; together they ask for nothing."""
    await a_pass(bench)
    bench.clock.set(after(90))
    await push_cdr(bench, cdr_by_pass(cost="-7.80", id="CDR2", credit=True, credit_reference_id="CDR1"))
    await push_cdr(bench, cdr_by_pass())
    await bench.drain()
    charge = await the_charge(bench)
    assert (charge.status, charge.owed_minor) == (S.SETTLED, 0)
    assert (await proven(bench)).receivable == 0
