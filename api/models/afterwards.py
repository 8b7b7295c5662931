"""What happens to a charge's money after it was taken: credits, refunds, disputes, write-offs, and who decided what.

The totals of ``domain/charging/afterwards.py`` are folded from these rows (``services/charging/afterwards.py``).
"""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from api.models.columns import document, documents, maybe_minor, maybe_moment, minor, moment


class CreditRow(SQLModel, table=True):
    """What staff waive, or ask to waive, of a charge's bill: the machine decides what of it goes back."""

    __tablename__ = "credit"
    id: str = Field(primary_key=True)
    charging_session_id: str = Field(foreign_key="charging_session.id", index=True)
    currency: str
    amount_minor: int = minor()
    """Tax inside."""
    vat_minor: int | None = maybe_minor()
    """The tax inside, at the bill's rates; None: the bill tells none."""
    corrects_minor: int | None = maybe_minor()
    """What the bill came to when it was asked to put that bill right: should the operator put it right too, the credit
    counts for as much less. None: it stands whatever the bill comes to."""
    reason: str
    """A code of ``CreditReason``."""
    text: str
    state: str = Field(index=True)
    """``requested``, ``approved``, ``denied``, ``expired`` or ``withdrawn``."""
    requested_by: str
    requested_at: datetime = moment()
    expires_at: datetime = moment()
    decided_by: str | None = None
    decided_at: datetime | None = maybe_moment()


class WriteOffRow(SQLModel, table=True):
    """What a driver owes beside the hold and staff give up, or ask to give up."""

    __tablename__ = "write_off"
    id: str = Field(primary_key=True)
    charging_session_id: str = Field(foreign_key="charging_session.id", index=True)
    currency: str
    amount_minor: int = minor()
    text: str
    state: str = Field(index=True)
    """As of a credit."""
    requested_by: str
    requested_at: datetime = moment()
    expires_at: datetime = moment()
    decided_by: str | None = None
    decided_at: datetime | None = maybe_moment()


class SettlementRow(SQLModel, table=True):
    """The end of a charge that staff ask for: the sum to take of its hold, zero letting it go."""

    __tablename__ = "settlement_request"
    id: str = Field(primary_key=True)
    charging_session_id: str = Field(foreign_key="charging_session.id", index=True)
    currency: str
    amount_minor: int = minor()
    """What the driver is to owe."""
    stake_minor: int = minor()
    """What is decided about: the sum that is taken, or the one that is let go, whichever is more."""
    reason: str
    """A code of ``SettlementReason``."""
    text: str
    seen: dict[str, Any] = document()
    """The charge as who asked saw it: nobody approves once it is another."""
    state: str = Field(index=True)
    """As of a credit."""
    requested_by: str
    requested_at: datetime = moment()
    expires_at: datetime = moment()
    decided_by: str | None = None
    decided_at: datetime | None = maybe_moment()


class RefundRow(SQLModel, table=True):
    """Money of one payment on its way back to the driver, ordered by the machine or given by hand at the processor."""

    __tablename__ = "refund"
    id: str = Field(primary_key=True)
    """In the processor's metadata, so that a refund whose answer was lost is found."""
    charging_session_id: str = Field(foreign_key="charging_session.id", index=True)
    payment_intent_id: str | None = Field(default=None, index=True)
    """None: no payment of the charge had enough left."""
    currency: str
    amount_minor: int = minor()
    origin: str
    """``ordered`` or ``by_hand``."""
    state: str = Field(index=True)
    """``awaiting_approval``, ``ordered``, ``pending``, ``succeeded``, ``failed`` or ``denied``."""
    code: str | None = None
    """Why it failed or was denied."""
    processor_refund_id: str | None = Field(default=None, unique=True)
    returned_minor: int = minor()
    """By hand only: what of it was given without our order."""
    credited_minor: int = minor()
    """By hand only: what of that was asked for, so that it is asked for no more."""
    repaid_minor: int = minor()
    """What of a failed or denied one was paid in another way since."""
    repaid_reference: str | None = None
    decided_by: str | None = None
    """Who approved or denied one above the limit."""
    created_at: datetime = moment()
    accepted_at: datetime | None = maybe_moment()
    """When the processor took it on, or we withheld it: it is in the books since."""
    looked_at: datetime | None = maybe_moment()
    finished_at: datetime | None = maybe_moment()


class DisputeRow(SQLModel, table=True):
    """A dispute of a payment of ours, as the processor last showed it; its steps are in ``dispute_event``."""

    __tablename__ = "dispute"
    id: str = Field(primary_key=True)
    processor_dispute_id: str = Field(unique=True)
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id", index=True)
    """None: the payment topped a wallet up."""
    payment_intent_id: str = Field(index=True)
    currency: str
    amount_minor: int = minor()
    withdrawn_minor: int = minor()
    """Net of what the bank took back and gave back: booked."""
    fee_minor: int = minor()
    status: str = Field(index=True)
    reason: str
    evidence_due_at: datetime | None = maybe_moment()
    evidence_submitted: bool = False
    opened_at: datetime = moment()
    looked_at: datetime = moment()


class DisputeEvent(SQLModel, table=True):
    """One change of a dispute. Insert-only."""

    __tablename__ = "dispute_event"
    id: int | None = Field(default=None, primary_key=True)
    dispute_id: str = Field(foreign_key="dispute.id", index=True)
    at: datetime = moment()
    status: str
    withdrawn_minor: int = minor()
    fee_minor: int = minor()
    source: str
    """``webhook``, ``sweep`` or ``api``."""
    psp_reference: str | None = None


class EvidencePack(SQLModel, table=True):
    """What we can show a bank about one charge, as it was when it was assembled. Insert-only."""

    __tablename__ = "evidence_pack"
    id: str = Field(primary_key=True)
    dispute_id: str = Field(foreign_key="dispute.id", index=True)
    assembled_at: datetime = moment()
    assembled_by: str
    facts: dict[str, Any] = document()
    """Everything, for people and programs of ours."""
    texts: dict[str, Any] = document()
    """The same for the bank, by the processor's names of evidence."""
    sha256: str
    """Of facts and texts."""


class StaffAction(SQLModel, table=True):
    """Who decided what about money, when and why, with the state before and after. Insert-only."""

    __tablename__ = "staff_action"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = moment(index=True)
    by: str = Field(index=True)
    action: str
    subject_id: str = Field(index=True)
    charging_session_id: str | None = Field(default=None, index=True)
    reason: str
    request_id: str | None = None
    """Of the request in which it was decided, where a page asked for it."""
    before: dict[str, Any] = document()
    after: dict[str, Any] = document()


class StaffActionSeal(SQLModel, table=True):
    """One link of the chain over the log of staff: each seals one row and the link before it. Insert-only."""

    __tablename__ = "staff_action_seal"
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """Counts the links from 1."""
    staff_action_id: int = Field(foreign_key="staff_action.id", unique=True)
    sha256: str
    """Of the link before and of the row (``services/reconciliation/audit_seal.py``)."""
    sealed_at: datetime = moment()


class StaffLogCheck(SQLModel, table=True):
    """What one walk along that chain found. Insert-only."""

    __tablename__ = "staff_log_check"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = moment()
    sealed: int
    """How many links there were."""
    head: str
    """The newest link."""
    broken: list[Any] = documents()
    """Numbers of links that do not fit, the first ones."""
    cut_off: bool
    """The link at which the last good walk ended is missing."""
