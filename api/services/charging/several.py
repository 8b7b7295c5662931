"""A charge with several sessions of its partner: a charger that began anew, or that named one charge twice.

Which of them speaks for the charge, and what becomes of one that begins when the charge is over: nobody watches it and
perhaps nothing secures it, so it is stopped and told to finance, never ignored.
"""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.orders import Finding
from api.domain.charging.state import BILLING, ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.models.roaming import CdrRow, PartnerSessionRow
from api.ports import Ports
from api.services.charging.findings import open_finding
from api.services.deferral import Job, defer_job
from api.services.roaming.documents import read_session
from api.services.roaming.sessions import StoredSession

OVER = BILLING | {ChargingStatus.ENDED}
"""Statuses in which no session of the charge is expected to run any more."""
_SPEAKING = frozenset({SessionStatus.ACTIVE, SessionStatus.COMPLETED})


async def speaks_for_charge(db: AsyncSession, stored: StoredSession) -> bool:
    """Say whether a session tells how its charge goes.

    One that was taken back does not where another has energy or a bill is there, and one that is over does not where a
    later one runs.
    """
    if stored.session.status is SessionStatus.INVALID:
        billed = select(CdrRow.key).where(CdrRow.charging_session_id == stored.row.charging_session_id)
        return not await _others(db, stored, _SPEAKING) and (await db.exec(billed)).first() is None
    if stored.session.status is not SessionStatus.COMPLETED:
        return True
    running = [read_session(row.document) for row in await _others(db, stored, {SessionStatus.ACTIVE})]
    return not any(other.starts_at > stored.session.starts_at for other in running)


async def take_over(
    *, db: AsyncSession, ports: Ports, now: datetime, stored: StoredSession, charge: ChargingSession
) -> None:
    """Make a session that has energy that of its locked charge; one that begins when the charge is over is stopped."""
    row, before = stored.row, charge.partner_session_key
    if before is None or stored.session.status in _SPEAKING:
        charge.partner_session_key = row.key
    began = stored.previous is None or stored.previous.status is not SessionStatus.ACTIVE
    if before in (None, row.key) or charge.status not in OVER:
        return
    if stored.session.status is not SessionStatus.ACTIVE or not began or await _is_billed(db, row):
        return
    await open_finding(
        db=db,
        ports=ports,
        now=now,
        reason=Finding.SESSION_WITHOUT_HOLD,
        subject=row.key,
        charging_session_id=charge.id,
        detail={"session": row.id},
    )
    await defer_job(db, Job.SEND_STOP, lock=charge.id, charging_session_id=charge.id)


async def _others(
    db: AsyncSession, stored: StoredSession, statuses: frozenset[SessionStatus] | set[SessionStatus]
) -> list[PartnerSessionRow]:
    """Return the other sessions of a session's charge that have one of these statuses."""
    query = select(PartnerSessionRow).where(
        PartnerSessionRow.charging_session_id == stored.row.charging_session_id,
        PartnerSessionRow.key != stored.row.key,
        col(PartnerSessionRow.status).in_(statuses),
    )
    return list((await db.exec(query)).all())


async def _is_billed(db: AsyncSession, row: PartnerSessionRow) -> bool:
    """Say whether a bill of its charge names a session: then it is over, and what it says is late."""
    query = select(CdrRow.key).where(
        CdrRow.charging_session_id == row.charging_session_id,
        func.upper(CdrRow.session_id) == func.upper(row.id),
    )
    return (await db.exec(query)).first() is not None
