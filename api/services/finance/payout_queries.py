"""Reading payouts."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.models.settlement import PayoutLine, PayoutRow


class UnknownPayout(NotFound):
    """We were never told of that payout."""


async def newest_payouts(*, db: AsyncSession, limit: int = 50) -> list[PayoutRow]:
    """Return payouts, the newest first."""
    query = select(PayoutRow).order_by(col(PayoutRow.seen_at).desc(), col(PayoutRow.id).desc())
    return list(await db.exec(query.limit(limit)))


async def payout_with_lines(*, db: AsyncSession, payout_id: str) -> tuple[PayoutRow, list[PayoutLine]]:
    """Return a payout and what it consists of, oldest first; raises UnknownPayout."""
    row = await db.get(PayoutRow, payout_id)
    if row is None:
        raise UnknownPayout("unknown_payout")
    query = select(PayoutLine).where(PayoutLine.payout_id == payout_id)
    return row, list(await db.exec(query.order_by(col(PayoutLine.at), col(PayoutLine.id))))
