"""The autopilot: a complaint whose facts are final is decided by rule where rules are sure, else handed to a person.

Everything happens in one transaction under the charge's lock: triage, the credit or the new bill that carries the
ruling out, the ruling itself, the case and the notice. A crash leaves nothing or all of it, and a repetition finds the
complaint decided. The money goes the ways that there are: ``services/charging`` orders and limits every refund.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import AppError, Conflict
from api.domain.money import Money, format_money
from api.domain.support.case import UNSOLVED, CaseEventKind, CaseState, CaseStep
from api.domain.support.complaint import ComplaintState, ComplaintStep
from api.domain.support.triage import triage
from api.domain.support.triage_facts import Block, Code, ComplaintFacts, Remedy, Triage
from api.models.charging import ChargingSession
from api.models.complaint import Complaint
from api.ports import Ports
from api.services.charging.approvals import RequestState
from api.services.charging.credits import CreditReason, request_credit
from api.services.charging.settle import settle_charge
from api.services.charging.staff import settle_by_staff
from api.services.charging.stored_state import machine_policy, state_of
from api.services.support.advance import Told, locked_case, step_case
from api.services.support.complaint_advance import claim_in, locked_complaint, move_complaint
from api.services.support.complaint_blocks import blocks_of, limits_of
from api.services.support.complaint_facts import claim_facts, unfinished
from api.services.support.complaint_rulings import (
    AUTOPILOT,
    AlreadyGranted,
    Verdict,
    cause_key_of,
    check_not_granted,
    figures_of,
    write_ruling,
)

WAIT_AT_MOST = timedelta(days=7)
"""After this a person looks at a complaint whose facts do not become final."""
_CREDIT_REASON = {
    Code.ZERO_ENERGY: CreditReason.NOT_CHARGED,
    Code.DOUBLE_CDR: CreditReason.DUPLICATE,
    Code.DOUBLE_CHARGE: CreditReason.DUPLICATE,
}
"""Anything else is a wrong price."""


class CameOutOtherwise(Conflict):
    """The money would not move as it was computed: nothing is done, and a person looks."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """A complaint with what it came to."""

    complaint: Complaint
    charge: ChargingSession
    facts: ComplaintFacts
    triage: Triage


async def judge_complaint(*, db: AsyncSession, ports: Ports, now: datetime, complaint_id: str) -> str:
    """Decide on a complaint that waits, hand it to a person, or leave it waiting; return where it stands."""
    complaint, charge = await locked_complaint(db=db, complaint_id=complaint_id)
    if complaint.state != ComplaintState.WAITING:
        return complaint.state
    if charge is None:
        return await _hand_over(db, now, complaint, "no_charge")
    why = await unfinished(db=db, charge=charge)
    if why is not None and now - complaint.opened_at < WAIT_AT_MOST:
        complaint.looked_at = now
        db.add(complaint)
        return complaint.state
    facts, found = await triage_of(db=db, ports=ports, now=now, complaint=complaint, charge=charge)
    complaint.triage = triage_document(found)
    if why is not None or not found.proposal.automatic:
        return await _hand_over(db, now, complaint, why or "proposal")
    return await _rule(db, ports, now, _Judged(complaint, charge, facts, found))


async def triage_of(
    *, db: AsyncSession, ports: Ports, now: datetime, complaint: Complaint, charge: ChargingSession
) -> tuple[ComplaintFacts, Triage]:
    """Return the facts of a complaint about a locked charge and what they come to, limits and all."""
    facts = await claim_facts(db=db, ports=ports, charge=charge, claim=claim_in(complaint))
    facts = replace(facts, blocks=await blocks_of(db=db, ports=ports, complaint=complaint, charge=charge))
    found = triage(facts)
    if not found.proposal.automatic or not found.proposal.amount.minor:
        return facts, found
    limits = await limits_of(db=db, ports=ports, now=now, driver_id=complaint.driver_id, amount=found.proposal.amount)
    try:
        key = cause_key_of(charge, found, facts)
        await check_not_granted(db=db, cause_key=key, complaint_id=complaint.id)
    except AlreadyGranted:
        limits |= {Block.GIVEN_BACK}
    facts = replace(facts, blocks=facts.blocks | limits)
    return facts, triage(facts)


def triage_document(found: Triage) -> dict[str, Any]:
    """Return a triage as it is stored."""
    document: dict[str, Any] = msgspec.to_builtins(found)
    return document


async def _rule(db: AsyncSession, ports: Ports, now: datetime, judged: _Judged) -> str:
    """Carry out what the rules are sure of; where that is refused or comes out otherwise, a person looks."""
    proposal, facts = judged.triage.proposal, judged.facts
    try:
        async with db.begin_nested():
            credit_id = await _carry_out(db, ports, now, judged)
    except AppError as refused:
        # What the inner transaction changed is read again before it is used.
        complaint, _ = await locked_complaint(db=db, complaint_id=judged.complaint.id)
        complaint.triage = triage_document(judged.triage)
        return await _hand_over(db, now, complaint, refused.code)
    left = facts.one_bill if proposal.remedy is Remedy.ONE_BILL else None
    verdict = Verdict(
        by=AUTOPILOT,
        automatic=True,
        ruling=proposal.ruling,
        reason=judged.triage.codes[0],
        answer=str(proposal.answer),
        granted=proposal.amount,
        figures=figures_of(facts, proposal.amount, left=left),
        credit_id=credit_id,
        cause_key=cause_key_of(judged.charge, judged.triage, facts) if proposal.amount.minor else None,
    )
    await write_ruling(db=db, ports=ports, now=now, complaint=judged.complaint, verdict=verdict)
    return judged.complaint.state


async def _carry_out(db: AsyncSession, ports: Ports, now: datetime, judged: _Judged) -> str | None:
    """Do what puts it right, and return the credit that does; raises what the ways of money refuse with."""
    proposal = judged.triage.proposal
    if proposal.remedy is Remedy.CREDIT:
        return await _credit(db, ports, now, judged)
    if proposal.remedy is Remedy.BILL_AGAIN and await _bill_again(db, ports, now, judged) != proposal.amount:
        raise CameOutOtherwise("complaint_came_out_otherwise")
    if proposal.remedy is Remedy.ONE_BILL:
        await _one_bill(db, ports, now, judged)
    return None


async def _credit(db: AsyncSession, ports: Ports, now: datetime, judged: _Judged) -> str:
    """Waive what the driver should not have paid, within the limit of one person."""
    code = judged.triage.codes[0]
    credit = await request_credit(
        db=db,
        ports=ports,
        now=now,
        charging_session_id=judged.charge.id,
        amount_minor=judged.triage.proposal.amount.minor,
        reason=_CREDIT_REASON.get(code, CreditReason.WRONG_PRICE),
        text=f"{code}, complaint {judged.complaint.id}, rules {judged.triage.version}",
        by=AUTOPILOT,
        corrects=True,
    )
    if credit.state != RequestState.APPROVED:
        raise CameOutOtherwise("complaint_came_out_otherwise")
    return credit.id


async def _bill_again(db: AsyncSession, ports: Ports, now: datetime, judged: _Judged) -> Money:
    """Settle the charge by what is known now, and return by how much less is asked."""
    charge = judged.charge
    await settle_charge(db=db, ports=ports, now=now, charging_session_id=charge.id)
    asked = state_of(charge).asked(machine_policy(ports.policy, charge.currency))
    return judged.facts.asked - asked


async def _one_bill(db: AsyncSession, ports: Ports, now: datetime, judged: _Judged) -> None:
    """End a charge that two bills for one session hold up, at the price of one."""
    one = judged.facts.one_bill
    await settle_by_staff(
        db=db,
        ports=ports,
        now=now,
        charging_session_id=judged.charge.id,
        owed_minor=one.minor if one is not None else 0,
        by=AUTOPILOT,
        reason=f"{Code.DOUBLE_CDR}, complaint {judged.complaint.id}, rules {judged.triage.version}",
    )


async def _hand_over(db: AsyncSession, now: datetime, complaint: Complaint, why: str) -> str:
    """Give a complaint to a person, with what the rules found."""
    move_complaint(db, now, complaint, ComplaintStep.HAND_OVER)
    if complaint.case_id is None:
        return complaint.state
    case = await locked_case(db=db, case_id=complaint.case_id)
    if CaseState(case.state) in UNSOLVED:
        detail = {"complaint_id": complaint.id, "why": why, "triage": complaint.triage}
        told = Told(CaseEventKind.NOTE, by=AUTOPILOT, public=False, text=_summary(complaint), detail=detail)
        step_case(db, now, case, CaseStep.NOTE, told)
    return complaint.state


def _summary(complaint: Complaint) -> str:
    """Return what a person reads first."""
    found = complaint.triage
    if found is None:
        return "The rules have nothing to go by."
    codes = ", ".join(each["code"] for each in found["found"])
    proposal = found["proposal"]
    amount = format_money(Money(int(proposal["amount"]["minor"]), str(proposal["amount"]["currency"])))
    held = f"; kept from being decided by rule: {', '.join(proposal['blocks'])}" if proposal["blocks"] else ""
    return f"Triage: {codes}. Proposal: {proposal['ruling']}, {amount}{held}."
