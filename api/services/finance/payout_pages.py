"""Payouts as a page lists them: filtered, page by page, with how far our books explain each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, func, text, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.money import Money
from api.models.settlement import PayoutRow
from api.services.finance.payout_queries import UnknownPayout

MOST = 200


class Matching(StrEnum):
    """How far a payout is explained by our books."""

    WAITING = "waiting"
    """The processor has not told yet what it consists of, or never will: it was not an automatic one."""
    WHOLE = "whole"
    """Its lines add up to it."""
    REST = "rest"
    """Something is left over."""


@dataclass(frozen=True, slots=True)
class PayoutFilter:
    """Which payouts are wanted; what is None does not matter."""

    matching: Matching | None = None
    processor_status: str | None = None
    currency: str | None = None
    suspense: bool = False
    """Only those with a line that nothing of ours explains."""
    seen_from: datetime | None = None
    """When we were told of it, half-open."""
    seen_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PayoutItem:
    """One payout in a list."""

    payout_id: str
    processor_status: str
    matching: Matching
    automatic: bool
    amount: Money
    rest: Money | None
    """None while it is waiting."""
    explained: Money
    """What our books have for its lines."""
    lines: int
    suspended: int
    """How many of the lines nothing of ours explains."""
    seen_at: datetime
    arrives_at: datetime | None
    reconciled_at: datetime | None


@dataclass(frozen=True, slots=True)
class PayoutPage:
    """Some payouts, the newest first."""

    items: tuple[PayoutItem, ...]
    after: str | None
    """To be given for the next page; None: there is none."""


_SUMS = text(
    "SELECT payout_id, count(*) AS lines, count(*) FILTER (WHERE matched_to = 'suspense') AS suspended,"
    " coalesce(sum((detail->>'booked_minor')::bigint), 0) AS explained"
    " FROM payout_line WHERE payout_id = ANY(:ids) GROUP BY payout_id"
)
_MATCHING: dict[Matching, ColumnElement[bool]] = {
    Matching.WAITING: col(PayoutRow.rest_minor).is_(None),
    Matching.WHOLE: col(PayoutRow.rest_minor) == 0,
    Matching.REST: col(PayoutRow.rest_minor) != 0,
}
_SUSPENSE = text("EXISTS (SELECT 1 FROM payout_line l WHERE l.payout_id = payout.id AND l.matched_to = 'suspense')")


async def payouts_page(
    *, db: AsyncSession, wanted: PayoutFilter, after: str | None = None, limit: int = 50
) -> PayoutPage:
    """Return payouts, the newest first, behind the one named ``after``; raises UnknownPayout where there is no such."""
    limit = max(1, min(limit, MOST))
    query = select(PayoutRow).where(*_conditions(wanted))
    if after is not None:
        last = await db.get(PayoutRow, after)
        if last is None:
            raise UnknownPayout("unknown_payout")
        query = query.where(tuple_(col(PayoutRow.seen_at), col(PayoutRow.id)) < tuple_(last.seen_at, last.id))
    newest = query.order_by(col(PayoutRow.seen_at).desc(), col(PayoutRow.id).desc())
    rows = list(await db.exec(newest.limit(limit + 1)))
    shown = rows[:limit]
    sums = await _sums_of(db, [row.id for row in shown])
    return PayoutPage(tuple(_item(row, sums.get(row.id)) for row in shown), shown[-1].id if len(rows) > limit else None)


async def payout_item(*, db: AsyncSession, payout_id: str) -> PayoutItem:
    """Return one payout as a list shows it; raises UnknownPayout."""
    row = await db.get(PayoutRow, payout_id)
    if row is None:
        raise UnknownPayout("unknown_payout")
    return _item(row, (await _sums_of(db, [row.id])).get(row.id))


async def payout_currencies(*, db: AsyncSession) -> list[str]:
    """Return the currencies that were ever paid out, for a filter to choose from."""
    return list(await db.exec(select(PayoutRow.currency).group_by(col(PayoutRow.currency)).order_by(func.min(1))))


def _conditions(wanted: PayoutFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.matching is not None:
        found.append(_MATCHING[wanted.matching])
    if wanted.processor_status is not None:
        found.append(col(PayoutRow.processor_status) == wanted.processor_status)
    if wanted.currency is not None:
        found.append(col(PayoutRow.currency) == wanted.currency)
    if wanted.suspense:
        found.append(_SUSPENSE)  # type: ignore[arg-type]  # plain SQL stands for a condition
    if wanted.seen_from is not None:
        found.append(col(PayoutRow.seen_at) >= wanted.seen_from)
    if wanted.seen_until is not None:
        found.append(col(PayoutRow.seen_at) < wanted.seen_until)
    return found


async def _sums_of(db: AsyncSession, payout_ids: Sequence[str]) -> dict[str, Row[tuple[str, int, int, int]]]:
    rows = await (await db.connection()).execute(_SUMS, {"ids": payout_ids})
    return {row.payout_id: row for row in rows}


def _item(row: PayoutRow, sums: Row[tuple[str, int, int, int]] | None) -> PayoutItem:
    return PayoutItem(
        payout_id=row.id,
        processor_status=row.processor_status,
        matching=_matching(row),
        automatic=row.automatic,
        amount=Money(row.amount_minor, row.currency),
        rest=None if row.rest_minor is None else Money(row.rest_minor, row.currency),
        explained=Money(int(sums.explained) if sums else 0, row.currency),
        lines=sums.lines if sums else 0,
        suspended=sums.suspended if sums else 0,
        seen_at=row.seen_at,
        arrives_at=row.arrives_at,
        reconciled_at=row.reconciled_at,
    )


def _matching(row: PayoutRow) -> Matching:
    if row.rest_minor is None:
        return Matching.WAITING
    return Matching.REST if row.rest_minor else Matching.WHOLE
