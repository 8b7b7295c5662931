"""Counting what may be tried only so often in a while, over all processes: digits typed, receipts asked for (X8)."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Refused
from api.models.guest import GuestTry

WINDOW = timedelta(minutes=15)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))")


class TooManyTries(Refused):
    """It was tried too often lately. Fact: ``retry_after_s``."""


async def count_try(*, db: AsyncSession, now: datetime, kind: str, limits: dict[str, int]) -> None:
    """Count one more try for each subject, of which each has a limit within ``WINDOW``; raises TooManyTries.

    Tries at the same moment take turns until the transaction ends, or none would see the others.
    """
    hashed = {hashlib.sha256(subject.encode()).hexdigest(): most for subject, most in limits.items()}
    connection = await db.connection()
    for subject in sorted(hashed):  # in one order: nobody waits in a ring
        await connection.execute(_LOCK, {"subject": f"{kind} {subject}"})
    for subject, most in hashed.items():
        lately = (
            select(func.count())
            .select_from(GuestTry)
            .where(GuestTry.kind == kind, GuestTry.subject == subject, col(GuestTry.at) > now - WINDOW)
        )
        if (await db.exec(lately)).one() >= most:
            raise TooManyTries("too_many_tries", retry_after_s=int(WINDOW.total_seconds()))
    db.add_all([GuestTry(kind=kind, subject=subject, at=now) for subject in hashed])
    await db.flush()


async def forget_tries(*, db: AsyncSession, now: datetime) -> None:
    """Delete tries that count no more."""
    connection = await db.connection()
    await connection.execute(delete(GuestTry).where(col(GuestTry.at) <= now - WINDOW))
