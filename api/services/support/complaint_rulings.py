"""Writing a ruling down: once, with the words that the driver reads, in the case and as a notice (CK26).

Does not live here: who rules and how much (``complaint_judge.py``, ``complaint_decide.py``).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.ids import Prefix
from api.domain.money import Money
from api.domain.support.case import UNSOLVED, CaseEventKind, CaseState, CaseStep
from api.domain.support.complaint import ComplaintState, ComplaintStep, Ruling
from api.domain.support.complaint_texts import answer_text, figures
from api.domain.support.triage_facts import Code, ComplaintFacts, Triage
from api.models.charging import ChargingSession
from api.models.complaint import Complaint, ComplaintRuling
from api.ports import Ports
from api.services.charging.credits import CreditReason
from api.services.charging.findings import open_finding
from api.services.notices.tell import tell_driver
from api.services.support.advance import Told, locked_case, note_case, step_case
from api.services.support.complaint_advance import move_complaint

COMPLAINT_DECIDED = "complaint_decided"
GIVEN_BACK = "complaint_given_back"
"""Of a finding: what goes back is to be had from the operator."""
_ONE_CAUSE = text("SELECT pg_advisory_xact_lock(hashtextextended('complaint cause ' || :cause, 0))")
AUTOPILOT = "complaint autopilot"
"""How what a rule decides is signed."""


class AlreadyGranted(Conflict):
    """Money went back for this cause already, or is about to, whoever decided it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A ruling before it is written down."""

    by: str
    automatic: bool
    ruling: Ruling
    reason: str
    answer: str
    granted: Money
    figures: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    credit_id: str | None = None
    cause_key: str | None = None


async def write_ruling(
    *, db: AsyncSession, ports: Ports, now: datetime, complaint: Complaint, verdict: Verdict
) -> ComplaintRuling:
    """Store a ruling on a locked complaint, solve its case and tell the driver; raises AlreadyGranted."""
    if verdict.cause_key is not None:
        await check_not_granted(db=db, cause_key=verdict.cause_key, complaint_id=complaint.id)
    row = ComplaintRuling(
        id=ports.randomness.new_id(Prefix.RULING),
        complaint_id=complaint.id,
        at=now,
        by=verdict.by,
        automatic=verdict.automatic,
        ruling=verdict.ruling,
        reason=verdict.reason,
        text=verdict.text,
        answer=verdict.answer,
        figures=verdict.figures,
        granted_minor=verdict.granted.minor,
        credit_id=verdict.credit_id,
        cause_key=verdict.cause_key,
    )
    db.add(row)
    complaint.pending = None
    move_complaint(db, now, complaint, ComplaintStep.DECIDE)
    await db.flush()
    await _claim_back(db, ports, now, complaint, verdict)
    await _solve_case(db, now, complaint, row)
    await _tell(db, ports, now, complaint, row)
    return row


async def check_not_granted(*, db: AsyncSession, cause_key: str, complaint_id: str) -> None:
    """Raise AlreadyGranted where money went back for this cause, or goes once a second person agrees.

    What is decided on one cause is decided one after the other: two charges of one session have two locks.
    """
    await (await db.connection()).execute(_ONE_CAUSE, {"cause": cause_key})
    granted = select(ComplaintRuling.id).where(ComplaintRuling.cause_key == cause_key)
    waiting = select(Complaint.id).where(
        Complaint.state == ComplaintState.APPROVAL,
        Complaint.id != complaint_id,
        col(Complaint.pending)["cause_key"].as_string() == cause_key,
    )
    if (await db.exec(granted)).first() is not None or (await db.exec(waiting)).first() is not None:
        raise AlreadyGranted("complaint_already_granted")


async def newest_ruling(*, db: AsyncSession, complaint_id: str) -> ComplaintRuling | None:
    """Return the ruling that counts."""
    query = select(ComplaintRuling).where(ComplaintRuling.complaint_id == complaint_id)
    return (await db.exec(query.order_by(col(ComplaintRuling.at).desc(), col(ComplaintRuling.id).desc()))).first()


def words_of(ruling: ComplaintRuling, language: str) -> str:
    """Return what the driver reads: the answer with its figures, and a person's own words behind it."""
    words = answer_text(ruling.answer, language, ruling.figures)
    return f"{words} {ruling.text}".strip()


def figures_of(facts: ComplaintFacts, back: Money, *, left: Money | None = None) -> dict[str, Any]:
    """Return the numbers of an answer, as they are before anything goes back."""
    energy = f"{facts.billed_kwh.normalize():f}" if facts.billed_kwh else "0"
    return figures(
        {
            "back": back,
            "left": facts.asked - back if left is None else left,
            "paid": facts.paid,
            "owed": facts.asked,
            "held": facts.authorized,
            "given": facts.given_back,
        },
        energy,
    )


def cause_key_of(charge: ChargingSession, triage: Triage, facts: ComplaintFacts) -> str:
    """Return what money goes back for: two charges of one session are one cause, whichever is complained about."""
    code = triage.codes[0]
    if code is Code.DOUBLE_CHARGE and facts.twin is not None:
        return f"{code}:{':'.join(sorted((charge.id, facts.twin.charging_session_id)))}"
    return f"{code}:{charge.id}"


async def _claim_back(db: AsyncSession, ports: Ports, now: datetime, complaint: Complaint, verdict: Verdict) -> None:
    """Have finance ask the operator for what it billed wrongly; goodwill is ours."""
    if verdict.credit_id is None or verdict.reason == CreditReason.GOODWILL or complaint.charging_session_id is None:
        return
    await open_finding(
        db=db,
        ports=ports,
        now=now,
        reason=GIVEN_BACK,
        subject=complaint.charging_session_id,
        charging_session_id=complaint.charging_session_id,
        amount=verdict.granted,
        detail={"complaint_id": complaint.id, "reason": verdict.reason, "credit_id": verdict.credit_id},
    )


async def _solve_case(db: AsyncSession, now: datetime, complaint: Complaint, ruling: ComplaintRuling) -> None:
    """Write the decision into the case and solve it, as far as it is open."""
    if complaint.case_id is None:
        return
    case = await locked_case(db=db, case_id=complaint.case_id)
    words = words_of(ruling, complaint.language)
    detail = {"ruling": ruling.ruling, "reason": ruling.reason, "granted_minor": ruling.granted_minor}
    detail |= {"currency": complaint.currency, "credit_id": ruling.credit_id, "complaint_id": complaint.id}
    note_case(db, now, case, Told(CaseEventKind.DECIDED, by=ruling.by, public=True, detail=detail))
    answer = Told(CaseEventKind.TO_CUSTOMER, by=ruling.by, public=True, text=words)
    if CaseState(case.state) in UNSOLVED:
        step_case(db, now, case, CaseStep.RESOLVE, answer)
    else:
        note_case(db, now, case, answer)


async def _tell(db: AsyncSession, ports: Ports, now: datetime, complaint: Complaint, ruling: ComplaintRuling) -> None:
    """Tell the driver, once a ruling; the words are where the notice leads."""
    await tell_driver(
        db=db,
        ports=ports,
        now=now,
        driver_id=complaint.driver_id,
        message=COMPLAINT_DECIDED,
        charging_session_id=complaint.charging_session_id,
        detail={
            "complaint_id": complaint.id,
            "ruling": ruling.ruling,
            "answer": words_of(ruling, complaint.language),
            "amount_minor": ruling.granted_minor,
            "currency": complaint.currency,
        },
        once=f"{ruling.id}:{COMPLAINT_DECIDED}",
    )
