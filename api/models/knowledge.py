"""Articles that help, their revisions in several languages, and what readers made of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from api.models.columns import maybe_moment, moment


class Article(SQLModel, table=True):
    """One article; what it says stands in its revisions."""

    __tablename__ = "article"
    slug: str = Field(primary_key=True)
    """Its name in addresses, for good: ``why-a-hold``."""
    published: int | None = None
    """The revision that readers see; None: none yet, or it was withdrawn."""
    latest: int
    """The newest revision; above ``published`` it is a draft."""
    created_at: datetime = moment()
    file_digest: str | None = None
    """SHA-256 of the file of ours that it was loaded from last; None: staff wrote it."""


class ArticleRevision(SQLModel, table=True):
    """One state of an article. Once published it never changes; a draft does until then."""

    __tablename__ = "article_revision"
    slug: str = Field(primary_key=True, foreign_key="article.slug")
    number: int = Field(primary_key=True)
    phase: str
    """``before``, ``during`` or ``after``."""
    topic: str
    audience: str
    pinned: int | None = None
    """1 to 3: its place on top of its phase."""
    author: str
    created_at: datetime = moment()
    updated_at: datetime = moment()
    published_at: datetime | None = maybe_moment()


class ArticleText(SQLModel, table=True):
    """A revision in one language."""

    __tablename__ = "article_text"
    slug: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    language: str = Field(primary_key=True)
    title: str
    summary: str
    body: str
    """In the form of ``domain/support/article_text.py``."""
    words: Any = Field(sa_type=TSVECTOR)
    """What it is searched by; the title weighs most."""

    __table_args__ = (
        ForeignKeyConstraint(["slug", "number"], ["article_revision.slug", "article_revision.number"]),
        Index("article_words", "words", postgresql_using="gin"),
    )


class ArticleReading(SQLModel, table=True):
    """That somebody opened an article, whether it solved the matter, and whether they went on to ask people."""

    __tablename__ = "article_reading"
    slug: str = Field(primary_key=True, foreign_key="article.slug")
    reader: str = Field(primary_key=True, index=True)
    """``driver:`` and an id, or ``visitor:`` and a digest that tells nobody who it was."""
    revision: int
    language: str
    opened_at: datetime = moment(index=True)
    seen_at: datetime = moment()
    """Opened last."""
    solved: bool | None = None
    """The vote; None: none given."""
    score: int | None = None
    """1 to 5, where the reader gave it."""
    voted_at: datetime | None = maybe_moment()
    went_on_at: datetime | None = maybe_moment()
    """A case was opened after reading."""
    case_id: str | None = None
