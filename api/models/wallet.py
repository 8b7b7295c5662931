"""Prepaid wallets, payments beside a hold, and money paid back out of wallets. Balances are in the ledger only."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from api.models.columns import maybe_document, maybe_minor, maybe_moment, minor, moment

_UNFINISHED = "state IN ('pending', 'sent', 'unknown')"


class Wallet(SQLModel, table=True):
    """A driver's wallet in one currency: what to lock, and what the driver was told. The balance is the ledger's."""

    __tablename__ = "wallet"
    driver_id: str = Field(primary_key=True, foreign_key="driver.id")
    currency: str = Field(primary_key=True)
    blocked: bool = False
    """By staff: it starts nothing and pays nothing out."""
    low_notice_minor: int | None = maybe_minor()
    """The driver's own limit for a warning; None: the installation's."""
    level: str
    """``ok``, ``low`` or ``below_zero``: as last told to the driver."""
    version: int = 1
    """Grows with every movement."""
    created_at: datetime = moment()


class Payin(SQLModel, table=True):
    """One payment beside a hold: a top-up of a wallet, or of what a driver owes for a charge."""

    __tablename__ = "payin"
    id: str = Field(primary_key=True)
    purpose: str
    """``top_up`` or ``receivable``."""
    method: str
    """``card`` (the saved one), ``new`` (the app confirms it) or ``wallet`` (no processor)."""
    source: str
    """``driver``, ``link`` (without sign-in) or ``automatic`` (nobody is there)."""
    driver_id: str = Field(foreign_key="driver.id", index=True)
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id", index=True)
    currency: str
    amount_minor: int = minor()
    customer_id: str
    """The processor's id of the driver; empty where no processor takes part."""
    payment_method_id: str | None = None
    on_session: bool = True
    payment_intent_id: str | None = Field(default=None, unique=True)
    client_secret: str | None = None
    """For the app to confirm the payment; useless without the app's publishable key."""
    status: str = Field(index=True)
    """``pending``, ``action_required``, ``processing``, ``succeeded``, ``declined`` or ``canceled``."""
    decline_code: str | None = None
    received_minor: int = minor()
    fee_minor: int | None = maybe_minor()
    created_at: datetime = moment(index=True)
    expires_at: datetime = moment()
    """When a payment that nobody confirmed is given up."""
    looked_at: datetime = moment()
    """When the processor was last asked what became of it."""
    finished_at: datetime | None = maybe_moment()

    __table_args__ = (
        Index(
            "one_open_payment_per_charge",
            "charging_session_id",
            unique=True,
            postgresql_where=text("purpose = 'receivable' AND status IN ('pending', 'action_required', 'processing')"),
        ),
    )


class PayinOperation(SQLModel, table=True):
    """One call about a payin, on disk before it is made. Its id is the idempotency key."""

    __tablename__ = "payin_operation"
    id: str = Field(primary_key=True)
    payin_id: str = Field(foreign_key="payin.id", index=True)
    kind: str
    """``take`` or ``cancel``."""
    state: str = Field(index=True)
    """``pending``, ``sent``, ``done``, ``failed`` or ``unknown``."""
    attempts: int = 0
    replaces_id: str | None = None
    """The operation whose key can never succeed any more (payments.md 4.4)."""
    outcome: dict[str, Any] | None = maybe_document()
    created_at: datetime = moment()
    sent_at: datetime | None = maybe_moment()
    finished_at: datetime | None = maybe_moment()

    __table_args__ = (
        Index("one_unfinished_call_per_payin", "payin_id", "kind", unique=True, postgresql_where=text(_UNFINISHED)),
    )


class WalletRefund(SQLModel, table=True):
    """A driver's request to get money of a wallet back. What goes to which card is in ``wallet_payout``."""

    __tablename__ = "wallet_refund"
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    currency: str
    amount_minor: int = minor()
    uncovered_minor: int = minor()
    """What no top-up can take back to its card any more: paid out by staff in another way."""
    created_at: datetime = moment()


class WalletPayout(SQLModel, table=True):
    """One refund of one top-up, on disk before the call. The id with its generation is the idempotency key."""

    __tablename__ = "wallet_payout"
    id: str = Field(primary_key=True)
    wallet_refund_id: str = Field(foreign_key="wallet_refund.id", index=True)
    payin_id: str = Field(foreign_key="payin.id", index=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    currency: str
    amount_minor: int = minor()
    state: str = Field(index=True)
    """Of the call: ``pending``, ``sent``, ``done``, ``failed`` or ``unknown``."""
    status: str
    """Of the money: ``requested``, ``pending`` (the bank takes its time), ``succeeded`` or ``failed``."""
    processor_refund_id: str | None = Field(default=None, unique=True)
    failure_reason: str | None = None
    attempts: int = 0
    generation: int = 1
    created_at: datetime = moment()
    sent_at: datetime | None = maybe_moment()
    looked_at: datetime = moment()
    finished_at: datetime | None = maybe_moment()
