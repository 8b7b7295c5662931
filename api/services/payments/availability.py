"""Whether the processor answers at all, read from what became of our own calls: the circuit breaker of the tap.

Calls are made by workers and taps come in at web processes, so the breaker is not kept in one of them: the operations
on disk tell every process the same. It closes by itself with the first call that the processor answers, and lets a tap
through as a probe when none was tried for a while (payments.md 4.30). Does not live here: what an answer means.
"""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Upstream

FAILURES = 3
"""So many calls in a row without an answer, within ``WINDOW``, and the processor counts as away.

An operation from before the window counts once: its earlier attempts tell nothing of now.
"""

WINDOW = timedelta(minutes=2)
"""How far back calls count."""

REST = timedelta(seconds=30)
"""How long after the newest call without an answer no new one is made by a tap; then one may probe."""

_CALLS = text(
    """
    SELECT coalesce(sum(CASE WHEN o.created_at > :since THEN o.attempts ELSE 1 END), 0) AS failures,
      max(o.sent_at) AS newest FROM payment_operation o
    WHERE o.state = 'unknown' AND o.sent_at > :since
      AND o.sent_at > coalesce((SELECT max(d.finished_at) FROM payment_operation d WHERE d.state IN ('done', 'failed')
        AND d.finished_at > :since AND coalesce(d.outcome->>'code', '') NOT IN ('key_worn_out', 'not_wanted')
        AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.id = d.hold_id AND h.psp <> 'stripe')), :since)
    """
)


class PaymentUnavailable(Upstream):
    """The payment processor does not answer at the moment. Facts: ``retry_after_s``."""


async def away_until(*, db: AsyncSession, now: datetime) -> datetime | None:
    """Return until when the processor counts as away; None: it answers, or it is time to see whether it does."""
    row = (await (await db.connection()).execute(_CALLS, {"since": now - WINDOW})).one()
    if row.failures < FAILURES or row.newest + REST <= now:
        return None
    until: datetime = row.newest + REST
    return until


async def require_processor(*, db: AsyncSession, now: datetime) -> None:
    """Refuse what needs the processor at once while it is away; raises PaymentUnavailable."""
    until = await away_until(db=db, now=now)
    if until is not None:
        raise PaymentUnavailable("payment_unavailable", retry_after_s=ceil((until - now).total_seconds()))
