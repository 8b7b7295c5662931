"""Complaints in tests: somebody complains, the service looks, and what became of it."""

from typing import Any

from api.domain.support.complaint import Cause, Told
from api.models.charging import ChargingSession
from api.models.complaint import Complaint, ComplaintRuling
from api.services.support.complaint_decide import Wish, decide_complaint
from api.services.support.complaint_intake import NewComplaint, open_complaint
from api.services.support.complaint_rulings import newest_ruling
from tests.bench import Bench


async def complain(bench: Bench, charge: ChargingSession, cause: Cause = Cause.WRONG_PRICE, **told: Any) -> Complaint:
    """Let the driver of a charge complain; nothing is drained."""
    new = NewComplaint(charge.driver_id, Told(cause, **told), charge.id)
    async with bench.work() as db:
        return await open_complaint(db=db, ports=bench.ports, now=bench.clock.now(), new=new)


async def stored(bench: Bench, complaint: Complaint) -> Complaint:
    """Return a complaint as it is now."""
    async with bench.work() as db:
        return await db.get_one(Complaint, complaint.id)


async def ruling_of(bench: Bench, complaint: Complaint) -> ComplaintRuling | None:
    """Return the ruling that counts."""
    async with bench.work() as db:
        return await newest_ruling(db=db, complaint_id=complaint.id)


async def decide(
    bench: Bench,
    complaint: Complaint | str,
    ruling: str,
    reason: str,
    amount: int | None = None,
    by: str = "Ada",
    alone: int | None = None,
) -> Complaint:
    """Let a person rule."""
    wish = Wish(ruling, reason, "We looked into it.", amount)
    async with bench.work() as db:
        return await decide_complaint(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            complaint_id=complaint if isinstance(complaint, str) else complaint.id,
            wish=wish,
            by=by,
            alone_minor=alone,
        )
