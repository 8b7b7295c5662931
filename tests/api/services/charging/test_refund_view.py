"""The driver's view of refunds: what went back, where it stands in words, by when the bank should show it."""

import pytest

from api.ports.refunds import RefundStatus
from api.services.charging.advance import UnknownCharge
from api.services.charging.refund_view import refunds_of_charge
from tests.api.services.charging.given_back import a_credit_cdr, approves, credit, euro, paid, pause_ends, refunds
from tests.bench import Bench


async def steps(bench: Bench, charge_id: str) -> list[tuple[str, bool]]:
    """Return the steps shown, and whether each says by when the bank should show it."""
    async with bench.work() as db:
        shown = await refunds_of_charge(db=db, driver_id="drv_1", charging_session_id=charge_id)
    return [(each.step, each.expected_by is not None) for each in shown]


async def test_each_step_of_a_refund_is_shown(bench: Bench) -> None:
    """In review, sent with a date, delayed without one."""
    bench.ports.policy.refund_approval["EUR"] = 2000
    charge = await paid(bench)
    assert await steps(bench, charge.id) == []
    await a_credit_cdr(bench, charge, 1, "20.00")
    await bench.drain()
    await pause_ends(bench, charge)
    assert await steps(bench, charge.id) == [("in_review", False)]

    await approves(bench, (await bench.rows("SELECT id FROM refund"))[0].id)
    assert await steps(bench, charge.id) == [("ordered", False)]
    await bench.drain()
    assert await steps(bench, charge.id) == [("sent", True)]


async def test_a_failed_refund_is_delayed_and_not_hidden(bench: Bench) -> None:
    """The driver reads that we pay in another way."""
    charge = await paid(bench)
    refunds(bench).next_status = RefundStatus.FAILED
    await credit(bench, charge, 100)
    await bench.drain()
    assert await steps(bench, charge.id) == [("delayed", False)]
    assert refunds(bench).refunds[0].amount == euro(100)


async def test_somebody_elses_refunds_are_nobodys_business(bench: Bench) -> None:
    """Another driver learns not even that the charge exists."""
    charge = await paid(bench)
    with pytest.raises(UnknownCharge):
        async with bench.work() as db:
            await refunds_of_charge(db=db, driver_id="drv_2", charging_session_id=charge.id)
