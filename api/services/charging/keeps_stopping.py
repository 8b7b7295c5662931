"""A charger that keeps stopping: the second charge of a driver that ends there by itself within a day (CK17)."""

from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import StopCause
from api.domain.charging.guide import BY_ITSELF
from api.models.charging import ChargingSession

REPORT = "report"
"""Where a charge's guidance keeps what its driver may report."""
WITHIN = timedelta(hours=24)
MOST = 10
_CAUSES = {
    StopCause.VEHICLE: "vehicle",
    StopCause.CHARGER: "charger",
    StopCause.OPERATOR: "network",
    StopCause.UNKNOWN: "unknown",
}


async def note_repeated_stop(*, db: AsyncSession, now: datetime, charge: ChargingSession) -> None:
    """Offer a report with a locked charge that ended by itself, where another of its driver did so here before."""
    cause = StopCause(charge.stop_cause) if charge.stop_cause else None
    if cause not in BY_ITSELF or charge.charging_at is None or REPORT in charge.guidance:
        return
    ended = func.coalesce(ChargingSession.energy_ended_at, ChargingSession.freed_at)
    query = select(ChargingSession.id).where(
        ChargingSession.driver_id == charge.driver_id,
        ChargingSession.evse_key == charge.evse_key,
        ChargingSession.id != charge.id,
        col(ChargingSession.charging_at).is_not(None),
        col(ChargingSession.stop_cause).in_([str(each) for each in BY_ITSELF]),
        ended > now - WITHIN,
    )
    before = list(await db.exec(query.order_by(col(ChargingSession.created_at)).limit(MOST)))
    if before:
        report = {"charging_session_ids": [*before, charge.id], "cause": _CAUSES[cause]}
        charge.guidance = charge.guidance | {REPORT: report}
        db.add(charge)
