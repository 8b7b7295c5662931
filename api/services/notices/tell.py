"""Writing a notice for a driver, in the transaction of what it is about."""

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.models.notice import NoticeRow
from api.ports import Ports


async def tell_driver(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver_id: str,
    message: str,
    charging_session_id: str | None = None,
    detail: dict[str, Any] | None = None,
) -> NoticeRow:
    """Store a notice; apps read it at ``/v1/notices``."""
    notice = NoticeRow(
        id=ports.randomness.new_id(Prefix.NOTICE),
        driver_id=driver_id,
        charging_session_id=charging_session_id,
        message=message,
        detail=detail or {},
        created_at=now,
    )
    db.add(notice)
    return notice
