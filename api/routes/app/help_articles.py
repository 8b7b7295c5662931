"""Articles that help, for everybody: lists and search, one article with its history, votes without an account.

Answers are the same for all who speak a language, so anybody on the way may keep them for a minute. Who read what is
told apart from that, by the app itself (``PUT .../opening``): a kept answer tells us nothing.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from api.deps import MaybeDriver, Now, PortsDep, Work
from api.domain.language import language_of, wishes_of
from api.domain.support.topics import Audience, Phase, Topic
from api.ports.policy import ServicePolicy
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, etag_of, matches
from api.routes.app.guards import Caller
from api.routes.app.help_shapes import (
    Articles,
    ListedArticle,
    ListedRevision,
    Revisions,
    ShownArticle,
    ShownRevision,
    ShownVote,
    Vote,
)
from api.routes.app.languages import AcceptLanguage
from api.routes.app.shapes import Text, problems, signed_in
from api.services.drivers.attempts import Limit, count_attempt
from api.services.knowledge.read import ArticleFilter, ArticleView, article_of, list_articles
from api.services.knowledge.readings import (
    driver_reader,
    note_opening,
    openings_by,
    stranger_reader,
    visitor_reader,
    vote,
    votes_by,
)
from api.services.knowledge.revisions import published_revision, published_revisions

router = APIRouter(tags=["Help"])
KEPT_S = 60
_OR_NOT: dict[str, Any] = {"security": [{}]}
"""Beside the access token: without one it works too."""
Slug = Annotated[str, Path(pattern="^[a-z0-9-]{1,60}$", examples=["why-a-hold"])]
Language = Annotated[Text | None, Query(description="Null: by `Accept-Language`, else English.", examples=["nb"])]


async def _language(accept_language: AcceptLanguage = None, language: Language = None) -> str:
    return language_of(language, *wishes_of(accept_language))


Spoken = Annotated[str, Depends(_language)]


async def _reader(
    ports: PortsDep,
    now: Now,
    caller: Caller,
    driver: MaybeDriver,
    visitor_key: Annotated[
        str | None,
        Header(
            pattern="^[A-Za-z0-9_-]{16,64}$",
            description="A random value that the app keeps; for those without an account.",
        ),
    ] = None,
    user_agent: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> str:
    """Return who reads, as far as a vote needs to know."""
    if driver is not None:
        return driver_reader(driver.driver_id)
    if visitor_key is not None:
        return visitor_reader(ports.policy, visitor_key)
    return stranger_reader(ports.policy, now=now, caller=caller, agent=user_agent or "")


Reader = Annotated[str, Depends(_reader)]


def public_headers(etag: str, language: str) -> dict[str, str]:
    """Return the headers of an answer that everybody on the way may keep for a minute."""
    return {
        "ETag": etag,
        "Cache-Control": f"public, max-age={KEPT_S}",
        "Content-Language": language,
        "Vary": "Accept-Language",
    }


def article_etag(view: ArticleView) -> str:
    """Return the ETag of an article: it changes with the revision, and differs by language."""
    return f'"{view.slug}-{view.number}-{view.language}"'


def languages_told(views: Sequence[ArticleView], language: str) -> str:
    """Return the languages of a list, the wanted one first."""
    others = sorted({view.language for view in views} - {language})
    return ", ".join([language, *others] if any(view.language == language for view in views) or not views else others)


@router.get(
    "/help/articles",
    operation_id="listArticles",
    summary="Find articles that help",
    response_model=Articles,
    responses=NOT_MODIFIED | problems(),
)
async def get_articles(
    response: Response,
    work: Work,
    ports: PortsDep,
    spoken: Spoken,
    phase: Annotated[Phase | None, Query(description="When the question comes up.")] = None,
    topic: Annotated[Topic | None, Query(description="What it is about.")] = None,
    audience: Annotated[Audience, Query(description="Who asks.")] = Audience.DRIVER,
    q: Annotated[Text | None, Query(description="Words to search for.", examples=["cable stuck"])] = None,
    if_none_match: IfNoneMatch = None,
) -> Articles | Response:
    """Return the articles that fit; words are searched in the wanted language, and forgiven small typing errors."""
    wanted = ArticleFilter(phase=phase, topic=topic, audience=audience, words=q)
    async with work() as db:
        views = await list_articles(db=db, wanted=wanted, language=spoken)
    shown = Articles(articles=[ListedArticle.of(view, _base(ports.policy)) for view in views])
    headers = public_headers(etag_of(shown.model_dump_json().encode()), languages_told(views, spoken))
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return shown


@router.get(
    "/help/articles/{slug}",
    operation_id="getArticle",
    summary="Read an article",
    response_model=ShownArticle,
    responses=NOT_MODIFIED | problems(unknown_article=404),
)
async def get_article(
    slug: Slug, response: Response, work: Work, ports: PortsDep, spoken: Spoken, if_none_match: IfNoneMatch = None
) -> ShownArticle | Response:
    """Return the article, who answers for its topic, and whom to turn to if it did not help."""
    async with work() as db:
        view = await article_of(db=db, slug=slug, language=spoken)
    headers = public_headers(article_etag(view), view.language)
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return ShownArticle.of(view, _base(ports.policy))


@router.get(
    "/help/articles/{slug}/revisions",
    operation_id="listArticleRevisions",
    summary="Show the history of an article",
    response_model=Revisions,
    responses=problems(unknown_article=404),
)
async def get_revisions(slug: Slug, work: Work) -> Revisions:
    """Return what was published of it, the newest first."""
    async with work() as db:
        rows = await published_revisions(db=db, slug=slug)
    return Revisions(revisions=[ListedRevision.of(row) for row in rows])


@router.get(
    "/help/articles/{slug}/revisions/{revision}",
    operation_id="getArticleRevision",
    summary="Read an article as it was",
    response_model=ShownRevision,
    responses=problems(unknown_article=404, unknown_revision=404),
)
async def get_revision(
    slug: Slug, revision: Annotated[int, Path(ge=1, le=1_000_000)], response: Response, work: Work, spoken: Spoken
) -> ShownRevision:
    """Return what the article said in that revision."""
    async with work() as db:
        found = await published_revision(db=db, slug=slug, number=revision, language=spoken)
    response.headers["Content-Language"] = found.language
    return ShownRevision.of(found.revision, found.language, found.words)


@router.put(
    "/help/articles/{slug}/opening",
    operation_id="noteArticleOpened",
    summary="Tell that an article was opened",
    status_code=204,
    response_class=Response,
    responses=signed_in(unknown_article=404, too_many_attempts=429),
    openapi_extra=_OR_NOT,
)
async def put_opening(
    slug: Slug, work: Work, ports: PortsDep, now: Now, caller: Caller, spoken: Spoken, reader: Reader
) -> None:
    """Count a reader once an article, however often they come back."""
    await _count(work, ports, now, openings_by(caller))
    async with work() as db:
        await note_opening(db=db, now=now, article=await article_of(db=db, slug=slug, language=spoken), reader=reader)


@router.put(
    "/help/articles/{slug}/vote",
    operation_id="voteOnArticle",
    summary="Say whether an article solved it",
    response_model=ShownVote,
    responses=signed_in(unknown_article=404, too_many_attempts=429),
    openapi_extra=_OR_NOT,
)
async def put_vote(
    slug: Slug, body: Vote, work: Work, ports: PortsDep, now: Now, caller: Caller, spoken: Spoken, reader: Reader
) -> ShownVote:
    """Keep one vote a reader and article, with or without an account; the last one counts."""
    await _count(work, ports, now, votes_by(caller))
    async with work() as db:
        view = await article_of(db=db, slug=slug, language=spoken)
        await vote(db=db, now=now, article=view, reader=reader, solved=body.solved, score=body.score)
    return ShownVote(solved=body.solved, score=body.score)


async def _count(work: Work, ports: PortsDep, now: Now, limits: tuple[Limit, ...]) -> None:
    await count_attempt(work=work, policy=ports.policy, now=now, limits=limits)


def _base(policy: ServicePolicy) -> str:
    return policy.public_url.rstrip("/")
