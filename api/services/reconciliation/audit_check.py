"""Walking along the chain over the log of staff every night, and remembering what was found.

Each walk must come past the link at which the last good one ended: whoever cuts the end off is found out, too.
"""

import logging
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.afterwards import StaffLogCheck
from api.services.reconciliation.audit_seal import ChainProof, seal_actions, verify_chain
from api.services.work import Work

_log = logging.getLogger(__name__)


async def check_log(*, work: Work, now: datetime) -> ChainProof:
    """Seal what is new, walk along the whole chain, and store what that found."""
    while await seal_actions(work=work, now=now):
        pass
    async with work() as db:
        good = select(StaffLogCheck).where(StaffLogCheck.broken == [], col(StaffLogCheck.cut_off).is_(False))
        last = (await db.exec(good.order_by(col(StaffLogCheck.id).desc()).limit(1))).first()
        expected = last.head if last is not None and last.sealed else None
    async with work() as db:
        proof = await verify_chain(db=db, expected=expected)
    async with work() as db:
        check = StaffLogCheck(
            at=now, sealed=proof.sealed, head=proof.head, broken=list(proof.broken), cut_off=not proof.expected_seen
        )
        db.add(check)
    if not proof.holds_true:
        _log.error("audit.broken", extra={"links": proof.broken, "cut_off": not proof.expected_seen})
    return proof


async def last_check(*, db: AsyncSession) -> StaffLogCheck | None:
    """Return what the newest walk found, None before the first one."""
    return (await db.exec(select(StaffLogCheck).order_by(col(StaffLogCheck.id).desc()).limit(1))).first()
