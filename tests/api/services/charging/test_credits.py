"""What staff waive and give up: limits under the lock, four eyes above a sum, a log that is never changed."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from api.domain.charging.state import ChargingStatus
from api.domain.errors import AppError
from api.services.charging.approvals import AlreadyDecided, PersonUnnamed, SamePerson
from api.services.charging.credits import CreditTooLarge, NotSettled
from api.services.charging.decisions import expire_requests, open_requests, withdraw
from api.services.charging.refund_plan import RefundState
from api.services.charging.write_offs import WriteOffTooLarge
from tests.api.services.charging.given_back import (
    a_credit_cdr,
    approves,
    books,
    credit,
    denies,
    euro,
    paid,
    pause_ends,
    refund_rows,
    refunds,
    state,
    write_off,
)
from tests.bench import Bench
from tests.charges import a_charge

HIGH = "60.00"
"""A bill of 71.40: 50.00 captured, 21.40 owed."""


async def test_a_credit_lowers_what_is_owed_before_anything_goes_back(bench: Bench) -> None:
    """30.00 waived of 71.40: the 21.40 that were never paid fall first, 8.60 of the paid money go back."""
    charge = await paid(bench, HIGH)
    assert (await books(bench, charge))["receivable"] == 2140

    await credit(bench, charge, 3000)
    await bench.drain()

    assert [one.amount for one in refunds(bench).refunds] == [euro(860)]
    found = await books(bench, charge)
    assert (found["psp_clearing"], found.get("receivable", 0)) == (4140, 0)
    assert found["revenue"] + found["vat"] == -4140


async def test_a_credit_above_the_limit_waits_for_a_second_person(bench: Bench) -> None:
    """Nothing moves before; the requester is not the second person, in whatever case; the second one's word is final.

    What is ordered back by it was decided with it, and waits for nobody again.
    """
    charge = await paid(bench, HIGH)
    row = await credit(bench, charge, None)
    await bench.drain()
    assert (row.amount_minor, refunds(bench).refunds) == (7140, [])
    async with bench.work() as db:
        assert [each.subject_id for each in await open_requests(db=db)] == [row.id]
    with pytest.raises(SamePerson):
        await approves(bench, row.id, by=" ADA ")

    await approves(bench, row.id)
    await bench.drain()
    with pytest.raises(AlreadyDecided):
        await approves(bench, row.id)

    assert [one.amount for one in refunds(bench).refunds] == [euro(5000)]
    assert await books(bench, charge) == {}
    log = await bench.rows("SELECT by, action FROM staff_action WHERE subject_id = :id ORDER BY id", id=row.id)
    assert [tuple(each) for each in log] == [("Ada", "credit_requested"), ("Grace", "credit_approved")]


async def test_small_credits_of_one_person_add_up_to_the_limit(bench: Bench) -> None:
    """Who may give 50.00 alone gives 50.00 of one charge, and not twice."""
    charge = await paid(bench, HIGH)
    first = await credit(bench, charge, 4000)
    second = await credit(bench, charge, 2000)
    assert (first.state, second.state) == ("approved", "requested")


@pytest.mark.parametrize("how", ["deny", "expire", "withdraw"])
async def test_a_request_that_is_not_approved_moves_nothing(bench: Bench, how: str) -> None:
    """Denied, lapsed after seven days, or taken back: its sum may be asked for again, and the log tells."""
    charge = await paid(bench, HIGH)
    row = await credit(bench, charge, None)
    if how == "deny":
        await denies(bench, row.id)
    elif how == "expire":
        bench.clock.advance(timedelta(days=7).total_seconds())
        assert await expire_requests(work=bench.work, ports=bench.ports) == 1
    else:
        async with bench.work() as db:
            await withdraw(db=db, now=bench.clock.now(), subject_id=row.id, by="ada")
    await bench.drain()

    with pytest.raises(AlreadyDecided):
        await approves(bench, row.id)
    assert refunds(bench).refunds == []
    again = await credit(bench, charge, None)
    assert again.amount_minor == 7140
    assert await bench.value("SELECT count(*) FROM staff_action") == 3


async def test_more_than_is_asked_cannot_be_waived(bench: Bench) -> None:
    """Open requests count: two people cannot waive the same money, and nobody more than the bill."""
    charge = await paid(bench, HIGH)
    with pytest.raises(CreditTooLarge):
        await credit(bench, charge, 7141)
    await credit(bench, charge, 7000)
    with pytest.raises(CreditTooLarge):
        await credit(bench, charge, 141)
    with pytest.raises(AppError):
        await credit(bench, charge, 0)
    with pytest.raises(PersonUnnamed):
        await credit(bench, charge, 100, by="  ")


async def test_an_approval_checks_again(bench: Bench) -> None:
    """The bill fell while the request waited: what is no longer asked for cannot be waived."""
    charge = await paid(bench, HIGH)
    row = await credit(bench, charge, None)
    await a_credit_cdr(bench, charge, 1, HIGH)
    await bench.drain()
    with pytest.raises(CreditTooLarge):
        await approves(bench, row.id)


async def test_only_a_settled_bill_can_be_waived(bench: Bench) -> None:
    """Before the end nobody knows what would be waived."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    with pytest.raises(NotSettled):
        await credit(bench, charge, 100)


