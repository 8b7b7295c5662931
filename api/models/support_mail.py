"""What goes with a case: files, mails that went out about it, and mails that came in."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from api.models.columns import document, documents, maybe_moment, moment


class SupportAttachment(SQLModel, table=True):
    """A file that somebody added to a case: kept as it came, its type found in its bytes."""

    __tablename__ = "support_attachment"
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="support_case.id", index=True)
    name: str
    """As its sender called it, without what could be a path or a header."""
    media_type: str
    """What the bytes are, whatever the sender said (``domain/support/file_kinds.py``)."""
    size: int
    sha256: str
    content: bytes = Field(sa_type=LargeBinary)
    public: bool
    """Its customer sees it."""
    added_by: str
    created_at: datetime = moment()


class SupportMail(SQLModel, table=True):
    """A mail about a case: written in the transaction that causes it, sent by a job. Its id is in its Message-ID."""

    __tablename__ = "support_mail"
    __table_args__ = (UniqueConstraint("case_id", "template", "event_id", name="an_event_is_mailed_once"),)
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="support_case.id", index=True)
    event_id: int | None = None
    """What it tells of."""
    to_address: str
    template: str
    language: str
    facts: dict[str, Any] = document()
    thread: list[Any] = documents()
    """Message-IDs of what it answers, the last one last."""
    outcome: str = "waiting"
    """As of all mails (``services/notices/outbox.py``)."""
    detail: str | None = None
    attempts: int = 0
    created_at: datetime = moment()
    next_attempt_at: datetime | None = maybe_moment(index=True)
    finished_at: datetime | None = maybe_moment()


class InboundMail(SQLModel, table=True):
    """A mail that came into the mailbox of support: stored once by its Message-ID, then read by a job."""

    __tablename__ = "inbound_mail"
    __table_args__ = (Index("unread_mail", "received_at", postgresql_where=text("outcome = 'waiting'")),)
    id: str = Field(primary_key=True)
    message_key: str = Field(unique=True)
    """Its Message-ID; of a mail without one, the digest of all of it."""
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    """As it came; let go once it was read."""
    cut: bool = False
    """It was larger than we take: its end is missing, and with it its files."""
    outcome: str = "waiting"
    """``waiting``, then ``opened``, ``answered``, ``automatic``, ``empty`` or ``unreadable``."""
    case_id: str | None = Field(default=None, foreign_key="support_case.id", index=True)
    tries: int = 0
    received_at: datetime = moment()
    read_at: datetime | None = maybe_moment()
