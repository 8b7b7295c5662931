"""Writing articles: a draft that grows, published as the next revision; what was published never changes.

A form says which state it was made from. Who saves on top of somebody else's later change is refused, so that nobody's
words are lost.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid, Refused
from api.domain.language import LANGUAGES
from api.domain.support.article_text import Words, whole
from api.domain.support.topics import Audience, Phase, Topic
from api.models.knowledge import Article, ArticleRevision
from api.services.knowledge.read import CONFIGURATIONS, LAST_RESORT, PINNED, UnknownArticle

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 60
_PUT = text(
    "INSERT INTO article_text (slug, number, language, title, summary, body, words)"
    " SELECT :slug, :number, :language, title, summary, body, setweight(to_tsvector(configuration, title), 'A')"
    " || setweight(to_tsvector(configuration, summary), 'B') || setweight(to_tsvector(configuration, body), 'C')"
    " FROM (SELECT CAST(:title AS text) AS title, CAST(:summary AS text) AS summary, CAST(:body AS text) AS body,"
    " CAST(:configuration AS regconfig) AS configuration) AS said"
    " ON CONFLICT (slug, number, language) DO UPDATE SET title = excluded.title, summary = excluded.summary,"
    " body = excluded.body, words = excluded.words"
)
_COPY = text(
    "INSERT INTO article_text (slug, number, language, title, summary, body, words)"
    " SELECT slug, CAST(:to AS integer), language, title, summary, body, words FROM article_text"
    " WHERE slug = :slug AND number = :from"
)


class ArticleExists(Conflict):
    """There is an article of this name."""


class ArticleNameUnreadable(Invalid):
    """A name has small letters, digits and single hyphens."""


class ArticleChanged(Conflict):
    """Somebody changed the article since the page was loaded."""


class ArticleUnreadable(Invalid):
    """Title, summary and text are needed, none too long. Fact: ``language``."""


class EnglishMissing(Refused):
    """An article is published in English at least: it is what readers of other languages get."""


class PinTaken(Conflict):
    """Another article has this place on top of the phase. Facts: ``slug``, ``place``."""


class NothingToPublish(Refused):
    """What is published is the newest there is."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where an article is found."""

    phase: Phase
    topic: Topic
    audience: Audience
    pinned: int | None = None


async def new_article(*, db: AsyncSession, now: datetime, slug: str, position: Position, by: str) -> ArticleRevision:
    """Begin an article with an empty draft; raises ArticleNameUnreadable, ArticleExists."""
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise ArticleNameUnreadable("article_name_unreadable")
    if await db.get(Article, slug) is not None:
        raise ArticleExists("article_exists", slug=slug)
    db.add(Article(slug=slug, latest=1, created_at=now))
    await db.flush()
    return await _add_revision(db, now, slug, 1, position, by)


async def save_text(
    *, db: AsyncSession, now: datetime, slug: str, seen: str, language: str, words: Words, by: str
) -> ArticleRevision:
    """Write an article's text in one language into its draft; raises ArticleChanged, ArticleUnreadable."""
    if language not in LANGUAGES or not whole(words):
        raise ArticleUnreadable("article_unreadable", language=language)
    draft = await _draft(db, now, slug, seen, by)
    await put_text(db=db, revision=draft, language=language, words=words)
    return draft


async def save_position(
    *, db: AsyncSession, now: datetime, slug: str, seen: str, position: Position, by: str
) -> ArticleRevision:
    """Write into the draft where the article is found; raises ArticleChanged, ArticleUnreadable."""
    if position.pinned is not None and not 1 <= position.pinned <= PINNED:
        raise ArticleUnreadable("article_unreadable", language="pinned")
    draft = await _draft(db, now, slug, seen, by)
    _place(draft, position)
    db.add(draft)
    return draft


