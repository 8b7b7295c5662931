"""Planned work: when, on what, told in which words. While it runs nothing starts (``roaming/planned_work.py``)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid, NotFound
from api.models.location import LocationRow
from api.models.partner import Partner
from api.models.status import StatusMaintenance
from api.services.charging.approvals import named, note_action
from api.services.status.words import PARTNER, Component, Kind

_NOW = "(starts_at <= :now AND ends_at > :now AND canceled_at IS NULL)"
_RUNS = text(f"UPDATE status_maintenance SET running = {_NOW} WHERE running <> {_NOW}")  # noqa: S608 - our own words
LONGEST = timedelta(days=14)
AHEAD = timedelta(days=400)


class UnknownSubject(NotFound):
    """There is no such component, partner or site. Fact: ``kind``."""


class WindowUnusable(Invalid):
    """Planned work ends after it starts, not in the past, and within two weeks."""


class UnknownMaintenance(NotFound):
    """There is no such planned work, or it is over."""


async def plan_maintenance(
    *,
    db: AsyncSession,
    now: datetime,
    by: str,
    kind: str,
    subject_id: str,
    starts_at: datetime,
    ends_at: datetime,
    texts: Mapping[str, str],
) -> StatusMaintenance:
    """Plan work on something; raises UnknownSubject, WindowUnusable, PersonUnnamed."""
    await require_subject(db, kind, subject_id)
    if not (now < ends_at and starts_at < now + AHEAD and starts_at < ends_at <= starts_at + LONGEST):
        raise WindowUnusable("maintenance_window_unusable")
    row = StatusMaintenance(
        kind=kind,
        subject_id=subject_id,
        starts_at=starts_at,
        ends_at=ends_at,
        texts=dict(texts),
        planned_by=named(by),
        planned_at=now,
    )
    db.add(row)
    await db.flush()
    await keep_running(db, now)
    after = {"kind": kind, "subject_id": subject_id, "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
    await _note(db, now, by, "maintenance_planned", row, after)
    return row


async def end_maintenance(*, db: AsyncSession, now: datetime, by: str, maintenance_id: int) -> StatusMaintenance:
    """Call off planned work, or end it early; raises UnknownMaintenance, PersonUnnamed."""
    row = await db.get(StatusMaintenance, maintenance_id, with_for_update=True)
    if row is None or row.canceled_at is not None or row.ends_at <= now:
        raise UnknownMaintenance("unknown_maintenance")
    begun = row.starts_at <= now
    if begun:
        row.ends_at = now
    else:
        row.canceled_at = now
    db.add(row)
    await db.flush()
    await keep_running(db, now)
    await _note(db, now, by, "maintenance_ended" if begun else "maintenance_canceled", row, {})
    return row


async def keep_running(db: AsyncSession, now: datetime) -> None:
    """Note which planned work runs now, for what asks without a clock of its own."""
    await (await db.connection()).execute(_RUNS, {"now": now})


async def current_maintenance(db: AsyncSession, now: datetime) -> Sequence[StatusMaintenance]:
    """Return what runs or is to come, the next first."""
    query = select(StatusMaintenance).where(
        StatusMaintenance.ends_at > now, col(StatusMaintenance.canceled_at).is_(None)
    )
    return (await db.exec(query.order_by(col(StatusMaintenance.starts_at), col(StatusMaintenance.id)))).all()


async def require_subject(db: AsyncSession, kind: str, subject_id: str) -> None:
    """Raise UnknownSubject unless there is something of this kind and name."""
    if kind == Kind.PLATFORM:
        known = subject_id in set(Component) and not subject_id.startswith(PARTNER)
    elif kind == Kind.PARTNER:
        known = await db.get(Partner, subject_id) is not None
    else:
        known = kind == Kind.SITE and await db.get(LocationRow, subject_id) is not None
    if not known:
        raise UnknownSubject("unknown_subject", kind=kind)


async def _note(
    db: AsyncSession, now: datetime, by: str, action: str, row: StatusMaintenance, after: Mapping[str, object]
) -> None:
    await note_action(
        db=db,
        now=now,
        by=named(by),
        action=action,
        subject_id=f"MNT-{row.id}",
        charging_session_id=None,
        reason=row.texts.get("en", ""),
        after=after,
    )
