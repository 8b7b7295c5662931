"""Writing a notice for a driver, in the transaction of what it is about, with all that carries it out of the house."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.models.notice import NoticeRow
from api.ports import Ports
from api.services.notices.emit import NOTICE_CREATED, emit_event
from api.services.notices.plan import plan_deliveries


async def tell_driver(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver_id: str,
    message: str,
    charging_session_id: str | None = None,
    detail: dict[str, Any] | None = None,
    once: str | None = None,
) -> NoticeRow | None:
    """Store a notice, and what sends it by the channels that the driver chose; apps read it at ``/v1/notices``.

    Of those with the same ``once`` only the first is told; None: this was a later one.
    """
    notice_id = ports.randomness.new_id(Prefix.NOTICE)
    values = {
        "id": notice_id,
        "driver_id": driver_id,
        "charging_session_id": charging_session_id,
        "message": str(message),
        "detail": detail or {},
        "once": once,
        "created_at": now,
    }
    await db.flush()
    connection = await db.connection()
    statement = insert(NoticeRow).values(**values).on_conflict_do_nothing(index_elements=["once"])
    told = (await connection.execute(statement.returning(col(NoticeRow.id)))).first()
    if told is None:
        return None
    notice = await db.get_one(NoticeRow, notice_id)
    await plan_deliveries(db=db, ports=ports, now=now, notice=notice)
    await emit_event(db=db, ports=ports, now=now, event_type=NOTICE_CREATED, object_id=notice_id)
    return notice
