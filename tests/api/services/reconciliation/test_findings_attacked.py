"""What people tried with findings so that money moved twice, late, or past the second person: each is refused."""

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.errors import AppError
from api.domain.finance.finding import Action, Actor, StepNotPossible
from api.domain.finance.finding_actions import ActionNotPossible
from api.services.charging.approvals import RequestState, SamePerson
from api.services.reconciliation.findings_accept import accept
from api.services.reconciliation.findings_requests import waiting_requests
from tests.api.services.charging.given_back import (
    a_bill,
    a_credit_cdr,
    approves,
    books,
    credit,
    denies,
    paid,
    pause_ends,
    refunds,
    write_off,
)
from tests.api.services.reconciliation.findings_hands import (
    CLERK,
    LEAD,
    OTHER_CLERK,
    a_finding,
    acts,
    of_charge,
    stored,
)
from tests.bench import Bench
from tests.charges import a_charge


async def test_two_clicks_are_one_request(bench: Bench) -> None:
    """While what was asked for waits, the same is not asked for again: both would be approved and paid."""
    bench.ports.policy.refund_approval["EUR"] = 500
    charge = await paid(bench)
    finding_id = await a_finding(bench, "early_fraud_warning", charge.id, charge=charge)
    first = await acts(bench, finding_id, Action.REFUND, CLERK, amount_minor=1000)
    for who in (CLERK, OTHER_CLERK):
        with pytest.raises(ActionNotPossible):
            await acts(bench, finding_id, Action.REFUND, who, amount_minor=1000)
    await approves(bench, first.subject_id)
    await bench.drain()
    assert [one.amount.minor for one in refunds(bench).refunds] == [1000]


async def test_what_is_given_in_different_words_counts_together(bench: Bench) -> None:
    """A write-off of 21.40 and a credit of 40.00 are more than the 50.00 of one person, each alone is not."""
    charge = await paid(bench, "60.00")
    assert (await write_off(bench, charge, None)).state == RequestState.APPROVED
    waits = await credit(bench, charge, 4000, by="Bo")
    await bench.drain()
    assert (waits.state, refunds(bench).refunds) == (RequestState.REQUESTED, [])


async def test_a_request_about_a_charge_that_changed_is_asked_anew(bench: Bench) -> None:
    """60.00 were asked for while no bill was there; the bill is 23.80: nobody makes 60.00 of it by approving late."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    finding_id = await a_finding(bench, "cdr_missing", charge.id, charge=charge)
    asked = await acts(bench, finding_id, Action.CAPTURE, amount_minor=6000, reason="bill_missing")
    bench.payments.refuse("capture_hold", "card_declined")
    await a_bill(bench, charge, 1, "20.00")
    await bench.drain()
    assert (await bench.charge(charge)).hold_status == HoldStatus.CAPTURE_FAILED
    with pytest.raises(AppError, match="charge_changed"):
        await approves(bench, asked.subject_id)
    after = await bench.charge(charge)
    assert (after.owed_minor, after.status) == (2380, ChargingStatus.NEEDS_FINANCE)


async def test_what_waits_for_a_second_person_is_not_accepted_meanwhile(bench: Bench) -> None:
    """Else the money would move for a difference that somebody found right as it is."""
    bench.ports.policy.refund_approval["EUR"] = 500
    charge = await paid(bench)
    finding_id = await a_finding(bench, "early_fraud_warning", charge.id, charge=charge, minor=100)
    await acts(bench, finding_id, Action.REFUND, amount_minor=1000)
    async with bench.work() as db:
        ports, now = bench.ports, bench.clock.now()
        with pytest.raises(StepNotPossible):
            await accept(db=db, ports=ports, now=now, finding_id=finding_id, note="fine", by=OTHER_CLERK)


async def test_that_a_large_refund_was_paid_by_transfer_takes_two(bench: Bench) -> None:
    """Nothing else proves it: the clerk's word waits, in the list of requests, for a lead who is somebody else."""
    charge = await paid(bench)
    refunds(bench).refuse("refund_payment", "expired_card")
    await acts(bench, await a_finding(bench, "early_fraud_warning", charge.id, charge=charge), Action.REFUND)
    await bench.drain()
    bench.ports.policy.refund_approval["EUR"] = 1000
    failed = await of_charge(bench, charge, "refund_failed")
    for who in (CLERK, OTHER_CLERK):
        assert not (await acts(bench, failed, Action.SETTLE_OTHERWISE, who, text="SEPA 4711")).done
    assert ((await stored(bench, failed)).waiting_for, "refunds_unpaid" in await books(bench, charge)) == (
        "repayment",
        True,
    )
    async with bench.work() as db:
        (one,) = await waiting_requests(db=db, ports=bench.ports, now=bench.clock.now(), by=LEAD)
    assert (one.request.subject_id, one.request.requested_by, one.may_decide) == (failed, "Bo Clerk", True)
    bench.ports.policy.refund_approval["EUR"] = 100  # less than a lead decides alone, so that two are needed
    with pytest.raises(SamePerson):
        await acts(bench, failed, Action.SETTLE_OTHERWISE, Actor("bo CLERK", LEAD.roles), text="SEPA 4711")
    assert (await acts(bench, failed, Action.SETTLE_OTHERWISE, LEAD, text="SEPA 4711")).done
    assert "refunds_unpaid" not in await books(bench, charge)


async def test_who_denied_a_refund_does_not_note_alone_that_it_was_paid(bench: Bench) -> None:
    """However small it is: the driver would have neither the refund nor the transfer, and the books would be even."""
    charge = await paid(bench)
    bench.ports.policy.refund_approval["EUR"] = 500
    await a_credit_cdr(bench, charge, 1, "20.00")
    await bench.drain()
    await pause_ends(bench, charge)
    refund_id = await bench.value("SELECT id FROM refund WHERE state = 'awaiting_approval'")
    await denies(bench, refund_id, by=LEAD.name)
    await bench.drain()
    denied = await of_charge(bench, charge, "refund_denied")
    assert not (await acts(bench, denied, Action.SETTLE_OTHERWISE, LEAD, text="SEPA 4711")).done
    assert "refunds_unpaid" in await books(bench, charge)
