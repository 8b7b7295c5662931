"""Reading a driver's notices, and noting that they did."""

from datetime import datetime

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.models.notice import NoticeRow


class UnknownNotice(NotFound):
    """The driver has no such notice."""


async def notices_of_driver(*, db: AsyncSession, driver_id: str, limit: int = 50) -> list[NoticeRow]:
    """Return a driver's notices, newest first."""
    query = select(NoticeRow).where(NoticeRow.driver_id == driver_id)
    return list(await db.exec(query.order_by(col(NoticeRow.created_at).desc(), col(NoticeRow.id)).limit(limit)))


async def read_notices(*, db: AsyncSession, now: datetime, driver_id: str, notice_id: str) -> None:
    """Note that a driver read a notice and all before it: none of them is sent any more. Raises UnknownNotice."""
    notice = await db.get(NoticeRow, notice_id)
    if notice is None or notice.driver_id != driver_id:
        raise UnknownNotice("unknown_notice")
    seen = (col(NoticeRow.driver_id) == driver_id) & (col(NoticeRow.created_at) <= notice.created_at)
    await db.exec(update(NoticeRow).where(seen, col(NoticeRow.read_at).is_(None)).values(read_at=now))
