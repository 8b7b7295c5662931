"""Reading a driver's notices."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.notice import NoticeRow


async def notices_of_driver(*, db: AsyncSession, driver_id: str, limit: int = 50) -> list[NoticeRow]:
    """Return a driver's notices, newest first."""
    query = select(NoticeRow).where(NoticeRow.driver_id == driver_id)
    return list(await db.exec(query.order_by(col(NoticeRow.created_at).desc(), col(NoticeRow.id)).limit(limit)))
