"""Four eyes over what people ask for: who may be the second person, and what becomes of the finding behind it."""

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.errors import AppError
from api.domain.finance.finding import Action, Actor, RoleMissing
from api.services.charging.approvals import AlreadyDecided, SamePerson
from api.services.charging.decisions import expire_requests
from api.services.reconciliation.findings_requests import deny_request, waiting_requests, withdraw_request
from api.services.reconciliation.findings_sweep import sweep_findings
from tests.api.services.charging.given_back import books, euro, paid, refunds
from tests.api.services.reconciliation.findings_hands import (
    CLERK,
    LEAD,
    OTHER_CLERK,
    a_finding,
    acts,
    approves,
    log,
    of_charge,
    stored,
    waiting_for_finance,
)
from tests.bench import Bench

HIGH = "60.00"
"""A bill of 71.40: 50.00 captured, 21.40 owed."""


@pytest.mark.capability("DC6")
async def test_above_the_limit_a_lead_approves(bench: Bench) -> None:
    """A clerk asks for 71.40, nothing moves; no clerk may approve, nor who asked; the lead may, and the log tells."""
    charge = await paid(bench, HIGH)
    finding_id = await of_charge(bench, charge, "owed_above_hold")
    asked = await acts(bench, finding_id, Action.REFUND, reason="charger_fault")
    await bench.drain()
    waits = await stored(bench, finding_id)
    assert (asked.done, waits.state, waits.waiting_for) == (False, "acknowledged", asked.subject_id)
    assert refunds(bench).refunds == []
    async with bench.work() as db:
        now = bench.clock.now()
        seen = {}
        for who in (CLERK, OTHER_CLERK, LEAD):
            (seen[who.name],) = await waiting_requests(db=db, ports=bench.ports, now=now, by=who)
    may = {name: (each.may_decide, each.may_withdraw, each.finding_id) for name, each in seen.items()}
    assert may == {
        "Ada Clerk": (False, True, finding_id),
        "Bo Clerk": (False, False, finding_id),
        "Grace Lead": (True, False, finding_id),
    }
    with pytest.raises(RoleMissing):
        await approves(bench, asked.subject_id, OTHER_CLERK)
    both = Actor("ada  CLERK", LEAD.roles)
    with pytest.raises(SamePerson):
        await approves(bench, asked.subject_id, both)

    await approves(bench, asked.subject_id)
    await bench.drain()

    assert [one.amount for one in refunds(bench).refunds] == [euro(5000)]
    row = await stored(bench, finding_id)
    assert (row.state, row.resolution, row.resolved_by, row.waiting_for) == ("resolved", "booking", "Grace Lead", None)
    assert (await log(bench))[:2] == [
        ("Ada Clerk", "credit_requested", "req_1"),
        ("Grace Lead", "credit_approved", "req_3"),
    ]


async def test_a_lead_decides_more_alone_than_a_clerk(bench: Bench) -> None:
    """The same 71.40 is within four times the limit; a lead below their own limit asks nobody."""
    charge = await paid(bench, HIGH)
    finding_id = await of_charge(bench, charge, "owed_above_hold")
    outcome = await acts(bench, finding_id, Action.REFUND, LEAD, reason="charger_fault")
    assert outcome.done
    assert await books(bench, charge) != {}
    await bench.drain()
    assert await books(bench, charge) == {}


async def test_letting_a_large_hold_go_takes_two(bench: Bench) -> None:
    """What is let go counts as what is taken does; the charge moves only when the second person agrees."""
    bench.ports.policy.refund_approval["EUR"] = 2000
    charge, finding_id = await waiting_for_finance(bench)
    asked = await acts(bench, finding_id, Action.RELEASE, reason="bill_wrong")
    assert (asked.done, (await bench.charge(charge)).status) == (False, ChargingStatus.NEEDS_FINANCE)
    another = await a_finding(bench, "hold_open_too_long", charge.id, charge=charge)
    for about, refusal in ((finding_id, "action_not_possible"), (another, "settlement_pending")):
        with pytest.raises(AppError, match=refusal):
            await acts(bench, about, Action.CAPTURE, OTHER_CLERK, amount_minor=100)

    await approves(bench, asked.subject_id)
    await bench.drain()
    assert (await bench.charge(charge)).hold_status == HoldStatus.RELEASED
    assert (await stored(bench, finding_id)).resolution == "booking"


@pytest.mark.parametrize("how", ["deny", "withdraw", "lapse"])
async def test_a_request_that_ends_otherwise_leaves_the_finding_to_people(bench: Bench, how: str) -> None:
    """Denied, taken back, or lapsed with nobody coming: no money moves, the finding waits no more, one may ask anew."""
    charge = await paid(bench, HIGH)
    finding_id = await of_charge(bench, charge, "owed_above_hold")
    asked = await acts(bench, finding_id, Action.REFUND)
    now = bench.clock.now()
    if how == "deny":
        async with bench.work() as db:
            await deny_request(
                db=db, ports=bench.ports, now=now, subject_id=asked.subject_id, by=LEAD, reason="unfounded"
            )
    elif how == "withdraw":
        async with bench.work() as db:
            await withdraw_request(db=db, now=now, subject_id=asked.subject_id, by=CLERK)
    else:
        bench.clock.advance(7 * 24 * 3600)
        assert await expire_requests(work=bench.work, ports=bench.ports) == 1
        assert await sweep_findings(work=bench.work, ports=bench.ports) == 1
    with pytest.raises(AlreadyDecided):
        await approves(bench, asked.subject_id)
    row = await stored(bench, finding_id)
    assert (row.state, row.waiting_for, refunds(bench).refunds) == ("acknowledged", None, [])
    assert not (await acts(bench, finding_id, Action.REFUND)).done
