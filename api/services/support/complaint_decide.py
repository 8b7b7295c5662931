"""What people do with a complaint: rule on it, above their limit with a second person; and the driver's objection.

The money goes by a credit (``services/charging/credits.py``), whose limits, log and second person are those of every
credit. Until the second person agrees nobody hears of the ruling.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid
from api.domain.money import Money
from api.domain.support.case import CaseEventKind, CaseState, CaseStep
from api.domain.support.complaint import ComplaintState, ComplaintStep, ComplaintStepNotPossible, Ruling
from api.domain.support.complaint_texts import figures
from api.domain.support.triage_facts import ComplaintFacts
from api.models.afterwards import CreditRow
from api.models.charging import ChargingSession
from api.models.complaint import Complaint, ComplaintRuling
from api.ports import Ports
from api.services.charging.approvals import RequestState, named, note_action
from api.services.charging.credits import CreditReason, request_credit
from api.services.support.advance import Told, locked_case, step_case
from api.services.support.complaint_advance import UnknownComplaint, locked_complaint, move_complaint
from api.services.support.complaint_judge import triage_document, triage_of
from api.services.support.complaint_rulings import Verdict, cause_key_of, check_not_granted, figures_of, write_ruling
from api.services.work import Work

_DECIDABLE = frozenset({ComplaintState.WAITING, ComplaintState.WITH_AGENT})
_BATCH = 50


class NoneReason(StrEnum):
    """Why a person grants nothing; what is granted has the reason of its credit."""

    PRICE_AS_AGREED = "price_as_agreed"
    METER_AGREES = "meter_agrees"
    CORRECTED = "corrected"
    NOT_OURS = "not_ours"
    OTHER = "other"


class RulingUnreadable(Invalid):
    """Ruling, reason, amount and words do not go together. Fact: ``field``."""


class NothingToRuleOn(Conflict):
    """No charge of ours is behind it, so nothing can go back."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to rule."""

    ruling: str
    reason: str
    text: str
    """To the driver, in their language."""
    amount_minor: int | None = None
    """Of a partial ruling."""


async def decide_complaint(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    complaint_id: str,
    wish: Wish,
    by: str,
    alone_minor: int | None = None,
) -> Complaint:
    """Rule on a complaint as a person; above ``alone_minor`` it waits for a second one.

    Raises UnknownComplaint, ComplaintStepNotPossible, RulingUnreadable, NothingToRuleOn, AlreadyGranted, and what a
    credit raises.
    """
    _check(wish)
    complaint, charge = await locked_complaint(db=db, complaint_id=complaint_id)
    if complaint.state not in _DECIDABLE:
        raise ComplaintStepNotPossible("complaint_step_not_possible", state=complaint.state, step="decide")
    person = named(by)
    if wish.ruling == Ruling.NONE:
        await _grant_nothing(db, ports, now, complaint, charge, wish, person)
        return complaint
    if charge is None:
        raise NothingToRuleOn("complaint_without_charge")
    await _grant(db, ports, now, complaint, charge, wish, person, alone_minor)
    return complaint


def _check(wish: Wish) -> None:
    """Raise RulingUnreadable unless everything fits."""
    reasons = set(NoneReason) if wish.ruling == Ruling.NONE else set(CreditReason)
    wants_amount = wish.ruling == Ruling.PARTIAL
    for name, good in (
        ("ruling", wish.ruling in set(Ruling)),
        ("reason", wish.reason in reasons),
        ("text", bool(wish.text.strip())),
        ("amount", wants_amount == (wish.amount_minor is not None)),
    ):
        if not good:
            raise RulingUnreadable("ruling_unreadable", field=name)


async def _grant_nothing(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    complaint: Complaint,
    charge: ChargingSession | None,
    wish: Wish,
    by: str,
) -> None:
    nothing = Money.zero(complaint.currency if charge is None else charge.currency)
    numbers = figures({"paid": Money(complaint.charged_minor, complaint.currency)})
    if charge is not None:
        facts, _ = await _triaged(db, ports, now, complaint, charge)
        numbers = figures_of(facts, nothing)
    await _log(db, now, complaint, by, wish, 0)
    verdict = Verdict(
        by=by,
        automatic=False,
        ruling=Ruling.NONE,
        reason=wish.reason,
        answer=Ruling.NONE,
        granted=nothing,
        figures=numbers,
        text=wish.text.strip(),
    )
    await write_ruling(db=db, ports=ports, now=now, complaint=complaint, verdict=verdict)


async def _grant(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    complaint: Complaint,
    charge: ChargingSession,
    wish: Wish,
    by: str,
    alone_minor: int | None,
) -> None:
    """Ask for the credit; where one person may give it, the ruling stands at once."""
    facts, key = await _triaged(db, ports, now, complaint, charge)
    if key is not None:
        await check_not_granted(db=db, cause_key=key, complaint_id=complaint.id)
    credit = await request_credit(
        db=db,
        ports=ports,
        now=now,
        charging_session_id=charge.id,
        amount_minor=wish.amount_minor,
        reason=wish.reason,
        text=f"complaint {complaint.id}: {wish.text.strip()}",
        by=by,
        alone_minor=alone_minor,
        corrects=wish.reason != CreditReason.GOODWILL,
    )
    await _log(db, now, complaint, by, wish, credit.amount_minor)
    complaint.pending = _pending(facts, wish, by, credit, key)
    if credit.state == RequestState.APPROVED:
        await _stands(db, ports, now, complaint, credit)
    else:
        move_complaint(db, now, complaint, ComplaintStep.ASK_SECOND)


