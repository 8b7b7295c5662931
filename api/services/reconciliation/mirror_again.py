"""What the window does not show again although it may have changed: which payments and refunds to look up by id.

A payment is looked at again while it is not at its end, when its hold or payin moved since it was seen, when we know it
and the copy does not, and when its refunds do not add up to what its charge says. A refund: while it is not at its end,
when ours moved, and when money of it came back to our balance. What says that it belongs to another installation is
left alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

IDLE_FOR = timedelta(days=35)
"""How long a payment that holds no money and waits for its payer is looked at again: longer than any hold lives."""

WAITING = ("requires_payment_method", "requires_confirmation")
"""The processor's words for a payment that holds no money and that nobody need ever come back to."""

ENDED = ("succeeded", "canceled")
"""Its words for one at its end."""

_PAYMENTS = text(
    "SELECT id FROM ("
    " SELECT p.id FROM processor_payment p WHERE p.status <> ALL(:ended) AND p.seen_at < :since"
    " AND coalesce(p.environment, :environment) = :environment AND (p.status <> ALL(:waiting) OR p.created_at > :young)"
    " UNION SELECT p.id FROM processor_payment p JOIN hold h ON h.payment_intent_id = p.id"
    "  WHERE h.updated_at > p.seen_at"
    " UNION SELECT p.id FROM processor_payment p JOIN payin i ON i.payment_intent_id = p.id"
    "  WHERE i.finished_at > p.seen_at"
    " UNION SELECT h.payment_intent_id FROM hold h LEFT JOIN processor_payment p ON p.id = h.payment_intent_id"
    "  WHERE h.payment_intent_id IS NOT NULL AND h.psp = 'stripe' AND p.id IS NULL"
    " UNION SELECT i.payment_intent_id FROM payin i LEFT JOIN processor_payment p ON p.id = i.payment_intent_id"
    "  WHERE i.payment_intent_id IS NOT NULL AND p.id IS NULL"
    " UNION SELECT p.id FROM processor_payment p JOIN (SELECT r.payment_intent_id AS intent, sum(r.amount_minor)"
    "  FILTER (WHERE r.status <> ALL(:void)) AS total FROM processor_refund r GROUP BY 1) given ON given.intent = p.id"
    "  WHERE p.refunded_minor <> coalesce(given.total, 0) AND coalesce(p.environment, :environment) = :environment"
    ') due WHERE id COLLATE "C" > :after ORDER BY id COLLATE "C" LIMIT :limit'
)
_REFUNDS = text(
    "SELECT id FROM ("
    " SELECT r.id FROM processor_refund r WHERE r.status <> ALL(:over) AND r.seen_at < :since"
    " AND coalesce(r.environment, :environment) = :environment"
    " UNION SELECT r.id FROM processor_refund r JOIN refund o ON o.processor_refund_id = r.id"
    "  WHERE greatest(o.finished_at, o.accepted_at) > r.seen_at"
    " UNION SELECT r.id FROM processor_refund r JOIN processor_entry e ON e.source_id = r.id"
    "  WHERE e.kind = ANY(:came_back) AND r.status <> ALL(:void) AND r.seen_at < :since"
    " AND coalesce(r.environment, :environment) = :environment"
    " UNION SELECT o.processor_refund_id FROM (SELECT processor_refund_id FROM refund UNION ALL"
    "  SELECT processor_refund_id FROM wallet_payout) o LEFT JOIN processor_refund r ON r.id = o.processor_refund_id"
    "  WHERE o.processor_refund_id IS NOT NULL AND r.id IS NULL"
    ') due WHERE id COLLATE "C" > :after ORDER BY id COLLATE "C" LIMIT :limit'
)
_VOID = ["failed", "canceled"]


async def due_payments(
    *, db: AsyncSession, environment: str, since: datetime, after: str | None, limit: int
) -> Sequence[str]:
    """Return payments to look up again in a run that began at ``since``, behind ``after`` in the order of bytes."""
    values = {
        "environment": environment,
        "since": since,
        "young": since - IDLE_FOR,
        "ended": list(ENDED),
        "waiting": list(WAITING),
        "void": _VOID,
        "after": after or "",
        "limit": limit,
    }
    return (await (await db.connection()).execute(_PAYMENTS, values)).scalars().all()


async def due_refunds(
    *, db: AsyncSession, environment: str, since: datetime, after: str | None, limit: int
) -> Sequence[str]:
    """Return refunds to look up again, as ``due_payments`` does payments."""
    values = {
        "environment": environment,
        "since": since,
        "over": ["succeeded", *_VOID],
        "void": _VOID,
        "came_back": ["refund_failure", "payment_failure_refund"],
        "after": after or "",
        "limit": limit,
    }
    return (await (await db.connection()).execute(_REFUNDS, values)).scalars().all()