async def publish_article(*, db: AsyncSession, now: datetime, slug: str, seen: str) -> ArticleRevision:
    """Let readers see the draft; raises ArticleChanged, EnglishMissing, PinTaken, NothingToPublish."""
    article, latest = await _locked(db, slug, seen)
    if article.published == article.latest:
        raise NothingToPublish("nothing_to_publish")
    english = "SELECT 1 FROM article_text WHERE slug = :slug AND number = :number AND language = :language"
    bound = {"slug": slug, "number": latest.number, "language": LAST_RESORT}
    if (await (await db.connection()).execute(text(english), bound)).first() is None:
        raise EnglishMissing("english_missing")
    if latest.pinned is not None:
        await _refuse_two_pins(db, latest)
    article.published = latest.number
    latest.published_at = latest.published_at or now
    db.add_all([article, latest])
    return latest


async def withdraw_article(*, db: AsyncSession, slug: str, seen: str) -> None:
    """Show an article to readers no more; its revisions stay. Raises ArticleChanged."""
    article, _ = await _locked(db, slug, seen)
    article.published = None
    db.add(article)


async def put_text(*, db: AsyncSession, revision: ArticleRevision, language: str, words: Words) -> None:
    """Store what a revision says in a language, with the words that it is searched by."""
    parts = {"title": words.title.strip(), "summary": words.summary.strip(), "body": words.body.strip()}
    key = {"slug": revision.slug, "number": revision.number, "language": language}
    await db.flush()
    await (await db.connection()).execute(_PUT, key | parts | {"configuration": CONFIGURATIONS[language]})


def state_of(revision: ArticleRevision) -> str:
    """Return what a form carries to tell which state it was made from."""
    return f"{revision.number}.{revision.updated_at.timestamp():.6f}"


async def _locked(db: AsyncSession, slug: str, seen: str) -> tuple[Article, ArticleRevision]:
    article = (await db.exec(select(Article).where(Article.slug == slug).with_for_update())).one_or_none()
    if article is None:
        raise UnknownArticle("unknown_article")
    latest = await db.get_one(ArticleRevision, (slug, article.latest))
    if state_of(latest) != seen:
        raise ArticleChanged("article_changed")
    return article, latest


async def _draft(db: AsyncSession, now: datetime, slug: str, seen: str, by: str) -> ArticleRevision:
    """Return the draft of an article, a copy of what was published last where there is none."""
    article, latest = await _locked(db, slug, seen)
    if latest.published_at is None:
        latest.updated_at, latest.author = max(now, latest.updated_at + timedelta(microseconds=1)), by
        db.add(latest)
        return latest
    position = Position(Phase(latest.phase), Topic(latest.topic), Audience(latest.audience), latest.pinned)
    article.latest = latest.number + 1
    db.add(article)
    draft = await _add_revision(db, now, slug, article.latest, position, by)
    bound = {"slug": slug, "from": latest.number, "to": draft.number}
    await (await db.connection()).execute(_COPY, bound)
    return draft


async def _add_revision(
    db: AsyncSession, now: datetime, slug: str, number: int, position: Position, by: str
) -> ArticleRevision:
    row = ArticleRevision(
        slug=slug,
        number=number,
        phase=position.phase,
        topic=position.topic,
        audience=position.audience,
        pinned=position.pinned,
        author=by,
        created_at=now,
        updated_at=now,
    )
    db.add(row)
    await db.flush()
    return row


def _place(row: ArticleRevision, position: Position) -> None:
    row.phase, row.topic, row.audience = position.phase, position.topic, position.audience
    row.pinned = position.pinned


async def _refuse_two_pins(db: AsyncSession, mine: ArticleRevision) -> None:
    """Raise PinTaken where a published article has this place."""
    query = (
        select(ArticleRevision.slug)
        .join(Article, col(Article.slug) == col(ArticleRevision.slug))
        .where(col(Article.published) == col(ArticleRevision.number), col(Article.slug) != mine.slug)
        .where(ArticleRevision.phase == mine.phase, ArticleRevision.audience == mine.audience)
        .where(ArticleRevision.pinned == mine.pinned)
    )
    other = (await db.exec(query)).first()
    if other is not None:
        raise PinTaken("pin_taken", slug=other, place=mine.pinned)
