"""Payouts of the processor to our bank, and the movements of our balance that each consists of."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from api.models.columns import document, maybe_minor, maybe_moment, minor, moment


class PayoutRow(SQLModel, table=True):
    """One payout as the processor showed it last; its money is booked by journals whose cause it is."""

    __tablename__ = "payout"
    id: str = Field(primary_key=True)
    """The processor's id."""
    currency: str
    amount_minor: int = minor()
    """Negative: the processor draws from our bank account."""
    processor_status: str
    """The processor's word: ``pending``, ``in_transit``, ``paid``, ``failed``, ``canceled``."""
    automatic: bool
    """Only of automatic payouts does the processor tell what they consist of."""
    arrives_at: datetime | None = maybe_moment()
    rest_minor: int | None = maybe_minor()
    """The amount without its lines: zero once reconciled; None before."""
    seen_at: datetime = moment(index=True)
    reconciled_at: datetime | None = maybe_moment()


class PayoutLine(SQLModel, table=True):
    """One movement of our balance that a payout contains, and what of our books it was matched to. Insert-only."""

    __tablename__ = "payout_line"
    id: str = Field(primary_key=True)
    """The processor's id of the movement."""
    payout_id: str = Field(foreign_key="payout.id", index=True)
    kind: str
    """The processor's word: ``charge``, ``refund``, ``adjustment``, ``stripe_fee`` ..."""
    currency: str
    amount_minor: int = minor()
    fee_minor: int = minor()
    net_minor: int = minor()
    source_id: str | None = None
    payment_intent_id: str | None = Field(default=None, index=True)
    charging_session_id: str | None = Field(default=None, index=True)
    matched_to: str
    """What explains it: ``hold``, ``refund``, ``dispute``, ``fee`` ...; ``suspense`` where nothing does."""
    detail: dict[str, Any] = document()
    at: datetime = moment()
