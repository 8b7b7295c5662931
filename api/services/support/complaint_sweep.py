"""The safety net of complaints: those whose facts may be final by now, and those that second persons decided."""

from datetime import timedelta

from sqlmodel import col, select

from api.domain.support.complaint import ComplaintState
from api.models.complaint import Complaint
from api.ports import Ports
from api.services.support.complaint_decide import follow_second_persons
from api.services.support.complaint_judge import judge_complaint
from api.services.work import Work

_BATCH = 50
REST = timedelta(seconds=30)
"""How long a complaint is left alone between two looks."""


async def sweep_complaints(*, work: Work, ports: Ports) -> None:
    """Look again at complaints that wait, the longest not looked at first, each in a transaction of its own."""
    now = ports.clock.now()
    async with work() as db:
        query = select(Complaint.id).where(
            Complaint.state == ComplaintState.WAITING, col(Complaint.looked_at) <= now - REST
        )
        waiting = list(await db.exec(query.order_by(col(Complaint.looked_at)).limit(_BATCH)))
    for complaint_id in waiting:
        async with work() as db:
            await judge_complaint(db=db, ports=ports, now=ports.clock.now(), complaint_id=complaint_id)
    await follow_second_persons(work=work, ports=ports)
