"""The processor's objects as it showed them last, copied so that both sides can be compared in one query.

Rows are replaced by what is seen later; nothing of ours is decided from them alone (``services/reconciliation``).
"""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from api.models.columns import document, maybe_moment, minor, moment


class ProcessorPayment(SQLModel, table=True):
    """A PaymentIntent with its latest charge."""

    __tablename__ = "processor_payment"
    id: str = Field(primary_key=True)
    status: str = Field(index=True)
    """The processor's word: ``requires_capture``, ``succeeded``, ``canceled`` ..."""
    currency: str
    amount_minor: int = minor()
    capturable_minor: int = minor()
    received_minor: int = minor()
    refunded_minor: int = minor()
    """Of the charge: what went back of captured money."""
    cancellation_reason: str | None = None
    capture_before: datetime | None = maybe_moment()
    charge_id: str | None = Field(default=None, index=True)
    hold_id: str | None = Field(default=None, index=True)
    """From the metadata: which of our holds it says it is."""
    charging_session_id: str | None = Field(default=None, index=True)
    subject_id: str | None = Field(default=None, index=True)
    """From the metadata, where it is no hold: a payment beside one, a top-up."""
    environment: str | None = None
    """From the metadata: whose it is, where one account at the processor serves several installations."""
    created_at: datetime = moment(index=True)
    seen_at: datetime = moment(index=True)


class ProcessorRefund(SQLModel, table=True):
    """A refund."""

    __tablename__ = "processor_refund"
    id: str = Field(primary_key=True)
    payment_intent_id: str | None = Field(default=None, index=True)
    status: str
    """The processor's word: ``pending``, ``succeeded``, ``failed``, ``canceled``, ``requires_action``."""
    currency: str
    amount_minor: int = minor()
    failure_reason: str | None = None
    refund_id: str | None = Field(default=None, index=True)
    """From the metadata: which of ours it says it is."""
    environment: str | None = None
    created_at: datetime = moment(index=True)
    seen_at: datetime = moment()


class ProcessorEntry(SQLModel, table=True):
    """A balance transaction: one movement of our balance."""

    __tablename__ = "processor_entry"
    id: str = Field(primary_key=True)
    kind: str = Field(index=True)
    """The processor's type: ``charge``, ``refund``, ``adjustment``, ``payout``, ``stripe_fee`` ..."""
    reporting_category: str | None = None
    currency: str
    amount_minor: int = minor()
    fee_minor: int = minor()
    net_minor: int = minor()
    source_id: str | None = Field(default=None, index=True)
    payment_intent_id: str | None = Field(default=None, index=True)
    created_at: datetime = moment(index=True)
    available_at: datetime = moment()
    seen_at: datetime = moment()


class MirrorProgress(SQLModel, table=True):
    """How far the copy of one kind of object has come, so that it goes on where it stopped."""

    __tablename__ = "mirror_progress"
    kind: str = Field(primary_key=True)
    """``payments``, ``refunds``, ``entries``."""
    complete_until: datetime | None = maybe_moment()
    """Everything created before is there; None: nothing yet."""
    cursor: dict[str, Any] = document()
    """Where a copy under way stands: the page to go on with."""
    updated_at: datetime = moment()
