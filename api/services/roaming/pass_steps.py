"""Moving a pass one step on, and its token with it: a token is valid exactly while its pass is active.

Partners are told of each change of a token, by jobs deferred in the same transaction (``pass_push.py``).
"""

from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.passes import PassStatus, PassStep, advance
from api.models.passes import DriverPass
from api.models.roaming import DriverTokenRow
from api.ports import Ports
from api.services.roaming.pass_push import ask_for_pushes
from api.services.roaming.rows import load_locked
from api.services.work import Work

BATCH = 200
_NEEDS_TIME = frozenset({PassStep.ACTIVATE, PassStep.UNBLOCK})
"""Steps that a pass whose time has come does not take, swept or not."""
_STAMPS = {
    PassStatus.SHIPPED: "shipped_at",
    PassStatus.RECEIVED: "received_at",
    PassStatus.ACTIVE: "activated_at",
    PassStatus.BLOCKED: "blocked_at",
    PassStatus.EXPIRED: "expired_at",
}


class UnknownPass(NotFound):
    """There is no such pass, or it is somebody else's."""


async def locked_pass(*, db: AsyncSession, pass_id: str, driver_id: str | None = None) -> DriverPass:
    """Return a pass, locked; raises UnknownPass also for one of another driver."""
    row = await load_locked(db, DriverPass, pass_id)
    if row is None or driver_id not in (None, row.driver_id):
        raise UnknownPass("pass_unknown")
    return row


async def move_pass(
    *, db: AsyncSession, now: datetime, row: DriverPass, step: PassStep, reason: str | None = None
) -> DriverPass:
    """Take a step with a locked pass; one that was taken does nothing. Raises PassStepRefused."""
    over = row.valid_until is not None and row.valid_until <= now
    before = PassStatus.EXPIRED if over and step in _NEEDS_TIME else PassStatus(row.status)
    after = advance(before, step, blocked_from=PassStatus(row.blocked_from) if row.blocked_from else None)
    if after is before:
        return row
    stamp = _STAMPS.get(after)
    if stamp is not None and (getattr(row, stamp) is None or after is PassStatus.BLOCKED):
        setattr(row, stamp, now)
    if after is PassStatus.ACTIVE and row.received_at is None:
        row.received_at = now
    row.blocked_from = before.value if after is PassStatus.BLOCKED else None
    row.block_reason = reason if after is PassStatus.BLOCKED else None
    row.status, row.updated_at = after.value, now
    db.add(row)
    await db.flush()
    await _follow(db, now, row)
    return row


async def pass_of_token(db: AsyncSession, uid: str) -> DriverPass | None:
    """Return the pass of a token, locked."""
    query = select(DriverPass).where(DriverPass.token_uid == uid).with_for_update()
    return (await db.exec(query)).first()


async def expire_due_passes(*, work: Work, ports: Ports) -> int:
    """Let passes expire whose time has come; return how many."""
    now, ended = ports.clock.now(), 0
    async with work() as db:
        due = select(DriverPass).where(
            col(DriverPass.valid_until) <= now, DriverPass.status != PassStatus.EXPIRED.value
        )
        for row in await db.exec(due.order_by(DriverPass.id).limit(BATCH).with_for_update(skip_locked=True)):
            await move_pass(db=db, now=now, row=row, step=PassStep.EXPIRE)
            ended += 1
    return ended


async def _follow(db: AsyncSession, now: datetime, row: DriverPass) -> None:
    """Make the token valid or invalid as the pass now is; its moment always moves on, or the change would look old."""
    token = await load_locked(db, DriverTokenRow, row.token_uid) if row.token_uid else None
    valid = row.status == PassStatus.ACTIVE
    if token is None or token.valid == valid:
        return
    token.valid, token.last_updated = valid, max(now, token.last_updated + timedelta(seconds=1))
    db.add(token)
    await db.flush()
    await ask_for_pushes(db=db)
