"""Ending what drivers' diagnoses told of a site: nobody there says any more that several of its chargers fail.

A diagnosis opens such an incident and moves ``seen_at`` on while it finds the same. It ends by itself after a while in
which none did, unless the operator still calls several chargers broken, or somebody of staff told of it: then they say
when it is over.
"""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.location import EvseStatus
from api.domain.support.checks import SEVERAL
from api.services.status.incidents import close_incident
from api.services.status.words import BY_DIAGNOSIS, SEVERAL_FAIL

QUIET = timedelta(hours=1)
"""Twice as long as a failed start tells something about its charger."""
_BROKEN = ", ".join(f"'{each}'" for each in (EvseStatus.OUT_OF_ORDER, EvseStatus.INOPERATIVE))
_OVER = text(
    "SELECT i.id FROM status_incident i WHERE i.kind = 'site' AND i.closed_at IS NULL AND i.opened_by = :by"  # noqa: S608 - our own words
    " AND i.reason = :reason AND i.seen_at <= :quiet"
    " AND NOT EXISTS (SELECT 1 FROM status_update u WHERE u.incident_id = i.id AND u.by <> :by)"
    " AND (SELECT count(*) FROM evse e WHERE e.location_key = i.subject_id"
    f" AND e.status IN ({_BROKEN})) < {SEVERAL} ORDER BY i.id"
)


async def close_quiet_sites(db: AsyncSession, *, now: datetime) -> None:
    """Close the incidents of sites, and their signals, that nobody finds any more."""
    values = {"by": BY_DIAGNOSIS, "reason": SEVERAL_FAIL, "quiet": now - QUIET}
    for row in (await (await db.connection()).execute(_OVER, values)).all():
        await close_incident(db, incident_id=row.id, now=now)
