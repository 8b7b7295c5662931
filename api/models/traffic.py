"""What went to and fro with partners: the last exchanges, how many failed, what was pushed, what was odd about it.

Kept for looking at and pruned; nothing is decided by it. None of it refers to ``partner``, whose rows may be deleted.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime
from sqlmodel import Field, SQLModel

from api.models.columns import documents, moment


class PartnerExchange(SQLModel, table=True):
    """One request and its answer; the bodies have their secrets masked and are cut."""

    __tablename__ = "partner_exchange"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    partner_id: str | None = Field(default=None, index=True)
    """None: the caller was nobody we know, or the partner is only about to be registered."""
    at: datetime = moment()
    direction: str
    """``inbound`` or ``outbound``."""
    method: str
    path: str
    module: str | None = None
    http_status: int | None = None
    ocpi_status: int | None = None
    duration_ms: int
    request_id: str | None = None
    correlation_id: str | None = None
    failed: bool
    problem: str | None = None
    request: str | None = None
    response: str | None = None


class PartnerTally(SQLModel, table=True):
    """How many exchanges there were in ten minutes, and how many of them failed."""

    __tablename__ = "partner_tally"
    partner_id: str = Field(primary_key=True)
    direction: str = Field(primary_key=True)
    at: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))
    """When the ten minutes began."""
    exchanges: int
    failures: int


class PartnerPush(SQLModel, table=True):
    """When a partner last pushed something of a module to us."""

    __tablename__ = "partner_push"
    partner_id: str = Field(primary_key=True)
    module: str = Field(primary_key=True)
    last_at: datetime = moment()
    pushes: int = Field(sa_type=BigInteger)


class PartnerOddity(SQLModel, table=True):
    """Something that a partner's objects have and the specification would not have, or that made them unreadable."""

    __tablename__ = "partner_oddity"
    partner_id: str = Field(primary_key=True)
    module: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    seen: int = Field(sa_type=BigInteger)
    first_at: datetime = moment()
    last_at: datetime = moment()
    samples: list[Any] = documents()
    """The ids of the first few objects, or why they could not be read."""
