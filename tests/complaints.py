"""Complaints in tests: somebody complains, the service looks, and what became of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.domain.support.complaint import Cause, ComplaintRules, Told
from api.models.charging import ChargingSession
from api.models.complaint import Complaint, ComplaintRuling
from api.services.support.complaint_decide import Wish, decide_complaint
from api.services.support.complaint_intake import NewComplaint, open_complaint
from api.services.support.complaint_rulings import newest_ruling
from tests.bench import Bench
from tests.builders import a_cdr, a_location, a_period, a_session, a_tariff, after, connector_of, push_cdr, push_session
from tests.charges import a_charge


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


S = ChargingStatus


def ruled_by(bench: Bench, rules: ComplaintRules) -> None:
    """Let an installation have other limits."""
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, complaints=rules))


async def nothing_flowed(bench: Bench, *, minutes: int = 6, nth: int = 1) -> ChargingSession:
    """Return a settled charge of 0 kWh that cost 1.00 before tax, by a tariff of so much by the hour."""
    await a_place_by_the_hour(bench, nth)
    charge = await a_charge(bench, S.START_ACCEPTED, connector=connector_of(f"LOC{nth}"))
    over: dict[str, Any] = {
        "id": f"SES{nth}",
        "kwh": Decimal(0),
        "charging_periods": (),
        "status": SessionStatus.COMPLETED,
    }
    await push_session(bench, a_session(charge, ended_at=after(minutes), last_updated=after(minutes), **over))
    hours = Decimal(minutes) / 60
    bill: dict[str, Any] = {
        "id": f"CDR{nth}",
        "session_id": f"SES{nth}",
        "ended_at": after(minutes),
        "charging_periods": (a_period(0, kwh="0", hours=str(hours)),),
        "total_energy_kwh": Decimal(0),
        "total_time_hours": hours,
    }
    await push_cdr(bench, a_cdr(charge, cost=f"{hours * 10}", **bill))
    await bench.drain()
    charge = await bench.charge(charge)
    assert (charge.status, charge.owed_minor) == (S.SETTLED, int(hours * 1190))
    return charge


async def a_place_by_the_hour(bench: Bench, nth: int) -> None:
    """Store a charger that costs 10.00 an hour."""
    await a_location(bench, location_id=f"LOC{nth}", tariff=a_tariff(kwh="0.39", hour="10.00"))