def _pending(facts: ComplaintFacts, wish: Wish, by: str, credit: CreditRow, key: str | None) -> dict[str, Any]:
    """Return a ruling as it is kept until its credit is approved."""
    back = Money(credit.amount_minor, credit.currency)
    return {
        "by": by,
        "ruling": str(Ruling.FULL if back == facts.asked else Ruling.PARTIAL),
        "reason": wish.reason,
        "text": wish.text.strip(),
        "figures": figures_of(facts, back),
        "credit_id": credit.id,
        "cause_key": key,
    }


async def _triaged(
    db: AsyncSession, ports: Ports, now: datetime, complaint: Complaint, charge: ChargingSession
) -> tuple[ComplaintFacts, str | None]:
    """Return the facts as they are now, and the cause that two charges share; the triage is kept."""
    facts, found = await triage_of(db=db, ports=ports, now=now, complaint=complaint, charge=charge)
    complaint.triage = triage_document(found)
    key = cause_key_of(charge, found, facts)
    return facts, key if key.startswith("double_charge:") else None


async def _stands(
    db: AsyncSession, ports: Ports, now: datetime, complaint: Complaint, credit: CreditRow
) -> ComplaintRuling:
    """Write down a ruling whose credit is approved."""
    told = complaint.pending or {}
    verdict = Verdict(
        by=told["by"],
        automatic=False,
        ruling=Ruling(told["ruling"]),
        reason=told["reason"],
        answer=told["ruling"],
        granted=Money(credit.amount_minor, credit.currency),
        figures=told["figures"],
        text=told["text"],
        credit_id=credit.id,
        cause_key=told["cause_key"],
    )
    return await write_ruling(db=db, ports=ports, now=now, complaint=complaint, verdict=verdict)


async def follow_second_persons(*, work: Work, ports: Ports) -> None:
    """Write down the rulings that second persons agreed to; where one did not, the complaint is with people again."""
    async with work() as db:
        query = select(Complaint.id).where(Complaint.state == ComplaintState.APPROVAL)
        waiting = list(await db.exec(query.order_by(col(Complaint.looked_at)).limit(_BATCH)))
    for complaint_id in waiting:
        async with work() as db:
            await _follow(db, ports, ports.clock.now(), complaint_id)


async def _follow(db: AsyncSession, ports: Ports, now: datetime, complaint_id: str) -> None:
    complaint, _ = await locked_complaint(db=db, complaint_id=complaint_id)
    if complaint.state != ComplaintState.APPROVAL or complaint.pending is None:
        return
    credit = await db.get_one(CreditRow, complaint.pending["credit_id"], populate_existing=True)
    if credit.state == RequestState.REQUESTED:
        complaint.looked_at = now
        db.add(complaint)
    elif credit.state == RequestState.APPROVED:
        await _stands(db, ports, now, complaint, credit)
    else:
        complaint.pending = None
        move_complaint(db, now, complaint, ComplaintStep.REFUSED)


async def object_to_answer(
    *, db: AsyncSession, now: datetime, driver_id: str, complaint_id: str, text: str
) -> Complaint:
    """Note that the driver is not content: a person decides, and no rule any more.

    Raises UnknownComplaint, ComplaintStepNotPossible.
    """
    complaint, _ = await locked_complaint(db=db, complaint_id=complaint_id)
    if complaint.driver_id != driver_id:
        raise UnknownComplaint("unknown_complaint")
    if complaint.state == ComplaintState.WITH_AGENT and complaint.objected_at is not None:
        return complaint
    move_complaint(db, now, complaint, ComplaintStep.OBJECT)
    if complaint.case_id is not None:
        case = await locked_case(db=db, case_id=complaint.case_id)
        step = _STEP.get(CaseState(case.state), CaseStep.REPLY)
        step_case(db, now, case, step, Told(CaseEventKind.FROM_CUSTOMER, by="customer", public=True, text=text))
    return complaint


_STEP = {CaseState.RESOLVED: CaseStep.REJECT, CaseState.CLOSED: CaseStep.REOPEN}
"""What an objection means to the case; an open one is simply written to."""


async def _log(db: AsyncSession, now: datetime, complaint: Complaint, by: str, wish: Wish, granted_minor: int) -> None:
    """Append the decision to the log of staff."""
    await note_action(
        db=db,
        now=now,
        by=by,
        action="complaint_ruled",
        subject_id=complaint.id,
        charging_session_id=complaint.charging_session_id,
        reason=f"{wish.reason}: {wish.text.strip()}",
        before={"state": complaint.state},
        after={"ruling": wish.ruling, "granted_minor": granted_minor, "currency": complaint.currency},
    )
