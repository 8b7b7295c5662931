"""The clocks of a charge: rows that a sweep looks at, and for short ones a job that fires on the second.

A waiting charge is a row, not a sleeping job (engine.md): a lost job can delay a timer, never lose it.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import Timer, TimerFired
from api.models.charging import ChargingSession, ChargingTimer
from api.models.payment import HoldRow
from api.ports import Ports
from api.services.charging.learn import START, longer_where_slow
from api.services.charging.unplug import reminder_due
from api.services.deferral import Job, defer_job

BY_JOB = timedelta(minutes=15)
"""Timers up to this long get a job of their own; longer ones are left to the sweep, which is exact enough for them."""


async def set_timer(*, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, timer: Timer) -> None:
    """Start or restart one clock; ``HOLD_EXPIRY_NEAR`` is counted back from the hold's ``capture_before``.

    ``UNPLUG_REMINDER`` goes by what staying costs (``unplug.py``).
    """
    due_at = await _due_at(db, ports, now, charge, timer)
    if due_at is None:
        return
    values = {"charging_session_id": charge.id, "timer": timer, "due_at": due_at, "set_at": now}
    statement = insert(ChargingTimer).values(**values)
    connection = await db.connection()
    running = await db.get(ChargingTimer, (charge.id, timer))
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["charging_session_id", "timer"], set_=values)
    )
    if running is not None:
        db.expire(running)
    elif due_at - now <= BY_JOB:  # an earlier job of the same clock defers itself again when it fires too soon
        await defer_firing(db=db, ports=ports, charging_session_id=charge.id, timer=timer, due_at=due_at)


async def defer_firing(
    *, db: AsyncSession, ports: Ports, charging_session_id: str, timer: str, due_at: datetime, again: bool = False
) -> None:
    """Defer the job that fires a timer on time; ``again``: it came too soon, so its clock and ours differ."""
    wall_at = ports.clock.wall_time(due_at)
    args = {"charging_session_id": charging_session_id, "timer": str(timer)}
    await defer_job(db, Job.FIRE_TIMER, wall_at=wall_at, rest_seconds=int(again), **args)


async def _due_at(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, timer: Timer
) -> datetime | None:
    """Return when a clock started now runs out; None when it has nothing to count."""
    if timer is Timer.UNPLUG_REMINDER:
        return await reminder_due(db=db, ports=ports, now=now, charge=charge)
    if timer is not Timer.HOLD_EXPIRY_NEAR:
        usual = ports.policy.timers[timer]
        return now + (longer_where_slow(usual, charge.guidance, START) if timer is Timer.START_RESULT else usual)
    query = select(HoldRow.capture_before).where(HoldRow.charging_session_id == charge.id)
    capture_before = (await db.exec(query)).first()
    if capture_before is None:
        return None
    return max(now, capture_before - ports.policy.hold_expiry_margin)


async def cancel_timer(*, db: AsyncSession, charge: ChargingSession, timer: Timer) -> None:
    """Stop one clock; a job that is still waiting for it will find nothing."""
    connection = await db.connection()
    await connection.execute(
        delete(ChargingTimer).where(
            col(ChargingTimer.charging_session_id) == charge.id, col(ChargingTimer.timer) == timer
        )
    )


async def take_due_timer(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, timer: str
) -> TimerFired | None:
    """Take one clock of a locked charge if it ran out, and return its fact; restarted clocks are deferred again."""
    row = await db.get(ChargingTimer, (charge.id, timer), populate_existing=True)
    if row is None:
        return None
    if row.due_at > now:
        if row.due_at - now <= BY_JOB:
            due_at = row.due_at
            await defer_firing(
                db=db, ports=ports, charging_session_id=charge.id, timer=timer, due_at=due_at, again=True
            )
        return None
    await db.delete(row)
    await db.flush()
    return TimerFired(Timer(timer))


async def due_timers(*, db: AsyncSession, now: datetime, limit: int = 500) -> list[tuple[str, str]]:
    """Return charge and timer of clocks that ran out and were not taken."""
    query = select(ChargingTimer.charging_session_id, ChargingTimer.timer).where(col(ChargingTimer.due_at) <= now)
    return list(await db.exec(query.order_by(col(ChargingTimer.due_at)).limit(limit)))
