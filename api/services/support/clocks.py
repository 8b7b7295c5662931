"""The clocks of cases, looked at every minute: the next level, broken promises, the end of silence (CN07, CN16).

Each case is a transaction of its own under its row's lock, and what a clock did is written in the row: two workers pass
each other by, and one that dies leaves a case as it was or as it is to be.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.case import UNSOLVED, CaseEventKind, CaseState, CaseStep
from api.models.driver import Driver
from api.models.support import SupportCase
from api.services.drivers.standing import AccountStatus
from api.services.support.advance import Told, note_case, step_case
from api.services.support.desk_levels import move_to_level
from api.services.support.late import note_late_answer, note_late_solution
from api.services.support.open import SERVICE
from api.services.work import Work

_OPEN, _RESOLVED = CaseState.OPEN, CaseState.RESOLVED
_MOST = 1000


async def run_case_clocks(*, work: Work, now: datetime, most: int = _MOST) -> int:
    """Let every clock fire that is due, case by case; return how many cases moved."""
    moved, done = 0, True
    while done and moved < most:
        async with work() as db:
            done = await _one_case(db, now)
        moved += done
    await _close_of_leavers(work, now)
    return moved


async def _one_case(db: AsyncSession, now: datetime) -> bool:
    """Look at one case that nobody else is looking at; return whether there was one."""
    query = select(SupportCase).where(is_due(now)).order_by(col(SupportCase.opened_at), col(SupportCase.id)).limit(1)
    locked = query.with_for_update(skip_locked=True, key_share=True).execution_options(populate_existing=True)
    case = (await db.exec(locked)).one_or_none()
    if case is None:
        return False
    fire_clocks(db, now, case)
    return True


def is_due(now: datetime) -> ColumnElement[bool]:
    """Return the condition for a case that a clock has something to do with."""
    state, level = col(SupportCase.state), col(SupportCase.level)
    level_over = and_(
        col(SupportCase.level_due_at) <= now,
        or_(level == 1, and_(level == 2, col(SupportCase.level_lapsed_at).is_(None))),
    )
    unanswered = and_(
        col(SupportCase.first_answered_at).is_(None),
        col(SupportCase.answer_late_at).is_(None),
        col(SupportCase.first_answer_due_at) <= now,
    )
    unsolved = and_(col(SupportCase.solve_late_at).is_(None), col(SupportCase.solve_due_at) <= now)
    return or_(
        and_(state == str(_OPEN), or_(level_over, unanswered, unsolved)),
        and_(state == str(_RESOLVED), col(SupportCase.close_due_at) <= now),
    )


def fire_clocks(db: AsyncSession, now: datetime, case: SupportCase) -> None:
    """Do with a locked case what its clocks say."""
    if case.state == _RESOLVED:
        if case.close_due_at is not None and case.close_due_at <= now:
            step_case(db, now, case, CaseStep.FALL_SILENT, Told(CaseEventKind.CLOSED, SERVICE, public=True))
        return
    if case.state != _OPEN:
        return
    note_late_answer(db, now, case)
    note_late_solution(db, now, case)
    if case.level_due_at > now:
        return
    if case.level == 1:
        move_to_level(case, 2, now)
        told = Told(CaseEventKind.LEVEL, SERVICE, public=True, detail={"from": 1, "level": 2, "because": "time"})
        note_case(db, now, case, told)
    elif case.level == 2 and case.level_lapsed_at is None:
        case.level_lapsed_at = now
        told = Told(CaseEventKind.LATE, SERVICE, public=False, detail={"promise": "second_level"})
        note_case(db, now, case, told)


async def _close_of_leavers(work: Work, now: datetime) -> None:
    """Close what somebody left open whose account is erased: there is nobody to solve it for."""
    gone = select(Driver.id).where(Driver.status == AccountStatus.CLOSED)
    open_still = col(SupportCase.state).in_([str(each) for each in UNSOLVED])
    query = select(SupportCase).where(open_still, col(SupportCase.driver_id).in_(gone)).limit(_MOST)
    async with work() as db:
        for case in list(await db.exec(query.with_for_update(skip_locked=True, key_share=True))):
            told = Told(CaseEventKind.CLOSED, SERVICE, public=False, detail={"because": "account_erased"})
            step_case(db, now, case, CaseStep.WITHDRAW, told)
