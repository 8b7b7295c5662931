"""Planned work on partners' connections and on sites: while it runs nothing can be started there (CN24).

The windows are kept by ``services/status/maintenance.py``; every room that asks whether a charge can be started reads
them here.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.ways import PlannedWork
from api.models.location import LocationRow
from api.models.status import StatusMaintenance


async def works_at(db: AsyncSession, now: datetime, places: Collection[LocationRow]) -> Mapping[str, StatusMaintenance]:
    """Return the planned work that runs now, by the key of each location that it closes; a site's own goes first."""
    query = select(StatusMaintenance).where(
        StatusMaintenance.starts_at <= now,
        StatusMaintenance.ends_at > now,
        col(StatusMaintenance.canceled_at).is_(None),
        col(StatusMaintenance.kind).in_(list(PlannedWork)),
    )
    running = (await db.exec(query)).all() if places else ()
    by_subject = {(PlannedWork(row.kind), row.subject_id): row for row in running}
    if not by_subject:
        return {}
    found = {}
    for place in places:
        work = by_subject.get((PlannedWork.SITE, place.key)) or by_subject.get((PlannedWork.PARTNER, place.partner_id))
        if work is not None:
            found[place.key] = work
    return found
