"""One bill from all CDRs of a charge, and no money on half a story (payments.md 4.9 to 4.13)."""

from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from tests.bench import Bench
from tests.builders import a_cdr, push_cdr
from tests.charges import a_charge


async def test_a_credit_that_comes_first_waits_for_what_it_credits(bench: Bench) -> None:
    """A credit alone is no free charge: the hold stays, and the net of all three CDRs is what is captured."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="cdr1"))
    await bench.drain()
    assert (await bench.charge(charge)).status == ChargingStatus.NEEDS_FINANCE
    assert (await bench.hold(charge)).status == HoldStatus.PLACED

    await push_cdr(bench, a_cdr(charge, id="CDR1"))
    await push_cdr(bench, a_cdr(charge, id="CDR2", cost="5.00"))
    await bench.drain()
    assert (await bench.charge(charge)).status == ChargingStatus.SETTLED
    assert (await bench.hold(charge)).captured_minor == 595


async def test_two_bills_of_one_session_are_not_added_up(bench: Bench) -> None:
    """A session has one bill: a second one without a credit of the first waits for staff, or for that credit."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    await push_cdr(bench, a_cdr(charge, id="CDR1"))
    await push_cdr(bench, a_cdr(charge, id="CDR2"))
    await bench.drain()
    assert (await bench.charge(charge)).failure_code == "session_billed_twice"
    assert (await bench.hold(charge)).captured_minor == 0

    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="CDR1"))
    await bench.drain()
    assert (await bench.hold(charge)).captured_minor == 928


async def test_a_second_bill_after_the_capture_books_nothing(bench: Bench) -> None:
    """What was captured stays, no receivable is raised, and staff are asked."""
    charge = await a_charge(bench, ChargingStatus.SETTLED)
    await push_cdr(bench, a_cdr(charge, id="CDR2"))
    await bench.drain()
    assert (await bench.charge(charge)).status == ChargingStatus.NEEDS_FINANCE
    assert (await bench.hold(charge)).captured_minor == 928
    assert not await bench.rows("SELECT 1 FROM journal WHERE kind = 'receivable_raised'")
    assert "cdr_unpriceable" in await bench.findings()


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"cost": "-3.00"}, "cost_negative"),
        ({"cost": "7.80", "credit": True, "credit_reference_id": "CDR0"}, "credit_not_negative"),
        ({"cost": "100000000000000000"}, "cost_absurd"),
        ({"cost": "999999999999999999.5", "taxed": "1"}, "cost_absurd"),
        ({"cost": "0.000000000000000001", "taxed": "99999999"}, "tax_absurd"),
        ({"cost": "7.80", "taxed": "7.00"}, "tax_absurd"),
        ({"cost": "0", "taxed": "9.28"}, "tax_absurd"),
    ],
)
async def test_a_cost_that_cannot_be_waits_for_staff_with_the_hold_in_place(
    bench: Bench, told: dict[str, Any], code: str
) -> None:
    """Negative, absurd or contradicting figures neither release the hold nor take from it, and no job fails on them."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    await push_cdr(bench, a_cdr(charge, **told))
    await bench.drain()
    found = await bench.charge(charge)
    assert (found.status, found.failure_code) == (ChargingStatus.NEEDS_FINANCE, code)
    assert (await bench.hold(charge)).status == HoldStatus.PLACED


async def test_nothing_to_pay_is_a_bill(bench: Bench) -> None:
    """A CDR of zero, taxes stated or not, releases the hold."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    await push_cdr(bench, a_cdr(charge, cost="0", taxed="0"))
    await bench.drain()
    assert (await bench.charge(charge)).status == ChargingStatus.SETTLED
    assert (await bench.hold(charge)).status == HoldStatus.RELEASED
