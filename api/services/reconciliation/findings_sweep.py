"""The sweep over findings: snoozes that are over, requests decided elsewhere or lapsed, moments that passed."""

from datetime import datetime

from sqlalchemy import or_, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HOLD_ENDED
from api.domain.finance.finding import UNRESOLVED, FindingState, FindingStep
from api.models.finance import MismatchRow
from api.ports import Ports
from api.services.charging.findings import SERVICE, move_finding
from api.services.reconciliation.findings_accept import ASKED_AT_FINDING, standing_request
from api.services.reconciliation.findings_facts import REQUESTS
from api.services.reconciliation.findings_requests import follow_decided
from api.services.work import Work

AT_ONCE = 500
_NO_LONGER_DUE = text(
    "UPDATE mismatch m SET due_at = NULL FROM hold h WHERE h.charging_session_id = m.charging_session_id"
    " AND m.state = ANY(:states) AND m.due_at = h.capture_before AND h.status = ANY(:ended)"
)
"""A hold that ended has no last moment any more; other moments, as of a dispute, stay."""


async def sweep_findings(*, work: Work, ports: Ports) -> int:
    """Wake what slept long enough, follow what was decided, forget what is no longer due; return how many moved."""
    now = ports.clock.now()
    async with work() as db:
        moved = await _wake(db, now)
    async with work() as db:
        asked = or_(*(col(MismatchRow.waiting_for).startswith(each, autoescape=True) for each in REQUESTS))
        ids = list(await db.exec(select(MismatchRow.waiting_for).where(asked).distinct().limit(AT_ONCE)))
    async with work() as db:
        await _forget_old_requests(db, ports, now)
    for subject_id in sorted({str(each) for each in ids}):
        async with work() as db:
            moved += await follow_decided(db=db, now=now, subject_id=subject_id)
    async with work() as db:
        connection = await db.connection()
        await connection.execute(_NO_LONGER_DUE, {"states": list(UNRESOLVED), "ended": list(HOLD_ENDED)})
    return moved


async def _wake(db: AsyncSession, now: datetime) -> int:
    """Open what was snoozed until now; a finding that somebody works on this moment is left to the next round."""
    query = select(MismatchRow).where(MismatchRow.state == FindingState.SNOOZED, col(MismatchRow.snoozed_until) <= now)
    locked = query.order_by(col(MismatchRow.id)).limit(AT_ONCE).with_for_update(key_share=True, skip_locked=True)
    rows = (await db.exec(locked)).all()
    for row in rows:
        move_finding(db, now, row, FindingStep.WAKE, by=SERVICE)
    return len(rows)


async def _forget_old_requests(db: AsyncSession, ports: Ports, now: datetime) -> None:
    """Let findings wait no more for a second person at them, where what was asked for counts no more."""
    query = select(MismatchRow).where(col(MismatchRow.waiting_for).in_(ASKED_AT_FINDING))
    locked = query.order_by(col(MismatchRow.id)).with_for_update(key_share=True, skip_locked=True)
    for row in (await db.exec(locked)).all():
        if await standing_request(db=db, ports=ports, now=now, finding=row) is None:
            row.waiting_for = None
            db.add(row)