@pytest.mark.parametrize("decision", ["approve", "deny"])
async def test_an_automatic_refund_above_the_limit_waits_for_a_person(bench: Bench, decision: str) -> None:
    """The operator took everything back: 50.00 is the limit, one cent above waits, and counts as ordered meanwhile."""
    bench.ports.policy.refund_approval["EUR"] = 4999
    charge = await paid(bench, HIGH)
    await a_credit_cdr(bench, charge, 1, HIGH)
    await bench.drain()
    await pause_ends(bench, charge)
    (row,) = await refund_rows(bench)
    assert (row.state, row.amount_minor, refunds(bench).refunds) == (RefundState.AWAITING_APPROVAL, 5000, [])
    assert (await state(bench, charge)).ordered_back == euro(5000)
    assert "refund_awaits_approval" in await bench.findings()

    await (approves(bench, row.id) if decision == "approve" else denies(bench, row.id))
    await bench.drain()

    (row,) = await refund_rows(bench)
    after = (await state(bench, charge)).afterwards
    if decision == "approve":
        assert (row.state, row.decided_by, after.withheld) == (RefundState.SUCCEEDED, "Grace", euro(0))
        assert await books(bench, charge) == {}
    else:
        assert (row.state, after.withheld) == (RefundState.DENIED, euro(5000))
        assert await books(bench, charge) == {"psp_clearing": 5000, "refunds_unpaid": -5000}
    assert len(refunds(bench).refunds) == (1 if decision == "approve" else 0)


async def test_a_receivable_is_written_off(bench: Bench) -> None:
    """What nobody expects to be paid leaves the receivable for an account of its own, and no refund follows."""
    charge = await paid(bench, HIGH)
    with pytest.raises(WriteOffTooLarge):
        await write_off(bench, charge, 2141)
    await write_off(bench, charge, None)
    await bench.drain()

    found = await books(bench, charge)
    assert (found.get("receivable", 0), found["write_off"]) == (0, 2140)
    assert ((await state(bench, charge)).receivable, refunds(bench).refunds) == (euro(0), [])
    with pytest.raises(WriteOffTooLarge):
        await write_off(bench, charge, 1)


async def test_a_write_off_above_the_limit_needs_two(bench: Bench) -> None:
    """As a credit does."""
    bench.ports.policy.refund_approval["EUR"] = 2000
    charge = await paid(bench, HIGH)
    row = await write_off(bench, charge, None)
    assert (await books(bench, charge))["receivable"] == 2140
    with pytest.raises(SamePerson):
        await approves(bench, row.id, by="Ada")
    await approves(bench, row.id)
    assert (await books(bench, charge))["write_off"] == 2140


@pytest.mark.capability("CN19")
async def test_the_log_of_decisions_is_never_changed(bench: Bench) -> None:
    """The database refuses it, whoever asks."""
    charge = await paid(bench)
    await credit(bench, charge, 100)
    with pytest.raises(DBAPIError, match="never changed"):
        await bench.rows("UPDATE staff_action SET by = 'Eve' RETURNING by")
