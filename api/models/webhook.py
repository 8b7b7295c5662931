"""Webhooks to the back ends of apps: where they go, what happened, and what became of each sending."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from api.models.columns import documents, maybe_moment, moment


class WebhookEndpoint(SQLModel, table=True):
    """An address that is told of events."""

    __tablename__ = "webhook_endpoint"
    id: str = Field(primary_key=True)
    url: str
    event_types: list[Any] = documents()
    """Which types it is told of; empty: all."""
    secret_sealed: str
    """What its webhooks are signed with, sealed."""
    old_secret_sealed: str | None = None
    """The secret before it, which signs as well until ``old_secret_until``."""
    old_secret_until: datetime | None = maybe_moment()
    failing_since: datetime | None = maybe_moment()
    """Since when nothing has arrived; None: the last one did."""
    disabled_at: datetime | None = maybe_moment()
    disabled_because: str | None = None
    created_at: datetime = moment()


class WebhookEvent(SQLModel, table=True):
    """Something that app back ends may want to know: thin, what it is about is read from the API. Insert-only."""

    __tablename__ = "webhook_event"
    number: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    id: str = Field(unique=True)
    type: str
    object_id: str = Field(index=True)
    created_at: datetime = moment(index=True)


class WebhookDelivery(SQLModel, table=True):
    """One event to one endpoint."""

    __tablename__ = "webhook_delivery"
    id: str = Field(primary_key=True)
    event_id: str = Field(foreign_key="webhook_event.id")
    endpoint_id: str = Field(foreign_key="webhook_endpoint.id", index=True)
    outcome: str = "waiting"
    """``waiting``, then ``sent``, ``given_up`` or ``disabled``."""
    detail: str | None = None
    attempts: int = 0
    created_at: datetime = moment()
    next_attempt_at: datetime | None = maybe_moment(index=True)
    finished_at: datetime | None = maybe_moment()

    __table_args__ = (UniqueConstraint("event_id", "endpoint_id", name="an_event_goes_once_to_an_endpoint"),)
