"""Reading articles: those that are published, in the reader's language or else in English, and found by words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.search_words import distance, fold, mistakes_allowed
from api.domain.support.topics import Audience, Phase, Topic

CONFIGURATIONS: Mapping[str, str] = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "nb": "norwegian",
    "sv": "swedish",
}
"""How PostgreSQL takes the words of each of our languages apart."""
LAST_RESORT = "en"
PINNED = 3
"""So many stand on top of each phase."""
_ROWS = (
    "SELECT DISTINCT ON (r.slug) r.slug, r.number, r.phase, r.topic, r.audience, r.pinned, r.author, a.created_at,"
    " r.published_at AS updated_at, t.language, t.title, t.summary, t.body, t.words"
    " FROM article a JOIN article_revision r ON r.slug = a.slug AND r.number = a.published"
    " JOIN article_text t ON t.slug = r.slug AND t.number = r.number"
    " WHERE t.language IN (:language, :last_resort)"
    " AND (CAST(:phase AS text) IS NULL OR r.phase = :phase) AND (CAST(:topic AS text) IS NULL OR r.topic = :topic)"
    " AND (CAST(:audience AS text) IS NULL OR r.audience = :audience)"
    " AND (CAST(:slug AS text) IS NULL OR r.slug = :slug)"
    " ORDER BY r.slug, t.language = :language DESC"
)
_ALL = text(_ROWS)
_BY_WORDS = text(
    f"WITH shown AS ({_ROWS}), asked AS (SELECT * FROM unnest("  # noqa: S608 - of constants
    "CAST(:languages AS text[]), CAST(:configurations AS text[])) AS each (language, configuration)),"
    " wanted AS (SELECT language, CAST(replace(CAST(plainto_tsquery(CAST(configuration AS regconfig), :words) AS text),"
    " '&', '|') AS tsquery) AS query FROM asked)"
    " SELECT shown.* FROM shown JOIN wanted USING (language) WHERE words @@ query"
    " ORDER BY ts_rank(words, query) DESC, slug LIMIT 20"
)


class UnknownArticle(NotFound):
    """No article with this name is published."""


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article as one reader sees it."""

    slug: str
    number: int
    phase: Phase
    topic: Topic
    audience: Audience
    pinned: int | None
    author: str
    created_at: datetime
    updated_at: datetime
    language: str
    """In which it is shown: the reader's, or English."""
    title: str
    summary: str
    body: str


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles are wanted; None does not restrict."""

    phase: Phase | None = None
    topic: Topic | None = None
    audience: Audience | None = None
    words: str | None = None


async def list_articles(*, db: AsyncSession, wanted: ArticleFilter, language: str) -> Sequence[ArticleView]:
    """Return what fits: by phase with the pinned ones first, or the best first where words were asked for.

    Where no text has any of the words, words that are only mistyped, or part of longer ones, are looked for in titles.
    """
    connection = await db.connection()
    bound = _bound(wanted, language)
    if not (wanted.words or "").strip():
        return sorted(map(_view, (await connection.execute(_ALL, bound)).mappings()), key=_place)
    languages = sorted({language, LAST_RESORT})
    asked = {
        "words": wanted.words,
        "languages": languages,
        "configurations": [CONFIGURATIONS[each] for each in languages],
    }
    found = [_view(row) for row in (await connection.execute(_BY_WORDS, bound | asked)).mappings()]
    return found or _nearly((await connection.execute(_ALL, bound)).mappings().all(), wanted.words or "")


async def article_of(*, db: AsyncSession, slug: str, language: str) -> ArticleView:
    """Return one article; raises UnknownArticle."""
    bound = _bound(ArticleFilter(), language, slug=slug)
    row = (await (await db.connection()).execute(_ALL, bound)).mappings().first()
    if row is None:
        raise UnknownArticle("unknown_article")
    return _view(row)


def _bound(wanted: ArticleFilter, language: str, slug: str | None = None) -> dict[str, Any]:
    return {
        "language": language,
        "last_resort": LAST_RESORT,
        "phase": wanted.phase,
        "topic": wanted.topic,
        "audience": wanted.audience,
        "slug": slug,
    }


def _view(row: Mapping[Any, Any]) -> ArticleView:
    same = {name: row[name] for name in ArticleView.__slots__ if name not in {"phase", "topic", "audience"}}
    return ArticleView(phase=Phase(row["phase"]), topic=Topic(row["topic"]), audience=Audience(row["audience"]), **same)


def _place(view: ArticleView) -> tuple[int, int, str]:
    return list(Phase).index(view.phase), view.pinned or PINNED + 1, view.title.casefold()


def _nearly(rows: Sequence[Mapping[Any, Any]], words: str) -> list[ArticleView]:
    """Return the articles whose title or summary has every typed word, give or take typing errors."""
    typed = fold(words)[:8]
    views = (_view(row) for row in rows)
    return [view for view in views if typed and all(_has(fold(f"{view.title} {view.summary}"), each) for each in typed)]


def _has(words: list[str], typed: str) -> bool:
    allowed = mistakes_allowed(typed)
    return any(
        (len(typed) > 3 and typed in word) or (len(typed) - len(word) <= allowed and distance(typed, word) <= allowed)
        for word in words
    )
