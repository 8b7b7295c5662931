"""Uptime by component and month, from the minutes that were probed, with the gaps beside it (CN22)."""

from collections import defaultdict
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.availability import Counted, Uptime, minutes_of_month
from api.models.status import StatusDay

MONTHS = 12


def month_before(first: date, months: int) -> date:
    """Return the first day of the month so many months before."""
    count = first.year * 12 + first.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


async def uptimes(db: AsyncSession, *, now: datetime, months: int = MONTHS) -> dict[str, list[Uptime]]:
    """Return the last months of each component, the present one first, back to the first in which it was probed.

    A month before the first probe ever is left out, for nothing was promised then; a gap since then is told as unknown.
    """
    this = date(now.year, now.month, 1)
    oldest = month_before(this, months - 1)
    rows = (await db.exec(select(StatusDay).where(col(StatusDay.day) >= oldest))).all()
    counted: dict[str, dict[date, Counted]] = defaultdict(lambda: defaultdict(Counted))
    for row in rows:
        counted[row.component][row.day.replace(day=1)] += Counted(row.up, row.degraded, row.down)
    found: dict[str, list[Uptime]] = {}
    for component, by_month in counted.items():
        first = min(by_month)
        firsts = [each for each in (month_before(this, back) for back in range(months)) if each >= first]
        found[component] = [Uptime(f"{each:%Y-%m}", minutes_of_month(each, now), by_month[each]) for each in firsts]
    return found
