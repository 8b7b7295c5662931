"""What drivers ask operators for, and what owners of sites have: unlock requests, links to a charge's technical story,
owners with their sites, their prices and their statements.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from api.models.columns import document, exact, maybe_moment, minor, moment


class UnlockRequest(SQLModel, table=True):
    """A driver asks to have a connector unlocked; an agent decides (CK19)."""

    __tablename__ = "unlock_request"
    __table_args__ = (
        Index("one_open_unlock_request", "charging_session_id", unique=True, postgresql_where=text("state = 'asked'")),
        Index("unlock_untold", "asked_at", postgresql_where=text("told IS NULL")),
    )
    id: str = Field(primary_key=True)
    charging_session_id: str = Field(foreign_key="charging_session.id", index=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    partner_id: str = Field(foreign_key="partner.id", index=True)
    """Whose charger it is: whose agents may decide."""
    state: str
    """A value of ``UnlockState`` (``domain/support/unlock.py``)."""
    asked_at: datetime = moment()
    expires_at: datetime = moment()
    decided_at: datetime | None = maybe_moment()
    decided_by: str | None = None
    reason: str = ""
    """Why it was declined, for the driver too."""
    command_id: str | None = Field(default=None, foreign_key="command.id", unique=True)
    """What was sent to the charger."""
    told: str | None = None
    """The outcome that the driver was told of last."""


class TimelineLink(SQLModel, table=True):
    """A link to the technical story of one charge, for somebody without an account; without anything personal."""

    __tablename__ = "timeline_link"
    id: str = Field(primary_key=True)
    charging_session_id: str = Field(foreign_key="charging_session.id", index=True)
    secret_hash: str = Field(unique=True)
    """SHA-256 of the last part of the address."""
    created_at: datetime = moment()
    created_by: str
    """``driver``, or the name of who made it."""
    expires_at: datetime = moment()
    revoked_at: datetime | None = maybe_moment()
    revoked_by: str | None = None
    opened: int = 0
    last_opened_at: datetime | None = maybe_moment()


class SiteOwner(SQLModel, table=True):
    """Somebody who owns sites that we run: sees them, sets their prices and is paid for what they sell (CN27)."""

    __tablename__ = "site_owner"
    id: str = Field(primary_key=True)
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    """ISO 3166 alpha-3, as of locations: whose tax our fee carries."""
    vat_id: str | None = None
    fee_percent: Decimal = exact()
    """Our fee, of what is sold before tax."""
    statement_series: str = Field(unique=True)
    """How the numbers of this owner's statements begin."""
    created_at: datetime = moment()
    created_by: str


class OwnedSite(SQLModel, table=True):
    """A location that an owner has, or had. What was sold outside these times is not the owner's to see."""

    __tablename__ = "owned_site"
    __table_args__ = (
        Index("one_owner_at_a_time", "location_key", unique=True, postgresql_where=text("until IS NULL")),
    )
    id: str = Field(primary_key=True)
    owner_id: str = Field(foreign_key="site_owner.id", index=True)
    location_key: str = Field(index=True)
    """Kept as text: a site that its operator takes back leaves its history."""
    operated_by_us: bool = True
    """We run it, so that cases about it are ours."""
    since: datetime = moment()
    until: datetime | None = maybe_moment()


class OwnerPrice(SQLModel, table=True):
    """Who set which rule of the book for a site: the rule itself is in ``retail_terms``. Insert-only."""

    __tablename__ = "owner_price"
    terms_id: str = Field(primary_key=True, foreign_key="retail_terms.id")
    owner_id: str = Field(foreign_key="site_owner.id", index=True)
    location_key: str = Field(index=True)
    set_at: datetime = moment()
    set_by: str


class OwnerStatement(SQLModel, table=True):
    """What we owe an owner for a month, written by us in the owner's name (self-billing). Insert-only (CN30)."""

    __tablename__ = "owner_statement"
    __table_args__ = (UniqueConstraint("owner_id", "period", "currency", name="one_statement_a_month"),)
    number: str = Field(primary_key=True)
    """``OWN1-2026-0001``: without gaps by owner and year."""
    owner_id: str = Field(foreign_key="site_owner.id", index=True)
    period: str
    """``YYYY-MM``, the month of the books."""
    currency: str
    sessions: int
    energy_kwh: Decimal = exact()
    gross_minor: int = minor()
    net_minor: int = minor()
    vat_minor: int = minor()
    fee_minor: int = minor()
    """Our fee before tax."""
    fee_vat_minor: int = minor()
    payout_minor: int = minor()
    issued_at: datetime = moment()
    issued_by: str
    document: dict[str, Any] = document()
    """The statement as its reader sees it: the truth, of which pages and files are a picture."""
    sha256: str


class OwnerStatementLine(SQLModel, table=True):
    """One charge on one statement: sold in its month, or corrected in it. Insert-only."""

    __tablename__ = "owner_statement_line"
    statement_number: str = Field(primary_key=True, foreign_key="owner_statement.number")
    charging_session_id: str = Field(primary_key=True, foreign_key="charging_session.id", index=True)
    kind: str
    """``charge``, or ``correction`` of what an earlier statement has."""
    corrects: str | None = Field(default=None, foreign_key="owner_statement.number")
    location_key: str
    energy_kwh: Decimal = exact()
    gross_minor: int = minor()
    net_minor: int = minor()
    vat_minor: int = minor()
