"""What we told drivers: the in-app inbox, and letters about their accounts, which go by mail."""

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


class Letter(SQLModel, table=True):
    """A mail about an account: written in the transaction that causes it, sent by a job.

    The link in it is not stored, here or anywhere: it is derived again when the mail is made.
    """

    __tablename__ = "letter"
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    to_address: str
    template: str
    """Which text (``services/notices/letter_texts``)."""
    language: str
    facts: dict[str, Any] = document()
    """What is filled in; no secrets."""
    link_id: str | None = Field(default=None, foreign_key="account_link.id")
    outcome: str = "waiting"
    """``waiting``, then ``sent``, ``not_sent`` (nothing to send with), ``refused`` or ``given_up``."""
    detail: str | None = None
    """The server's words, or the reason."""
    attempts: int = 0
    created_at: datetime = moment()
    next_attempt_at: datetime | None = maybe_moment(index=True)
    """When a sweep tries again; None once there is an outcome."""
    finished_at: datetime | None = maybe_moment()
