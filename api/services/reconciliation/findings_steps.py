"""What people do with findings short of moving money: acknowledge, assign, snooze, comment, reopen.

Everything is appended to the finding's history, what is reopened to the log of staff too. Accepting a difference is in
``findings_accept.py``. A finding is locked while it takes a step: of two people one is told that the other was faster.
"""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.domain.finance.finding import (
    WORKERS,
    Actor,
    EventKind,
    FindingState,
    FindingStep,
    StepNotPossible,
    check_role,
)
from api.models.finance import MismatchRow
from api.services.charging.approvals import named, note_action, sign_with_request
from api.services.charging.findings import move_finding, note_event
from api.services.reconciliation.findings import UnknownFinding

LONGEST_SNOOZE = timedelta(days=90)
LONGEST_TEXT = 4000


class NoteMissing(Invalid):
    """It needs a text that says why, of at most 4,000 characters."""


class SnoozeUnreadable(Invalid):
    """A snooze ends in the future, and after 90 days at the latest."""


async def lock_finding(*, db: AsyncSession, finding_id: str) -> MismatchRow:
    """Return a finding that nobody else changes until the transaction ends; raises UnknownFinding."""
    query = select(MismatchRow).where(MismatchRow.id == finding_id).with_for_update(key_share=True)
    row = (await db.exec(query.execution_options(populate_existing=True))).first()
    if row is None:
        raise UnknownFinding("unknown_finding", finding_id=finding_id)
    return row


def note_of(text: str) -> str:
    """Return a text that says why; raises NoteMissing."""
    told = text.strip()
    if not told or len(told) > LONGEST_TEXT:
        raise NoteMissing("note_missing", most=LONGEST_TEXT)
    return told


async def acknowledge(*, db: AsyncSession, now: datetime, finding_id: str, by: Actor) -> MismatchRow:
    """Say that somebody cares; who has no finding assigned yet takes it. Raises RoleMissing, StepNotPossible."""
    row = await taken(db, finding_id, by)
    move_finding(db, now, row, FindingStep.ACKNOWLEDGE, by=named(by.name))
    if row.assignee is None:
        row.assignee = named(by.name)
        note_event(db, now, row.id, kind=EventKind.ASSIGNED, by=named(by.name), detail={"to": row.assignee})
    return row


async def assign(*, db: AsyncSession, now: datetime, finding_id: str, to: str | None, by: Actor) -> MismatchRow:
    """Give a finding to a person, None to nobody; the same person again changes nothing. Raises RoleMissing."""
    row = await taken(db, finding_id, by)
    if row.state == FindingState.RESOLVED:
        raise StepNotPossible("finding_step_not_possible", state=row.state, step="assign")
    was, row.assignee = row.assignee, None if to is None else named(to)
    if row.assignee != was:
        db.add(row)
        facts = {"from": was, "to": row.assignee}
        note_event(db, now, row.id, kind=EventKind.ASSIGNED, by=named(by.name), detail=facts)
    return row


async def snooze(
    *, db: AsyncSession, now: datetime, finding_id: str, until: datetime, by: Actor, text: str = ""
) -> MismatchRow:
    """Put a finding out of sight until a moment; it wakes by itself. Raises RoleMissing, SnoozeUnreadable."""
    if not now < until <= now + LONGEST_SNOOZE:
        raise SnoozeUnreadable("snooze_unreadable", until=until.isoformat())
    row = await taken(db, finding_id, by)
    detail = {"until": until.isoformat()}
    step = FindingStep.SNOOZE
    move_finding(db, now, row, step, by=named(by.name), text=text.strip(), detail=detail, snoozed_until=until)
    return row


async def comment(*, db: AsyncSession, now: datetime, finding_id: str, text: str, by: Actor) -> MismatchRow:
    """Write something to a finding, resolved or not; raises RoleMissing, NoteMissing."""
    told = note_of(text)
    row = await taken(db, finding_id, by)
    note_event(db, now, row.id, kind=EventKind.COMMENTED, by=named(by.name), text=told)
    return row


async def reopen(*, db: AsyncSession, now: datetime, finding_id: str, text: str, by: Actor) -> MismatchRow:
    """Open a resolved finding again; raises RoleMissing, NoteMissing, StepNotPossible."""
    told = note_of(text)
    row = await taken(db, finding_id, by)
    before = {"state": row.state, "resolution": row.resolution, "resolved_by": row.resolved_by}
    move_finding(db, now, row, FindingStep.REOPEN, by=named(by.name), text=told)
    await log_step(db, now, row, by, "finding_reopened", told, before=before)
    return row


async def each_of(
    finding_ids: Collection[str], step: Callable[[str], Awaitable[MismatchRow]]
) -> tuple[list[str], list[str]]:
    """Take one step with many findings, in the order of their ids; return the ids that took it and those that cannot.

    In one order for everybody, so that two people who choose the same ones never wait for each other for ever.
    """
    done: list[str] = []
    left: list[str] = []
    for finding_id in sorted(set(finding_ids)):
        try:
            await step(finding_id)
        except (StepNotPossible, UnknownFinding):
            left.append(finding_id)
        else:
            done.append(finding_id)
    return done, left


async def taken(db: AsyncSession, finding_id: str, by: Actor) -> MismatchRow:
    """Return a finding to work on, locked; raises RoleMissing, UnknownFinding."""
    check_role(by, WORKERS)
    sign_with_request(db, by.request_id)
    return await lock_finding(db=db, finding_id=finding_id)


async def log_step(
    db: AsyncSession, now: datetime, row: MismatchRow, by: Actor, action: str, reason: str, before: dict[str, Any]
) -> None:
    """Append a step to the log of staff."""
    await note_action(
        db=db,
        now=now,
        by=named(by.name),
        action=action,
        subject_id=row.id,
        charging_session_id=row.charging_session_id,
        reason=reason,
        before=before,
        after={"state": row.state, "resolution": row.resolution},
    )
