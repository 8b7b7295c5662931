"""What staff arrange around a case: visits at a site, and what a case is linked to."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from api.models.columns import documents, maybe_moment, moment


class SupportVisit(SQLModel, table=True):
    """A visit: slots that were proposed, the one that the customer accepted, and who takes part (CN12)."""

    __tablename__ = "support_visit"
    __table_args__ = (
        Index("one_visit_at_a_time", "case_id", unique=True, postgresql_where=text("replaced_at IS NULL")),
    )
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="support_case.id", index=True)
    slots: list[Any] = documents()
    """Pairs of ISO moments, ``starts_at`` and ``ends_at``; a slot is named by its place, from 0."""
    participants: list[Any] = documents()
    """Names, as they were typed."""
    proposed_at: datetime = moment()
    proposed_by: str
    starts_at: datetime | None = maybe_moment()
    ends_at: datetime | None = maybe_moment()
    """Of the slot that was accepted."""
    accepted_at: datetime | None = maybe_moment()
    accepted_by: str | None = None
    replaced_at: datetime | None = maybe_moment()
    """When other slots were proposed instead."""


class SupportCaseLink(SQLModel, table=True):
    """What a case has to do with: an incident, a finding, another case. Insert-only."""

    __tablename__ = "support_case_link"
    __table_args__ = (UniqueConstraint("case_id", "kind", "target_id", name="a_link_once"),)
    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="support_case.id")
    kind: str
    """``incident``, ``finding``, ``case``, or ``duplicate_of``: the case that goes on instead of this one."""
    target_id: str = Field(index=True)
    at: datetime = moment()
    by: str
