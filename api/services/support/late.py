"""Broken promises, each noted once, at the latest when what was promised happens after all (CN18).

Noting what nobody did is the clocks' part (``clocks.py``). What is noted is for staff and figures, not for customers.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.case import CaseEventKind
from api.models.support import SupportCase, SupportCaseEvent

FIRST_ANSWER, SOLVED = "first_answer", "solved"
_SERVICE = "service"


def note_late_answer(db: AsyncSession, now: datetime, case: SupportCase) -> bool:
    """Note that the first answer is late, if it is and that is not noted yet; return whether it was noted now."""
    if case.answer_late_at is not None or case.first_answered_at is not None or case.first_answer_due_at > now:
        return False
    case.answer_late_at = now
    _note(db, now, case, FIRST_ANSWER, case.first_answer_due_at)
    return True


def note_late_solution(db: AsyncSession, now: datetime, case: SupportCase) -> bool:
    """Note that the case is solved late, or not yet, if that is not noted; return whether it was noted now."""
    if case.solve_late_at is not None or case.solve_due_at > now:
        return False
    case.solve_late_at = now
    _note(db, now, case, SOLVED, case.solve_due_at)
    return True


def _note(db: AsyncSession, now: datetime, case: SupportCase, promise: str, due_at: datetime) -> None:
    case.version += 1
    case.updated_at = now
    db.add(case)
    detail = {"promise": promise, "due_at": due_at.isoformat()}
    db.add(
        SupportCaseEvent(
            case_id=case.id, at=now, by=_SERVICE, kind=CaseEventKind.LATE, public=False, text="", detail=detail
        )
    )
