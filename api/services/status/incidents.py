"""Incidents: opened once per subject by whoever notices, closed once, told in updates. Others open and close by these.

A site's subject is its location's key, a partner's its id, the platform's a word of ``Component``. An open incident
swallows what is opened on the same subject: its evidence grows and ``seen_at`` moves on. Signals are apart from
incidents, and there is one open signal per subject and reason.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, text, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.models.location import LocationRow
from api.models.status import StatusIncident, StatusUpdate
from api.services.status.words import BY_DIAGNOSIS, Kind, Severity, Stage

_OPEN = "closed_at IS NULL AND severity {} 'signal'"


class UnknownIncident(NotFound):
    """There is no such incident, or it is closed."""


async def open_incident(
    db: AsyncSession,
    *,
    kind: str,
    subject_id: str,
    reason: str,
    now: datetime,
    evidence: Mapping[str, Any],
    severity: str = Severity.OUTAGE,
    by: str = BY_DIAGNOSIS,
) -> StatusIncident:
    """Return the open incident of a subject, opened now unless it was: however many ask at once, there is one."""
    signal = severity == Severity.SIGNAL
    values = {"kind": kind, "subject_id": subject_id, "severity": severity, "reason": reason, "opened_by": by}
    wanted = insert(StatusIncident).values(**values, evidence=dict(evidence), opened_at=now, seen_at=now)
    worse = text("CASE WHEN excluded.severity = 'outage' THEN 'outage' ELSE status_incident.severity END")
    statement = wanted.on_conflict_do_update(
        index_elements=["kind", "subject_id", "reason"] if signal else ["kind", "subject_id"],
        index_where=text(_OPEN.format("=" if signal else "<>")),
        set_={
            "severity": worse,
            "evidence": col(StatusIncident.evidence).op("||")(wanted.excluded.evidence),
            "seen_at": text("greatest(status_incident.seen_at, excluded.seen_at)"),
        },
    ).returning(col(StatusIncident.id))
    number = (await (await db.connection()).execute(statement)).scalar_one()
    assert number is not None  # noqa: S101 - the database numbers them
    found = await db.get_one(StatusIncident, number, populate_existing=True)
    known = await db.exec(select(StatusUpdate.id).where(StatusUpdate.incident_id == number).limit(1))
    if not signal and known.first() is None:
        await tell(db, incident_id=number, now=now, by=by, stage=Stage.INVESTIGATING, texts={})
    return found


async def close_incident(db: AsyncSession, *, incident_id: int, now: datetime, by: str = BY_DIAGNOSIS) -> bool:
    """Close an incident; return whether it was open."""
    statement = (
        update(StatusIncident)
        .where(col(StatusIncident.id) == incident_id, col(StatusIncident.closed_at).is_(None))
        .values(closed_at=now, closed_by=by)
        .returning(col(StatusIncident.severity))
    )
    severity = (await (await db.connection()).execute(statement)).scalar_one_or_none()
    if severity is not None and severity != Severity.SIGNAL:
        await tell(db, incident_id=incident_id, now=now, by=by, stage=Stage.RESOLVED, texts={})
    return severity is not None


async def tell(
    db: AsyncSession, *, incident_id: int, now: datetime, by: str, stage: str, texts: Mapping[str, str]
) -> None:
    """Add an update."""
    db.add(StatusUpdate(incident_id=incident_id, at=now, by=by, stage=stage, texts=dict(texts)))
    await db.flush()


async def open_incidents_for(
    db: AsyncSession,
    *,
    location_id: str | None = None,
    partner_id: str | None = None,
    now: datetime,
    signals: bool = False,
) -> Sequence[StatusIncident]:
    """Return what is open and touches a place: of the platform always, of the partner, of the location (its key).

    Without a partner, the location's own is meant. The nearest to the place come first: site, partner, platform.
    """
    if location_id is not None and partner_id is None:
        place = await db.get(LocationRow, location_id)
        partner_id = place.partner_id if place is not None else None
    kind, subject = col(StatusIncident.kind), col(StatusIncident.subject_id)
    touched = or_(
        kind == Kind.PLATFORM,
        (kind == Kind.PARTNER) & (subject == (partner_id or "")),
        (kind == Kind.SITE) & (subject == (location_id or "")),
    )
    query = select(StatusIncident).where(
        touched, col(StatusIncident.closed_at).is_(None), StatusIncident.opened_at <= now
    )
    if not signals:
        query = query.where(StatusIncident.severity != Severity.SIGNAL)
    found = (await db.exec(query.order_by(col(StatusIncident.id)))).all()
    return sorted(found, key=lambda each: (Kind.SITE, Kind.PARTNER, Kind.PLATFORM).index(Kind(each.kind)))


async def incident_of(db: AsyncSession, incident_id: int, *, still_open: bool = False) -> StatusIncident:
    """Return one incident, locked; raises UnknownIncident."""
    found = await db.get(StatusIncident, incident_id, with_for_update=True, populate_existing=True)
    if found is None or (still_open and found.closed_at is not None):
        raise UnknownIncident("unknown_incident")
    return found


async def updates_of(db: AsyncSession, incident_ids: Sequence[int]) -> dict[int, list[StatusUpdate]]:
    """Return the updates of some incidents, the newest first."""
    query = select(StatusUpdate).where(col(StatusUpdate.incident_id).in_(incident_ids))
    found: dict[int, list[StatusUpdate]] = {number: [] for number in incident_ids}
    for row in (await db.exec(query.order_by(col(StatusUpdate.id).desc()))).all() if incident_ids else ():
        found[row.incident_id].append(row)
    return found
