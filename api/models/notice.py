"""What we told drivers: the in-app inbox, from which push and e-mail will be sent."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from api.models.columns import document, maybe_moment, moment


class NoticeRow(SQLModel, table=True):
    """One message to one driver; the text is looked up by ``message`` in the driver's language."""

    __tablename__ = "notice"
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    charging_session_id: str | None = Field(default=None, index=True)
    message: str
    detail: dict[str, Any] = document()
    created_at: datetime = moment()
    read_at: datetime | None = maybe_moment()
