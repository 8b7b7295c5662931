"""A chain over the log of staff: each link seals one row and the link before, so that nothing changes unnoticed.

Links are written by a sweep, one at a time under a lock, so that no decision waits for another one's commit; a row is
thus sealed within a minute. The database refuses changes anyway; the chain shows those of whoever could overrule it.
Who notes the newest link somewhere else can show that nothing was cut off at the end either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import text
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.paper import digest_of
from api.models.afterwards import StaffAction, StaffActionSeal
from api.services.work import Work

AT_ONCE = 1000
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('the chain over the log of staff', 0))")
_FIRST = "0" * 64
"""What the first link has instead of one before it."""


@dataclass(frozen=True, slots=True)
class ChainProof:
    """What walking along the chain found."""

    sealed: int
    unsealed: int
    """Rows that no link seals yet: of the last minute, or the sweep does not run."""
    head: str
    """The newest link."""
    broken: tuple[int, ...]
    """Numbers of links that do not fit what they seal, the first ones."""
    expected_seen: bool
    """Whether the link that was noted somewhere else is part of the chain."""

    @property
    def holds_true(self) -> bool:
        """Say whether nothing was changed, cut out or cut off."""
        return not self.broken and self.expected_seen


def link(before: str, row: StaffAction) -> str:
    """Return the link that seals a row after the one ``before``."""
    sealed: Mapping[str, Any] = {
        "before_this": before,
        "id": row.id,
        "at": row.at.astimezone(UTC).isoformat(),
        "by": row.by,
        "action": row.action,
        "subject_id": row.subject_id,
        "charging_session_id": row.charging_session_id,
        "reason": row.reason,
        "request_id": row.request_id,
        "before": row.before,
        "after": row.after,
    }
    return digest_of(sealed)


async def seal_actions(*, work: Work, now: datetime) -> int:
    """Seal the rows that no link seals yet, in the order of their ids; return how many."""
    async with work() as db:
        await (await db.connection()).execute(_LOCK)
        newest = select(StaffActionSeal).order_by(col(StaffActionSeal.number).desc()).limit(1)
        last = (await db.exec(newest)).first()
        newest_number, before = (0, _FIRST) if last is None else (last.number, last.sha256)
        rows = list(await db.exec(_unsealed().order_by(col(StaffAction.id)).limit(AT_ONCE)))
        for number, row in enumerate(rows, start=newest_number + 1):
            before = link(before, row)
            db.add(StaffActionSeal(number=number, staff_action_id=row.id or 0, sha256=before, sealed_at=now))
    return len(rows)


def _unsealed() -> Any:
    sealed = select(StaffActionSeal.number).where(StaffActionSeal.staff_action_id == col(StaffAction.id))
    return select(StaffAction).where(~sealed.exists())


async def verify_chain(*, db: AsyncSession, expected: str | None = None) -> ChainProof:
    """Walk along the whole chain and compute each link again; ``expected`` is one that was noted before."""
    number, before, broken, seen = 0, _FIRST, [], expected is None
    while True:
        sealed = col(StaffAction.id) == col(StaffActionSeal.staff_action_id)
        query = select(StaffActionSeal, StaffAction).join(StaffAction, sealed, isouter=True)
        onward = query.where(col(StaffActionSeal.number) > number).order_by(col(StaffActionSeal.number))
        page = cast(list[tuple[StaffActionSeal, StaffAction | None]], list(await db.exec(onward.limit(AT_ONCE))))
        for seal, row in page:
            if seal.number != number + 1 or row is None or seal.sha256 != link(before, row):
                broken.append(seal.number)
            number, before = seal.number, seal.sha256
            seen = seen or seal.sha256 == expected
        if len(page) < AT_ONCE:
            break
        db.expunge_all()
    unsealed = (await db.exec(select(func.count()).select_from(_unsealed().subquery()))).one()
    return ChainProof(number, unsealed, before, tuple(broken[:20]), seen)
