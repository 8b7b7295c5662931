"""Which of their CDRs partners say that they invoiced, and what we found when we checked."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Field, SQLModel

from api.models.columns import document, documents, maybe_exact, maybe_moment, moment


class InvoiceReportRow(SQLModel, table=True):
    """One invoice reconciliation record of a partner; ``key`` is ``partner/country/party/id``."""

    __tablename__ = "invoice_report"
    key: str = Field(primary_key=True)
    partner_id: str = Field(foreign_key="partner.id", index=True)
    country_code: str
    party_id: str
    id: str
    invoice_id: str = Field(index=True)
    last_updated: datetime = moment()
    raw: str
    """The JSON as the partner sent it."""
    raw_hash: str
    """SHA-256 of the canonical JSON: tells a repetition from another content."""
    earlier: list[Any] = documents()
    """What it said before the partner updated it, oldest first."""
    conflicting_raw: str | None = None
    """Another content that came under the same id without being an update; the one above counts."""
    received_at: datetime = moment()
    updated_at: datetime = moment()
    deleted_at: datetime | None = maybe_moment()
    """The partner took the record back; its CDRs may be invoiced by another one."""
    stated_amount: Decimal | None = maybe_exact()
    """What the invoice document asks for before taxes, as staff read it there."""
    stated_currency: str | None = None
    stated_by: str | None = None
    stated_at: datetime | None = maybe_moment()
    sums: dict[str, Any] = document()
    """What we compute: by currency ``[before taxes, after taxes or null]``, exact, as text."""
    differences: list[Any] = documents()
    checked_at: datetime | None = maybe_moment()


class InvoicedCdrRow(SQLModel, table=True):
    """A CDR that a record lists; ``cdr_id`` in upper case, as CDRs are compared."""

    __tablename__ = "invoiced_cdr"
    report_key: str = Field(primary_key=True, foreign_key="invoice_report.key", ondelete="CASCADE")
    place: int = Field(primary_key=True)
    """Its place in the list, from zero: a CDR may stand there twice."""
    partner_id: str = Field(foreign_key="partner.id")
    cdr_id: str = Field(index=True)
    spelled: str
    """As the partner wrote it."""
