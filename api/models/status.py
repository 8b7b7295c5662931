"""What is up and what is not: probes by minute and by day, components, incidents, planned work, faults of EVSEs.

Rows of ``evse_fault`` are written by a trigger of ``evse`` (migration 0040), in the transaction of the partner's news.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, false, text
from sqlmodel import Field, SQLModel

from api.models.columns import document, maybe_moment, moment

OPEN = "closed_at IS NULL"


class StatusProbe(SQLModel, table=True):
    """What was seen of one component in one minute; the first who looked counts."""

    __tablename__ = "status_probe"
    component: str = Field(primary_key=True)
    """``database``, ``payments`` ..., or ``partner:<id>``."""
    minute: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))
    seen: str
    """``up``, ``degraded`` or ``down``."""
    detail: str | None = None
    """A word of ours for why."""
    took_ms: int | None = None

    __table_args__ = (Index("status_probes_by_minute", "minute"),)


class StatusDay(SQLModel, table=True):
    """The probed minutes of one component on one day (UTC), counted as they come in."""

    __tablename__ = "status_day"
    component: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    up: int = 0
    degraded: int = 0
    down: int = 0


class StatusComponent(SQLModel, table=True):
    """How one component does, decided from its last probes."""

    __tablename__ = "status_component"
    component: str = Field(primary_key=True)
    level: str
    since: datetime = moment()
    detail: str | None = None
    probed_at: datetime = moment()


class StatusIncident(SQLModel, table=True):
    """Something that does not work, or a signal that something may soon not."""

    __tablename__ = "status_incident"
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    kind: str
    """``platform``, ``partner`` or ``site``."""
    subject_id: str
    """A component's word, a partner's id or a location's key."""
    severity: str
    """``outage``, ``degraded`` or ``signal``; a signal is shown to staff only."""
    reason: str
    opened_by: str
    """``probe``, ``rule``, ``diagnosis``, or who of staff."""
    evidence: dict[str, Any] = document()
    opened_at: datetime = moment()
    seen_at: datetime = moment()
    """When it was last found to be still so."""
    closed_at: datetime | None = maybe_moment()
    closed_by: str | None = None

    __table_args__ = (
        Index(
            "one_open_incident_per_subject",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where=text(f"{OPEN} AND severity <> 'signal'"),
        ),
        Index(
            "one_open_signal_per_subject",
            "kind",
            "subject_id",
            "reason",
            unique=True,
            postgresql_where=text(f"{OPEN} AND severity = 'signal'"),
        ),
        Index("incidents_by_end", "closed_at"),
    )


class StatusUpdate(SQLModel, table=True):
    """What is told of an incident. Insert-only."""

    __tablename__ = "status_update"
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    incident_id: int = Field(sa_type=BigInteger, foreign_key="status_incident.id", index=True)
    at: datetime = moment()
    by: str
    stage: str
    """``investigating``, ``identified``, ``monitoring`` or ``resolved``."""
    texts: dict[str, Any] = document()
    """By language; what is missing is told by the stage's own sentence."""


class StatusMaintenance(SQLModel, table=True):
    """Planned work on a component, a partner's connection or a site."""

    __tablename__ = "status_maintenance"
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    kind: str
    subject_id: str
    starts_at: datetime = moment()
    ends_at: datetime = moment(index=True)
    texts: dict[str, Any] = document()
    planned_by: str
    planned_at: datetime = moment()
    canceled_at: datetime | None = maybe_moment()
    running: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """As of the last look: for what asks without a clock of its own, such as the filters of the map."""

    __table_args__ = (Index("running_maintenance", "kind", postgresql_where=text("running")),)


class EvseFault(SQLModel, table=True):
    """An EVSE was told to be broken that was not before."""

    __tablename__ = "evse_fault"
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    evse_key: str
    location_key: str
    at: datetime = moment(index=True)
    """As the partner dates the status."""
