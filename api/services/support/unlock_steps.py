"""The steps of a request to unlock that nobody asks for: it lapses, and its driver is told what it came to.

What becomes of the command is stored below (``services/charging/unlock.py``, ``services/roaming/remote_results.py``),
with a job that ends here; a sweep finds what a lost job left.
"""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.unlock import OVER, UnlockState
from api.models.owner import UnlockRequest
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.notices.tell import tell_driver
from api.services.support.unlock_requests import cable_may_be_in, outcome_now
from api.services.work import Work

MESSAGE = "unlock_answer"
AT_A_TIME = 100


async def end_unlock_request(
    *, db: AsyncSession, ports: Ports, now: datetime, unlock: UnlockRequest, state: UnlockState, by: str | None
) -> None:
    """Write the end of a locked request, and tell its driver what is known of it."""
    unlock.state, unlock.decided_at, unlock.decided_by = state, now, by
    db.add(unlock)
    await db.flush()
    await _tell(db, ports, now, unlock)


async def tell_unlock(*, work: Work, ports: Ports, command_id: str) -> None:
    """Tell a driver what came of the command to unlock; of one that no driver asked for nobody is told."""
    async with work() as db:
        query = select(UnlockRequest).where(UnlockRequest.command_id == command_id).with_for_update()
        unlock = (await db.exec(query)).first()
        if unlock is not None:
            await _tell(db, ports, ports.clock.now(), unlock)


async def sweep_unlocks(*, work: Work, ports: Ports) -> int:
    """Let requests lapse whose time or cable is gone, tell what nobody told; return how many there were to look at."""
    async with work() as db:
        query = select(UnlockRequest.id).where(col(UnlockRequest.told).is_(None)).order_by(col(UnlockRequest.asked_at))
        waiting = (await db.exec(query.limit(AT_A_TIME))).all()
    for unlock_request_id in waiting:
        async with work() as db:
            await _look_at(db, ports, unlock_request_id)
    return len(waiting)


async def _look_at(db: AsyncSession, ports: Ports, unlock_request_id: str) -> None:
    now = ports.clock.now()
    found = await db.get_one(UnlockRequest, unlock_request_id)
    charge = await lock_charge(db=db, charging_session_id=found.charging_session_id)
    unlock = await db.get_one(UnlockRequest, unlock_request_id, with_for_update=True, populate_existing=True)
    if unlock.state != UnlockState.ASKED:
        await _tell(db, ports, now, unlock)
    elif unlock.expires_at <= now or not await cable_may_be_in(db=db, now=now, charge=charge):
        await end_unlock_request(db=db, ports=ports, now=now, unlock=unlock, state=UnlockState.EXPIRED, by=None)


async def _tell(db: AsyncSession, ports: Ports, now: datetime, unlock: UnlockRequest) -> None:
    """Tell each outcome once: a result may come after we said that none came."""
    outcome, _ = await outcome_now(db, now, unlock)
    if outcome not in OVER or unlock.told == outcome:
        return
    unlock.told = str(outcome)
    db.add(unlock)
    await tell_driver(
        db=db,
        ports=ports,
        now=now,
        driver_id=unlock.driver_id,
        message=MESSAGE,
        charging_session_id=unlock.charging_session_id,
        detail={"reason": str(outcome), "unlock_request_id": unlock.id},
        once=f"unlock:{unlock.id}:{outcome}",
    )
