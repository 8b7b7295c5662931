"""Small steps with a case: take it, give it to somebody, note, attempt, priority, expected time.

What was promised when the case opened is never touched: a priority that changes moves the case in the list only.
"""

import re
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.domain.finance.finding import Actor
from api.domain.support.case import CaseEventKind, Priority
from api.domain.support.desk import AHEAD, RemoteAction, highest_level
from api.models.staff import StaffMember
from api.models.support import SupportCase
from api.services.staff.members import StaffStatus
from api.services.support.advance import count_wait
from api.services.support.desk_work import case_at_work, text_of

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class AssigneeUnable(Invalid):
    """Nobody of this name works on cases of this level. Facts: ``name``, ``level``."""


class AttemptUnreadable(Invalid):
    """An attempt is an article by its slug, or a remote action of ours; one of them."""


class ExpectedUnreadable(Invalid):
    """What is expected lies in the next 400 days."""


async def take_case(*, db: AsyncSession, now: datetime, case_id: str, version: int, by: Actor) -> SupportCase:
    """Work on a case oneself. Raises what ``case_at_work`` raises."""
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="take")
    if desk.case.assignee != desk.by:
        desk.case.assignee = desk.by
        desk.note(desk.told(CaseEventKind.TAKEN, to=desk.by))
        await desk.log("taken")
    return desk.case


async def assign_case(
    *, db: AsyncSession, now: datetime, case_id: str, version: int, to: str | None, by: Actor
) -> SupportCase:
    """Give a case to somebody who works on its level, None to nobody. Raises AssigneeUnable and as ``case_at_work``."""
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="assign")
    if to is not None and to not in await names_at_level(db=db, level=desk.case.level):
        raise AssigneeUnable("assignee_unable", name=to, level=desk.case.level)
    if desk.case.assignee != to:
        desk.case.assignee = to
        desk.note(desk.told(CaseEventKind.TAKEN, to=to))
        await desk.log("assigned")
    return desk.case


async def names_at_level(*, db: AsyncSession, level: int) -> list[str]:
    """Return the names of those who may sign in and work on cases of a level, in order."""
    everybody = await db.exec(
        select(StaffMember).where(StaffMember.status == StaffStatus.ACTIVE).order_by(col(StaffMember.name_key))
    )
    return [each.name for each in everybody if highest_level(each.roles) >= level]


async def write_note(*, db: AsyncSession, now: datetime, case_id: str, text: str, by: Actor) -> SupportCase:
    """Write something that customers never see, at any level and at any time."""
    told = text_of(text)
    desk = await case_at_work(
        db=db, now=now, case_id=case_id, by=by, version=None, step="note", any_level=True, any_state=True
    )
    desk.note(desk.told(CaseEventKind.NOTE, text=told))
    await desk.log("noted")
    return desk.case


async def log_attempt(
    *,
    db: AsyncSession,
    now: datetime,
    case_id: str,
    version: int,
    by: Actor,
    text: str,
    article: str = "",
    remote: str = "",
) -> SupportCase:
    """Keep what was tried at once, and what came of it (CN05). Raises AttemptUnreadable and as ``case_at_work``."""
    told, what = text_of(text), _attempt(article.strip().lower(), remote)
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="attempt")
    desk.note(desk.told(CaseEventKind.ATTEMPT, text=told, **what))
    await desk.log("attempt", **what)
    return desk.case


def _attempt(article: str, remote: str) -> dict[str, Any]:
    if bool(article) == bool(remote):
        raise AttemptUnreadable("attempt_unreadable")
    if article and _SLUG.fullmatch(article) and len(article) <= 100:
        return {"article": article}
    if remote in set(RemoteAction):
        return {"remote": remote}
    raise AttemptUnreadable("attempt_unreadable")


async def change_priority(
    *, db: AsyncSession, now: datetime, case_id: str, version: int, to: Priority, reason: str, by: Actor
) -> SupportCase:
    """Say that a case is more or less pressing than it seemed. Raises CaseTextMissing and as ``case_at_work``."""
    why = text_of(reason, "reason")
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="priority")
    if desk.case.priority != to:
        was, desk.case.priority = desk.case.priority, str(to)
        desk.note(desk.told(CaseEventKind.NOTE, text=why, priority=str(to), priority_was=was))
        await desk.log("priority", why)
    return desk.case


async def set_expected(
    *, db: AsyncSession, now: datetime, case_id: str, version: int, at: datetime, reason: str, by: Actor
) -> SupportCase:
    """Tell the customer when it is expected to be solved, and why that changed (CN06). Raises ExpectedUnreadable.

    What was waited for them before is counted before, and not on top of what they are told now.
    """
    why = text_of(reason, "reason")
    if not now < at < now + AHEAD:
        raise ExpectedUnreadable("expected_unreadable")
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="expected")
    was = desk.case.expected_at
    count_wait(desk.case, now)
    desk.case.expected_at = at
    facts = {"expected_at": at.isoformat(), "expected_was": was.isoformat()}
    desk.note(desk.told(CaseEventKind.EXPECTED, public=True, text=why, **facts))
    await desk.log("expected", why)
    return desk.case
