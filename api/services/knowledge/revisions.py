"""Revisions of articles: the history that readers may see, and every text of one revision, for staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.support.article_text import Words
from api.models.knowledge import Article, ArticleRevision, ArticleText
from api.services.knowledge.read import LAST_RESORT, UnknownArticle


class UnknownRevision(NotFound):
    """The article has no such revision that was published."""


@dataclass(frozen=True, slots=True)
class RevisionText:
    """What one revision says in one language."""

    revision: ArticleRevision
    language: str
    words: Words


async def published_revisions(*, db: AsyncSession, slug: str) -> Sequence[ArticleRevision]:
    """Return what was published of an article, the newest first; raises UnknownArticle."""
    query = (
        select(ArticleRevision)
        .join(Article, col(Article.slug) == col(ArticleRevision.slug))
        .where(ArticleRevision.slug == slug, col(ArticleRevision.published_at).is_not(None))
        .where(col(Article.published).is_not(None))
        .order_by(col(ArticleRevision.number).desc())
    )
    found = (await db.exec(query)).all()
    if not found:
        raise UnknownArticle("unknown_article")
    return found


async def published_revision(*, db: AsyncSession, slug: str, number: int, language: str) -> RevisionText:
    """Return what an article said in a revision; raises UnknownArticle, UnknownRevision."""
    revisions = {each.number: each for each in await published_revisions(db=db, slug=slug)}
    if number not in revisions:
        raise UnknownRevision("unknown_revision")
    texts = await texts_of(db=db, slug=slug, number=number)
    spoken = language if language in texts else LAST_RESORT
    return RevisionText(revisions[number], spoken, texts[spoken])


async def texts_of(*, db: AsyncSession, slug: str, number: int) -> Mapping[str, Words]:
    """Return a revision's texts by language."""
    columns = (ArticleText.language, ArticleText.title, ArticleText.summary, ArticleText.body)
    query = select(*columns).where(ArticleText.slug == slug, ArticleText.number == number)
    return {language: Words(title, summary, body) for language, title, summary, body in await db.exec(query)}


async def every_revision(*, db: AsyncSession, slug: str) -> Sequence[ArticleRevision]:
    """Return all revisions of an article for staff, drafts too, the newest first."""
    query = select(ArticleRevision).where(ArticleRevision.slug == slug)
    return (await db.exec(query.order_by(col(ArticleRevision.number).desc()))).all()
