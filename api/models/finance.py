"""The ledger, receipts and findings. Ledger rows are insert-only; a correction is a reversing journal."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from api.domain.finance.paper import PaperKind
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
    period: str
    """Accounting month, ``YYYY-MM``: that of ``occurred_at``, or where that is shut the next one that is open."""
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
        Index("ix_journal_booked_in", "booked_in"),
        Index("journal_by_period", "period", "occurred_at", "id"),
        Index("journal_by_time", "occurred_at", "id"),
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
    """A numbered paper: a driver's receipt, a credit note, a statement of a month or a fleet's invoice. Insert-only."""

    __tablename__ = "receipt"
    id: str = Field(primary_key=True)
    kind: str = PaperKind.RECEIPT
    number: str = Field(unique=True)
    """``CHH-2026-000123``: without gaps by issuer and year."""
    language: str = "en"
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id")
    revision: int = 1
    """Counts the papers of one charge from 1."""
    driver_id: str | None = Field(default=None, foreign_key="driver.id", index=True)
    fleet_account_id: str | None = Field(default=None, foreign_key="fleet_account.id", index=True)
    """Who pays, where that is not the driver."""
    replaces_id: str | None = Field(default=None, foreign_key="receipt.id")
    """The receipt that this one stands for, since the price rose."""
    credits_id: str | None = Field(default=None, foreign_key="receipt.id")
    """The receipt that this credit note takes from."""
    cause_type: str
    cause_id: str
    """Why it was written; the same cause writes once."""
    currency: str
    total_minor: int = minor()
    """What it asks for, or gives back on a credit note."""
    issued_at: datetime = moment()
    document: dict[str, Any] = document()
    """The paper as its reader sees it: the truth, of which the PDF is a picture."""
    sha256: str
    """Of the document (``domain/finance/paper.py:digest_of``)."""

    __table_args__ = (
        UniqueConstraint("charging_session_id", "revision", name="one_receipt_per_revision"),
        UniqueConstraint("kind", "cause_type", "cause_id", name="a_cause_is_written_once"),
    )


class ReceiptFile(SQLModel, table=True):
    """The PDF of a paper, made once and kept: every download is the same bytes. Insert-only."""

    __tablename__ = "receipt_file"
    receipt_id: str = Field(primary_key=True, foreign_key="receipt.id")
    content: bytes
    sha256: str
    made_at: datetime = moment()


class PaperCounter(SQLModel, table=True):
    """The last number given in one series; its row is locked by whoever takes the next, until they commit."""

    __tablename__ = "paper_counter"
    series: str = Field(primary_key=True)
    """``CHH-2026``."""
    last: int


class MailRow(SQLModel, table=True):
    """A mail about a paper: written in the transaction that causes it, sent by a job, never twice for one purpose."""

    __tablename__ = "mail_outbox"
    id: str = Field(primary_key=True)
    receipt_id: str = Field(foreign_key="receipt.id")
    purpose: str
    """``issued``, or ``resend:...`` for each time that somebody asked again."""
    to_address: str
    outcome: str = "waiting"
    """``waiting``, then ``sent``, ``not_sent`` (nothing to send with), ``refused`` or ``given_up``."""
    detail: str | None = None
    """The server's words, or the reason."""
    attempts: int = 0
    created_at: datetime = moment()
    next_attempt_at: datetime | None = maybe_moment(index=True)
    """When a sweep tries again; None once there is an outcome."""
    finished_at: datetime | None = maybe_moment()

    __table_args__ = (UniqueConstraint("receipt_id", "purpose", name="one_mail_per_purpose"),)


class FleetAccount(SQLModel, table=True):
    """A company that pays for its drivers' charges and gets one invoice a month."""

    __tablename__ = "fleet_account"
    id: str = Field(primary_key=True)
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    """ISO 3166 alpha-2."""
    vat_id: str | None = None
    email: str | None = None
    """Where invoices go; None: they wait to be fetched."""
    reference: str | None = None
    """What the company wants to read on its invoices (BT-10)."""
    currency: str
    language: str = "en"
    created_at: datetime = moment()


class FleetMember(SQLModel, table=True):
    """A driver whose charges a fleet may pay; of one fleet at a time."""

    __tablename__ = "fleet_member"
    driver_id: str = Field(primary_key=True, foreign_key="driver.id")
    fleet_account_id: str = Field(foreign_key="fleet_account.id", index=True)
    since: datetime = moment()


class MismatchRow(SQLModel, table=True):
    """A finding for finance, its exception: open until somebody or something resolves it.

    Whoever sees it opens it (``services/charging/findings.py``, the rules of ``services/reconciliation``); people work
    on it in ``services/reconciliation``. Its history is in ``mismatch_event``.
    """

    __tablename__ = "mismatch"
    id: str = Field(primary_key=True)
    reason: str = Field(index=True)
    charging_session_id: str | None = Field(default=None, index=True)
    partner_id: str | None = Field(default=None, index=True)
    subject: str
    """What it is about: a charge, a CDR key or a payment intent. One open finding per reason and subject."""
    severity: str = Field(default="breach", sa_column_kwargs={"server_default": "breach"})
    """``warning`` (near a limit) or ``breach``."""
    state: str = Field(default="open", index=True, sa_column_kwargs={"server_default": "open"})
    """``open``, ``acknowledged``, ``snoozed`` or ``resolved``."""
    amount_minor: int | None = maybe_minor()
    currency: str | None = None
    detail: dict[str, Any] = document()
    due_at: datetime | None = maybe_moment(index=True)
    """When money is lost or a right is gone, where there is such a moment."""
    assignee: str | None = Field(default=None, index=True)
    """The name of who works on it."""
    snoozed_until: datetime | None = maybe_moment()
    waiting_for: str | None = Field(default=None, index=True)
    """``partner``, where somebody wrote to them; or the id of a request that a second person must decide."""
    opened_at: datetime = moment()
    seen_at: datetime | None = maybe_moment()
    """When it was found last."""
    resolved_at: datetime | None = maybe_moment()
    resolution: str | None = None
    """``auto`` (no longer so), ``booking`` (a step of ours mended it) or ``accepted`` (with a note)."""
    resolved_by: str | None = None

    __table_args__ = (UniqueConstraint("reason", "subject", name="one_finding_per_reason_and_subject"),)


class MismatchEvent(SQLModel, table=True):
    """What happened to a finding, and what people say about it. Insert-only."""

    __tablename__ = "mismatch_event"
    id: int | None = Field(default=None, primary_key=True)
    mismatch_id: str = Field(foreign_key="mismatch.id", index=True)
    at: datetime = moment()
    by: str
    """A name, or who of ours: ``reconciliation``, ``service``."""
    kind: str
    """A value of ``EventKind`` (``domain/finance/finding.py``)."""
    text: str = ""
    detail: dict[str, Any] = document()
