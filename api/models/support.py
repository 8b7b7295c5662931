"""Cases of customers, and what happened to each."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from api.models.columns import document, maybe_moment, moment


class SupportCase(SQLModel, table=True):
    """Somebody needs help: who, with what, what was promised, and where it stands (CN04)."""

    __tablename__ = "support_case"
    __table_args__ = (
        Index("case_level_due", "level_due_at", postgresql_where=text("state = 'open'")),
        Index("case_answer_due", "first_answer_due_at", postgresql_where=text("first_answered_at IS NULL")),
        Index("case_close_due", "close_due_at", postgresql_where=text("state = 'resolved'")),
        Index("cases_by_name", text("lower(customer_name)")),
    )
    id: str = Field(primary_key=True)
    number: str = Field(unique=True)
    """What people read out and mails bear: ``C12345-67890``, with a check digit."""
    once_key: str | None = Field(default=None, unique=True)
    """What it was opened for, where that must happen once: an idempotency key, a message id, a rule and its subject."""
    kind: str
    """A value of ``CaseKind``."""
    topic: str
    queue: str
    channel: str
    """A value of ``Channel``."""
    driver_id: str | None = Field(default=None, foreign_key="driver.id", index=True)
    customer_name: str = ""
    customer_email: str | None = Field(default=None, index=True)
    """In lower case."""
    customer_phone: str | None = None
    account_number: str | None = None
    language: str = "en"
    title: str
    description: str
    priority: str
    sla_level: str
    promise: dict[str, Any] = document()
    """What was promised when it opened (``domain/support/sla.py``); it never changes."""
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id", index=True)
    location_key: str | None = Field(default=None, index=True)
    evse_key: str | None = None
    partner_id: str | None = Field(default=None, index=True)
    """Whose charger it is about."""
    operated_by_us: bool = False
    """We run the charger, so the case is ours; else the operator's, with us behind it (CK04)."""
    handed_over_at: datetime | None = maybe_moment()
    """To the operator."""
    detail: dict[str, Any] = document()
    """What the form of its topic asked for."""
    state: str = Field(index=True)
    level: int
    assignee: str | None = None
    """The name of who works on it."""
    opened_at: datetime = moment(index=True)
    opened_by: str
    first_answer_due_at: datetime = moment()
    first_answered_at: datetime | None = maybe_moment()
    level_due_at: datetime = moment()
    """When this level's time is over."""
    level_lapsed_at: datetime | None = maybe_moment()
    """When the time of the second level ran out; it stays there."""
    solve_due_at: datetime = moment()
    """What was promised, moved only by the time that the customer was waited for."""
    expected_at: datetime = moment()
    """What the customer is told (CN06); staff move it."""
    waiting_since: datetime | None = maybe_moment()
    answer_late_at: datetime | None = maybe_moment()
    solve_late_at: datetime | None = maybe_moment()
    """When it was noted that the promise is broken."""
    resolved_at: datetime | None = maybe_moment()
    close_due_at: datetime | None = maybe_moment()
    closed_at: datetime | None = maybe_moment()
    closed_as: str | None = None
    """``confirmed``, ``silence``, ``withdrawn`` or ``merged``: another case goes on instead."""
    reopened: int = 0
    survey_score: int | None = None
    """1 to 5, what the customer answered after it was closed (CN21)."""
    link_hash: str | None = Field(default=None, unique=True)
    """SHA-256 of the secret by which a customer without an account follows it."""
    told_up_to: int = 0
    """The last public event that the customer was told of."""
    version: int = 1
    """Counts changes: what ``If-Match`` compares (A16)."""
    updated_at: datetime = moment(index=True)


class SupportCaseEvent(SQLModel, table=True):
    """Something that happened to a case, or was said in it. Insert-only."""

    __tablename__ = "support_case_event"
    __table_args__ = (Index("case_events_by_person", "by", "case_id"),)
    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="support_case.id", index=True)
    at: datetime = moment()
    by: str
    """A name, ``customer``, or ``service``."""
    kind: str
    """A value of ``CaseEventKind``."""
    public: bool
    """Its customer sees it; notes are private."""
    text: str = ""
    detail: dict[str, Any] = document()
