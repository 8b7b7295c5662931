"""Accounting periods: how far the close of each month is, what was not finished, and what was frozen."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from api.models.columns import document, maybe_minor, maybe_moment, minor, moment


class AccountingPeriod(SQLModel, table=True):
    """A month whose close has begun; a month without a row is open. The database books nothing into a shut one."""

    __tablename__ = "accounting_period"
    name: str = Field(primary_key=True)
    """``YYYY-MM``, where the issuer sits."""
    state: str
    """Of ``PeriodState``."""
    prepared_by: str | None = None
    prepared_at: datetime | None = maybe_moment()
    signed_by: str | None = None
    signed_at: datetime | None = maybe_moment()
    sealed_at: datetime | None = maybe_moment()
    frozen: dict[str, Any] = document()
    """What its reports depend on besides the books, as of the signature: the accounts' numbers, the time zone."""
    reports: dict[str, Any] = document()
    """By report: ``rows``, ``bytes`` and ``sha256`` of what it was when it was sealed."""
    events_closing: dict[str, Any] = document()
    """By currency: what open holds promised at its end according to their events, in minor units."""
    reopening_by: str | None = None
    """Who asks to open it again; somebody else must agree."""
    reopening_reason: str | None = None
    reopening_at: datetime | None = maybe_moment()
    times_shut: int = 0


class PeriodBalance(SQLModel, table=True):
    """What an account, over all its owners, came to at the end of a sealed period."""

    __tablename__ = "period_balance"
    period: str = Field(primary_key=True, foreign_key="accounting_period.name")
    account: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    layer: str = Field(primary_key=True)
    closing_minor: int = minor()


class CutOffItem(SQLModel, table=True):
    """Something that was not finished at the end of a month; written anew whenever its close is prepared."""

    __tablename__ = "cut_off_item"
    id: int | None = Field(default=None, primary_key=True)
    period: str = Field(foreign_key="accounting_period.name", index=True)
    kind: str
    """``open_hold``, ``session_without_bill``, ``unsettled_cdr``, ``open_finding`` or ``unapproved_request``."""
    subject_id: str
    charging_session_id: str | None = None
    partner_id: str | None = None
    currency: str | None = None
    amount_minor: int | None = maybe_minor()
    """Of a session without a bill: what it is thought to bring, before taxes where they are known."""
    estimated: bool = False
    """The amount is from the running price; the bill may tell another."""
    since: datetime = moment()
    detail: dict[str, Any] = document()
