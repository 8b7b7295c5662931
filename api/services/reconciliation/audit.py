"""Reading the log of what staff did: filtered, the newest first, page by page. It is written elsewhere, never here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.afterwards import StaffAction


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What a page of the log shows; None does not restrict. The days are half open, ``until`` outside."""

    by: str | None = None
    action: str | None = None
    subject: str | None = None
    """An id of what was decided about, or of its charge."""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page; ``next`` is the id to go on below, None on the last one."""

    rows: Sequence[StaffAction]
    next: int | None


async def list_actions(
    *, db: AsyncSession, wanted: AuditFilter, below: int | None = None, limit: int = 50
) -> AuditPage:
    """Return a page of the log, the newest first."""
    query = select(StaffAction).order_by(col(StaffAction.id).desc()).limit(limit + 1)
    if wanted.by is not None:
        query = query.where(StaffAction.by == wanted.by)
    if wanted.action is not None:
        query = query.where(StaffAction.action == wanted.action)
    if wanted.subject is not None:
        about = (col(StaffAction.subject_id) == wanted.subject) | (
            col(StaffAction.charging_session_id) == wanted.subject
        )
        query = query.where(about)
    if wanted.since is not None:
        query = query.where(StaffAction.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(StaffAction.at < wanted.until)
    if below is not None:
        query = query.where(col(StaffAction.id) < below)
    rows = list(await db.exec(query))
    return AuditPage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


async def names_in_log(*, db: AsyncSession) -> tuple[list[str], list[str]]:
    """Return who and what stands in the log, for the choices of a filter."""
    people = await db.exec(select(StaffAction.by).distinct().order_by(col(StaffAction.by)))
    actions = await db.exec(select(StaffAction.action).distinct().order_by(col(StaffAction.action)))
    return list(people), list(actions)
