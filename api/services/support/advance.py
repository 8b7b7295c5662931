"""The only writer of where a case stands: one step, its history, and the clocks that follow from it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.support.case import SILENCE, CaseEventKind, CaseState, CaseStep, after_case_step
from api.domain.support.sla import Deadlines
from api.models.support import SupportCase, SupportCaseEvent
from api.services.support.late import note_late_answer, note_late_solution
from api.services.support.open import SERVICE

_CLOSED_AS = {
    CaseStep.CONFIRM: "confirmed",
    CaseStep.FALL_SILENT: "silence",
    CaseStep.WITHDRAW: "withdrawn",
    CaseStep.MERGE: "merged",
}


class UnknownCase(NotFound):
    """There is no such case, or not for whoever asks."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the history of a case is to hold of a step."""

    kind: CaseEventKind
    by: str
    public: bool
    text: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


async def locked_case(*, db: AsyncSession, case_id: str) -> SupportCase:
    """Return a case, locked until the transaction ends; raises UnknownCase."""
    query = select(SupportCase).where(SupportCase.id == case_id).with_for_update(key_share=True)
    row = (await db.exec(query.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise UnknownCase("unknown_case")
    return row


def step_case(db: AsyncSession, now: datetime, case: SupportCase, step: CaseStep, told: Told) -> None:
    """Take one step with a locked case and write its history; raises CaseStepNotPossible.

    While the customer is waited for the clocks stand: what is due moves by the time that passed (CN07, CN16).
    """
    was = CaseState(case.state)
    case.state = after_case_step(was, step)
    _keep_clocks(case, was, now)
    if case.state == CaseState.RESOLVED and was is not CaseState.RESOLVED:
        case.resolved_at, case.close_due_at = now, now + SILENCE
        note_late_solution(db, now, case)
    if case.state == CaseState.CLOSED and was is not CaseState.CLOSED:
        case.closed_at, case.closed_as, case.close_due_at = now, _CLOSED_AS[step], None
    if was in (CaseState.RESOLVED, CaseState.CLOSED) and case.state == CaseState.OPEN:
        case.resolved_at = case.close_due_at = case.closed_at = case.closed_as = None
        case.reopened += 1
    note_case(db, now, case, told, was=was)


def _keep_clocks(case: SupportCase, was: CaseState, now: datetime) -> None:
    if case.state == CaseState.WAITING and was is not CaseState.WAITING:
        case.waiting_since = now
    if case.state != CaseState.WAITING:
        count_wait(case, now)
        case.waiting_since = None


def count_wait(case: SupportCase, now: datetime) -> None:
    """Move what is due in a locked case by the time that its customer was waited for so far."""
    if case.waiting_since is None:
        return
    waited = now - case.waiting_since
    due = Deadlines(case.first_answer_due_at, case.level_due_at, case.solve_due_at).later_by(waited)
    case.level_due_at, case.solve_due_at = due.level, due.solved
    if case.first_answered_at is None:  # what was answered in time stays so, whoever is waited for later
        case.first_answer_due_at = due.first_answer
    case.expected_at += waited
    case.waiting_since = now


def note_case(db: AsyncSession, now: datetime, case: SupportCase, told: Told, *, was: CaseState | None = None) -> None:
    """Write into the history of a locked case; a person's first word to its customer is the first answer (CN20)."""
    says_something = told.kind in (CaseEventKind.TO_CUSTOMER, CaseEventKind.ASKED) and told.by != SERVICE
    if says_something and case.first_answered_at is None:
        note_late_answer(db, now, case)
        case.first_answered_at = now
    case.version += 1
    case.updated_at = now
    db.add(case)
    moved = {"was": str(was), "state": str(case.state)} if was is not None and was != case.state else {}
    db.add(
        SupportCaseEvent(
            case_id=case.id,
            at=now,
            by=told.by,
            kind=told.kind,
            public=told.public,
            text=told.text,
            detail={**moved, **told.detail},
        )
    )
