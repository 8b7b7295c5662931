"""Guests who scan and pay: their visits to a post, the displays that show fresh codes, and what was tried too often."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from api.models.columns import maybe_moment, moment


class GuestVisit(SQLModel, table=True):
    """One guest in front of one connector: from the fresh code to the receipt. Its signed link opens it again."""

    __tablename__ = "guest_visit"
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", unique=True)
    """The guest: a driver without an account, made for this visit."""
    connector_public_id: str
    """Where; kept as text, since the partner may remove the connector."""
    evse_key: str = Field(index=True)
    proof: str
    """How the guest showed that they are at the post: ``scan`` of a fresh code, or its ``digits`` typed."""
    language: str
    quote_id: str | None = Field(default=None, foreign_key="quote.id")
    """The offer on the page."""
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id", index=True)
    """The newest charge."""
    opened_at: datetime = moment(index=True)
    updated_at: datetime = moment()


class GuestDisplay(SQLModel, table=True):
    """The key by which the display of a post may fetch fresh codes; a new one replaces it."""

    __tablename__ = "guest_display"
    id: str = Field(primary_key=True)
    evse_key: str = Field(unique=True)
    key_hash: str
    """SHA-256 of the key in hexadecimal."""
    created_at: datetime = moment()
    shown_at: datetime | None = maybe_moment()
    """When a code was last fetched with it, to the minute."""


class GuestTry(SQLModel, table=True):
    """Something that may be tried only so often in a while: wrong digits, lost receipts. Old ones are swept."""

    __tablename__ = "guest_try"
    __table_args__ = (Index("guest_try_lately", "kind", "subject", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str
    """Whose tries are counted, hashed: an address says who somebody is."""
    at: datetime = moment()
