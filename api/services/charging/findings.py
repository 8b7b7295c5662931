"""Opening findings for finance from where they are seen, one per reason and subject; closing what no longer holds.

The only writer of a finding's state and of its history: what people do with findings (``services/reconciliation``)
ends in ``move_finding`` too. Who holds a charge locks it before its findings, never after.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, String, literal, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HoldStatus
from api.domain.finance.finding import (
    EVENTS,
    RESOLUTIONS,
    UNRESOLVED,
    EventKind,
    FindingState,
    FindingStep,
    Resolution,
    Severity,
    after_step,
)
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.finance import MismatchEvent, MismatchRow
from api.models.payment import HoldRow
from api.ports import Ports

SERVICE = "service"
"""Who of ours signs what no person did."""
_ESSENCE = ("amount_minor", "currency", "severity")
"""What a finding says: a person who accepted it accepted these."""
_LIVE = (HoldStatus.PLACED, HoldStatus.CAPTURING, HoldStatus.CAPTURE_FAILED, HoldStatus.RELEASE_FAILED)


async def open_finding(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    reason: str,
    subject: str,
    charging_session_id: str | None = None,
    partner_id: str | None = None,
    amount: Money | None = None,
    detail: dict[str, Any] | None = None,
    severity: Severity = Severity.BREACH,
    due_at: datetime | None = None,
    by: str = SERVICE,
) -> str:
    """Open a finding unless the same one is open, and return its id; a later amount replaces the earlier one.

    What was resolved opens again, but for a difference that a person accepted and that has not changed since. If not
    told, it is due when the hold of its charge ends, and of the partner of its charge, or of the one in the subject.
    """
    told = {
        "amount_minor": amount.minor if amount else None,
        "currency": amount.currency if amount else None,
        "detail": detail or {},
        "severity": str(severity),
        "seen_at": now,
    }
    new: dict[str, Any] = {
        "id": ports.randomness.new_id(Prefix.MISMATCH),
        "reason": reason,
        "subject": subject,
        "charging_session_id": charging_session_id,
        "partner_id": partner_id or _partner_of(charging_session_id, subject),
        "due_at": due_at or _end_of_hold(charging_session_id),
        "opened_at": now,
    }
    if not await _is_new(db, new | told):
        return await _see_again(db, now, reason, subject, told, due_at, by)
    note_event(db, now, new["id"], kind=EventKind.OPENED, by=by, detail={name: told[name] for name in _ESSENCE})
    return str(new["id"])


async def _is_new(db: AsyncSession, values: dict[str, Any]) -> bool:
    """Store a finding; False: there is one for this reason and subject."""
    once = insert(MismatchRow).values(**values).on_conflict_do_nothing(constraint="one_finding_per_reason_and_subject")
    connection = await db.connection()
    return (await connection.execute(once.returning(col(MismatchRow.id)))).first() is not None


async def _see_again(
    db: AsyncSession, now: datetime, reason: str, subject: str, told: dict[str, Any], due_at: datetime | None, by: str
) -> str:
    """Bring a known finding up to date."""
    query = select(MismatchRow).where(MismatchRow.reason == reason, MismatchRow.subject == subject)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = (await db.exec(locked)).one()
    before, after = {name: getattr(row, name) for name in _ESSENCE}, {name: told[name] for name in _ESSENCE}
    worse = (row.severity, after["severity"]) == (Severity.WARNING, Severity.BREACH) or _outgrew_snooze(row, after)
    accepted = row.resolution == Resolution.ACCEPTED and before == after
    for name, value in told.items():
        setattr(row, name, value)
    row.due_at = due_at or row.due_at
    db.add(row)
    if accepted:
        return row.id
    step = FindingStep.WORSENED if worse else FindingStep.SEEN
    if step is FindingStep.WORSENED or row.state == FindingState.RESOLVED:
        move_finding(db, now, row, step, by=by, detail=after)
    elif before != after:
        note_event(db, now, row.id, kind=EventKind.CHANGED, by=by, detail={"before": before, "after": after})
    return row.id


def _outgrew_snooze(row: MismatchRow, after: dict[str, Any]) -> bool:
    """Say whether a finding was put aside for less than it is about now."""
    if row.state != FindingState.SNOOZED or after["amount_minor"] is None:
        return False
    return bool(row.currency != after["currency"] or abs(after["amount_minor"]) > abs(row.amount_minor or 0))


def _partner_of(charging_session_id: str | None, subject: str) -> Any:
    """Return whose partner's finding it is: an expression, or a value that the subject begins with."""
    if charging_session_id is not None:
        query = select(ChargingSession.partner_id).where(ChargingSession.id == charging_session_id)
        return query.scalar_subquery()
    return subject.partition("/")[0] if subject.startswith(f"{Prefix.PARTNER}_") else None


def _end_of_hold(charging_session_id: str | None) -> Any:
    """Return the expression of when the hold of a charge ends, as long as it stands."""
    if charging_session_id is None:
        return None
    mine = (HoldRow.charging_session_id == charging_session_id, col(HoldRow.status).in_(_LIVE))
    return select(HoldRow.capture_before).where(*mine).scalar_subquery()


async def close_findings(*, db: AsyncSession, now: datetime, reasons: Collection[str], subject: str) -> None:
    """Close the open findings of these reasons about ``subject``: what they told is no longer so."""
    auto = RESOLUTIONS[FindingStep.CLEAR]
    closed = (
        update(MismatchRow)
        .where(
            col(MismatchRow.subject) == subject,
            col(MismatchRow.reason).in_(reasons),
            col(MismatchRow.state).in_(UNRESOLVED),
        )
        .values(resolved_at=now, state=FindingState.RESOLVED, resolution=auto, snoozed_until=None, waiting_for=None)
        .returning(col(MismatchRow.id))
        .cte("closed")
    )
    told = select(  # type: ignore[call-overload]  # five columns are more than SQLModel has types for
        closed.c.id,
        literal(now, DateTime(timezone=True)),
        literal(SERVICE, String),
        literal(EventKind.RESOLVED, String),
        literal("", String),
        literal({"resolution": auto}, JSONB),
    )
    connection = await db.connection()
    await connection.execute(
        insert(MismatchEvent).from_select(["mismatch_id", "at", "by", "kind", "text", "detail"], told)
    )


def move_finding(
    db: AsyncSession,
    now: datetime,
    row: MismatchRow,
    step: FindingStep,
    *,
    by: str,
    text: str = "",
    detail: dict[str, Any] | None = None,
    snoozed_until: datetime | None = None,
) -> None:
    """Take one step with a locked finding and write its history; raises StepNotPossible."""
    was = FindingState(row.state)
    row.state = after_step(was, step)
    row.snoozed_until = snoozed_until
    if row.state == FindingState.RESOLVED:
        row.resolved_at, row.resolution, row.resolved_by = now, RESOLUTIONS[step], by
        row.waiting_for = None
        detail = {"resolution": str(row.resolution), **(detail or {})}
    elif was is FindingState.RESOLVED:
        row.resolved_at = row.resolution = row.resolved_by = None
    db.add(row)
    kind = EVENTS[step]
    note_event(db, now, row.id, kind=kind, by=by, text=text, detail={"was": str(was), **(detail or {})})


def note_event(
    db: AsyncSession,
    now: datetime,
    finding_id: str,
    *,
    kind: EventKind,
    by: str,
    text: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Append to a finding's history; it is never changed."""
    db.add(MismatchEvent(mismatch_id=finding_id, at=now, by=by, kind=kind, text=text, detail=detail or {}))
