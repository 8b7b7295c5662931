"""The only writer of where a complaint stands, and the reading of one under the locks that a decision needs."""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.money import Money
from api.domain.support.complaint import (
    Cause,
    Claim,
    ComplaintState,
    ComplaintStep,
    after_complaint_step,
)
from api.models.charging import ChargingSession
from api.models.complaint import Complaint
from api.services.charging.advance import lock_charge


class UnknownComplaint(NotFound):
    """There is no such complaint, or not for whoever asks."""


async def locked_complaint(*, db: AsyncSession, complaint_id: str) -> tuple[Complaint, ChargingSession | None]:
    """Return a complaint with its charge, the charge locked first; raises UnknownComplaint."""
    found = await db.get(Complaint, complaint_id)
    if found is None:
        raise UnknownComplaint("unknown_complaint")
    charge = None
    if found.charging_session_id is not None:
        charge = await lock_charge(db=db, charging_session_id=found.charging_session_id)
    query = select(Complaint).where(Complaint.id == complaint_id).with_for_update(key_share=True)
    return (await db.exec(query.execution_options(populate_existing=True))).one(), charge


def move_complaint(db: AsyncSession, now: datetime, complaint: Complaint, step: ComplaintStep) -> None:
    """Take one step with a locked complaint; raises ComplaintStepNotPossible."""
    complaint.state = after_complaint_step(ComplaintState(complaint.state), step)
    complaint.looked_at = now
    if complaint.state == ComplaintState.DECIDED:
        complaint.decided_at = now
    if step is ComplaintStep.OBJECT:
        complaint.objected_at = now
    db.add(complaint)


def claim_in(complaint: Complaint) -> Claim:
    """Return what the driver told."""
    return Claim(
        Cause(complaint.cause),
        complaint.happened_at,
        complaint.charger,
        complaint.operator,
        Money(complaint.charged_minor, complaint.currency),
        Money(complaint.expected_minor, complaint.currency),
    )
