"""The directory of contacts: numbers, who reaches whom under them, what was in an entry before, and imports."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from api.models.columns import document, documents, maybe_moment, moment


class ContactNumber(SQLModel, table=True):
    """One telephone number; several countries may share it (CP10)."""

    __tablename__ = "contact_number"
    id: str = Field(primary_key=True)
    e164: str = Field(unique=True)
    created_at: datetime = moment()


class DirectoryEntry(SQLModel, table=True):
    """A number as the contact of some people in one country, or in a whole region. Withdrawn ones stay."""

    __tablename__ = "directory_entry"
    __table_args__ = (UniqueConstraint("source", "key"),)
    id: str = Field(primary_key=True)
    number_id: str = Field(foreign_key="contact_number.id", index=True)
    source: str
    """Which list it came from; an import replaces what it brought itself."""
    key: str
    """What makes it the same entry when the list comes again: role, place, product and number."""
    row: int
    """Which number of the list it is, counted from 1."""
    region: str
    country: str | None = Field(default=None, index=True)
    """ISO 3166 alpha-2; None: all of the region."""
    role: str
    product: str | None = None
    """Only for users of this product or former brand; None: for everybody."""
    toll: str
    zone: str
    hours: str | None = None
    """As ``domain/support/hours_text.py`` reads it; None: nobody told them."""
    original_text: str
    doubts: list[Any] = documents()
    """What is dubious or was mended: ``[{"kind": ..., "detail": ...}]``."""
    imported: dict[str, Any] = document()
    """What the list said the last time, to see whether it or somebody of staff changed something."""
    revision: int = 1
    by_hand: bool = False
    """Whether somebody of staff changed it since it was imported."""
    withdrawn_at: datetime | None = maybe_moment()
    """When the list no longer had it."""
    updated_at: datetime = moment()


class DirectoryRevision(SQLModel, table=True):
    """One state of an entry, with who made it and why. Insert-only."""

    __tablename__ = "directory_revision"
    entry_id: str = Field(primary_key=True, foreign_key="directory_entry.id")
    revision: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = moment()
    by: str
    reason: str
    content: dict[str, Any] = document()


class DirectoryImport(SQLModel, table=True):
    """One import and what came of it. Insert-only."""

    __tablename__ = "directory_import"
    id: str = Field(primary_key=True)
    at: datetime = moment(index=True)
    by: str
    source: str
    sha256: str
    rows: int
    """Number rows in the list."""
    numbers: int
    """Different numbers among those that were taken in."""
    added: int
    changed: int
    unchanged: int
    withdrawn: int
    doubts: list[Any] = documents()
    """Each doubtful row: ``{"row", "kind", "text", "detail"}``."""
