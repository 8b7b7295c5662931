"""The ledger, receipts and findings. Ledger rows are insert-only; a correction is a reversing journal."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from api.models.columns import document, maybe_minor, maybe_moment, minor, moment


class LedgerAccount(SQLModel, table=True):
    """An account of the books, such as ``psp_holds`` or ``cpo_payable:prt_...``, in one currency."""

    __tablename__ = "ledger_account"
    id: str = Field(primary_key=True)
    """``name:owner:CUR``."""
    name: str
    owner: str = ""
    currency: str


class Journal(SQLModel, table=True):
    """One balanced booking with its cause; the same cause books once."""

    __tablename__ = "journal"
    id: str = Field(primary_key=True)
    kind: str
    cause_type: str
    cause_id: str
    charging_session_id: str | None = Field(default=None, index=True)
    occurred_at: datetime = moment()
    period: str = Field(index=True)
    """Accounting month, ``YYYY-MM``."""
    reverses_id: str | None = Field(default=None, foreign_key="journal.id")
    """The journal that this one undoes; each is undone at most once."""
    reason: str | None = None
    """Why, where a person asked for it."""
    created_by: str | None = None
    """Who, where a person asked for it."""
    booked_in: int | None = maybe_minor()
    """The transaction that wrote it, set by the database: entries join a journal in this one only."""

    __table_args__ = (
        UniqueConstraint("kind", "cause_type", "cause_id", name="a_cause_books_once"),
        UniqueConstraint("reverses_id", name="a_journal_is_reversed_once"),
    )


class LedgerEntry(SQLModel, table=True):
    """One side of a journal: debit positive, credit negative, in minor units of the account's currency."""

    __tablename__ = "ledger_entry"
    id: int | None = Field(default=None, primary_key=True)
    journal_id: str = Field(foreign_key="journal.id", index=True)
    account_id: str = Field(foreign_key="ledger_account.id", index=True)
    layer: str
    """``pending`` (holds) or ``posted`` (money)."""
    currency: str
    amount_minor: int = minor()


class Receipt(SQLModel, table=True):
    """The driver's receipt, written when the price is final; a changed price is a new one that replaces it."""

    __tablename__ = "receipt"
    id: str = Field(primary_key=True)
    charging_session_id: str = Field(foreign_key="charging_session.id")
    revision: int = 1
    """Counts the receipts of one charge from 1; the newest is the one that counts."""
    driver_id: str = Field(foreign_key="driver.id", index=True)
    issued_at: datetime = moment()
    document: dict[str, Any] = document()
    """The receipt as the driver sees it; never changed afterwards."""

    __table_args__ = (UniqueConstraint("charging_session_id", "revision", name="one_receipt_per_revision"),)


class MismatchRow(SQLModel, table=True):
    """A finding for finance: open until somebody or something resolves it."""

    __tablename__ = "mismatch"
    id: str = Field(primary_key=True)
    reason: str = Field(index=True)
    charging_session_id: str | None = Field(default=None, index=True)
    subject: str
    """What it is about: a charge, a CDR key or a payment intent. One open finding per reason and subject."""
    amount_minor: int | None = maybe_minor()
    currency: str | None = None
    detail: dict[str, Any] = document()
    opened_at: datetime = moment()
    resolved_at: datetime | None = maybe_moment()

    __table_args__ = (UniqueConstraint("reason", "subject", name="one_finding_per_reason_and_subject"),)
