"""Complaints of drivers about what they paid, the evidence frozen with each, and what was decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from api.models.columns import document, maybe_document, maybe_moment, minor, moment

_UNDECIDED = "charging_session_id IS NOT NULL AND state IN ('waiting', 'with_agent', 'approval')"


class Complaint(SQLModel, table=True):
    """A driver says that what they paid is wrong (CK23): what they told, what it came to, where it stands."""

    __tablename__ = "complaint"
    __table_args__ = (
        Index("one_undecided_complaint", "charging_session_id", unique=True, postgresql_where=text(_UNDECIDED)),
        Index("undecided_complaints", "state", "looked_at", postgresql_where=text("state IN ('waiting', 'approval')")),
    )
    id: str = Field(primary_key=True)
    case_id: str | None = Field(default=None, foreign_key="support_case.id", unique=True)
    """None: it answered itself."""
    driver_id: str = Field(foreign_key="driver.id", index=True)
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id", index=True)
    """None: no charge of ours was found for what they told."""
    cause: str
    """A value of ``Cause``."""
    happened_at: datetime = moment()
    charger: str
    operator: str
    currency: str
    charged_minor: int = minor()
    expected_minor: int = minor()
    text: str = ""
    language: str
    state: str = Field(index=True)
    """A value of ``ComplaintState``."""
    triage: dict[str, Any] | None = maybe_document()
    """Codes, evidence and proposal, with the version of the rules; None: the facts are not final yet."""
    pending: dict[str, Any] | None = maybe_document()
    """A ruling that a second person must agree to first, with the credit it waits for."""
    opened_at: datetime = moment(index=True)
    looked_at: datetime = moment()
    """When it was last seen whether the facts are final."""
    decided_at: datetime | None = maybe_moment()
    objected_at: datetime | None = maybe_moment()
    """When the driver said that they are not content with the answer."""


class ComplaintBundle(SQLModel, table=True):
    """What was known of the charge when the complaint came in (CK25). Insert-only: taken once, never again."""

    __tablename__ = "complaint_bundle"
    complaint_id: str = Field(primary_key=True, foreign_key="complaint.id")
    taken_at: datetime = moment()
    facts: dict[str, Any] = document()
    sha256: str
    """Of the facts as canonical JSON."""


class ComplaintRuling(SQLModel, table=True):
    """One decision on a complaint (CK26). Insert-only; an objection leads to another one."""

    __tablename__ = "complaint_ruling"
    id: str = Field(primary_key=True)
    complaint_id: str = Field(foreign_key="complaint.id", index=True)
    at: datetime = moment()
    by: str
    """Who decided; ``complaint autopilot`` where a rule did."""
    automatic: bool
    ruling: str
    """``full``, ``partial`` or ``none``."""
    reason: str
    """A code: of the triage, or of a credit."""
    text: str = ""
    """What a person wrote to the driver."""
    answer: str
    """Whose words the driver reads (``domain/support/complaint_texts.py``)."""
    figures: dict[str, Any] = document()
    """The numbers in them."""
    granted_minor: int = minor()
    credit_id: str | None = Field(default=None, foreign_key="credit.id", unique=True)
    """The credit that carries it out; its credit note is the paper."""
    cause_key: str | None = Field(default=None, unique=True)
    """What money goes back for: once, whoever decides."""
