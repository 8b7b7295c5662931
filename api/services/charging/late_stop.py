"""Stopping a session that turned up when its charge was over, until it stops or staff must see to it.

Nothing secures what such a session costs, and no clock of the charge runs any more: the lifecycle has no say in it. So
a stop that failed is asked for again after a while, a few times, each later than the one before. Answers to
STOP_SESSION of OCPI 2.2.1 chapter 13. Does not live here: finding that there is such a session (``several.py``).
"""

from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.orders import Finding
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.models.roaming import CommandRow, PartnerSessionRow
from api.ports import Ports
from api.services.charging.findings import open_finding
from api.services.charging.several import OVER
from api.services.deferral import Job, defer_job
from api.services.roaming.commands import STOP

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""How long after each failed stop the next one is sent; after the last one staff are told."""


async def session_to_stop(db: AsyncSession, charge: ChargingSession) -> PartnerSessionRow | None:
    """Return the partner's session of a charge, of several the newest in which energy flows, else the newest."""
    query = select(PartnerSessionRow).where(
        PartnerSessionRow.charging_session_id == charge.id, PartnerSessionRow.status != SessionStatus.INVALID
    )
    runs = col(PartnerSessionRow.status) == SessionStatus.ACTIVE
    return (await db.exec(query.order_by(runs.desc(), col(PartnerSessionRow.last_updated).desc()))).first()


def is_late(charge: ChargingSession, session: PartnerSessionRow | None) -> bool:
    """Say whether a session runs though its charge is over."""
    return session is not None and session.status == SessionStatus.ACTIVE and charge.status in OVER


async def stop_late_again(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, reason: str
) -> None:
    """After a stop that failed: if it was of a late session, have it sent again, or tell staff after the last time."""
    session = await session_to_stop(db, charge)
    if session is None or not is_late(charge, session):
        return
    query = select(func.count()).where(
        CommandRow.charging_session_id == charge.id,
        CommandRow.kind == STOP,
        CommandRow.created_at >= session.first_seen_at,
    )
    tried = (await db.exec(query)).one()
    if tried <= len(PAUSES):
        wall_at = ports.clock.wall_time(now + PAUSES[max(tried, 1) - 1])
        await defer_job(db, Job.SEND_STOP, wall_at=wall_at, charging_session_id=charge.id)
        return
    await open_finding(
        db=db,
        ports=ports,
        now=now,
        reason=Finding.STOP_FAILED,
        subject=session.key,
        charging_session_id=charge.id,
        detail={"session": session.id, "reason": reason, "tried": tried},
    )
