"""Articles: the list with what readers made of them, one article in five languages, its preview and its history."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, Work
from api.domain.language import LANGUAGES
from api.domain.staff.roles import Permission
from api.domain.support.article_text import LONGEST_BODY, LONGEST_SUMMARY, LONGEST_TITLE, Words
from api.domain.support.topics import Audience, Phase, Topic
from api.models.knowledge import Article, ArticleRevision
from api.routes.console.render import page
from api.routes.console.signed_in import Form, Posted, Staff, needs
from api.routes.console.told import told_after
from api.routes.page_forms import FormUnreadable
from api.services.knowledge.figures import GOAL_PERCENT, article_figures, total
from api.services.knowledge.read import PINNED, UnknownArticle
from api.services.knowledge.revisions import every_revision, texts_of
from api.services.knowledge.write import (
    Position,
    new_article,
    publish_article,
    save_position,
    save_text,
    state_of,
    withdraw_article,
)

router = APIRouter(prefix="/articles")
_WRITE = [needs(Permission.WRITE_ARTICLES)]
Slug = Annotated[str, Path(pattern="^[a-z0-9-]{1,60}$")]
Days = Annotated[int, Query(ge=1, le=3650)]
NAMES = {"en": "English", "de": "German", "fr": "French", "nb": "Norwegian", "sv": "Swedish"}
_CHOICES: dict[str, Any] = {"phases": list(Phase), "topics": list(Topic), "audiences": list(Audience), "pinned": PINNED}


@router.get("", dependencies=_WRITE)
async def show_articles(request: Request, work: Work, now: Now, days: Days = 30) -> Response:
    """List all articles with votes and deflection."""
    async with work() as db:
        rows = await article_figures(db=db, since=now - timedelta(days=days), until=now + timedelta(seconds=1))
    facts: dict[str, Any] = {
        "rows": rows,
        "total": total([each.figures for each in rows]),
        "days": days,
        "goal": GOAL_PERCENT,
    }
    return page(request, "articles.html", languages=LANGUAGES, **facts, **_CHOICES)


@router.post("", dependencies=_WRITE)
async def begin_article(staff: Staff, form: Posted, work: Work, now: Now) -> Response:
    """Begin an article."""
    async with work() as db:
        row = await new_article(db=db, now=now, slug=form["slug"], position=_position(form), by=staff.name)
    return _back(row.slug)


@router.get("/{slug}", dependencies=_WRITE)
async def show_article(
    request: Request, slug: Slug, work: Work, number: Annotated[int | None, Query(ge=1, le=1_000_000)] = None
) -> Response:
    """Show an article with its texts, what they look like, and all revisions; an older one by its number."""
    async with work() as db:
        revisions = await every_revision(db=db, slug=slug)
        row = _chosen(revisions, number)
        texts = await texts_of(db=db, slug=slug, number=row.number)
        article = await db.get_one(Article, slug)
    longest = {"title": LONGEST_TITLE, "summary": LONGEST_SUMMARY, "body": LONGEST_BODY}
    facts: dict[str, Any] = {
        "row": row,
        "revisions": revisions,
        "texts": texts,
        "published": article.published,
        "names": NAMES,
    }
    newest = row.number == revisions[0].number
    state = state_of(revisions[0])
    told = told_after(request)
    return page(request, "article.html", **facts, **_CHOICES, longest=longest, newest=newest, state=state, said=told)


@router.post("/{slug}/text/{language}", dependencies=_WRITE)
async def write_text(slug: Slug, language: str, staff: Staff, form: Posted, work: Work, now: Now) -> Response:
    """Write the draft's text in one language."""
    words = Words(form["title"], form["summary"], form["body"].replace("\r\n", "\n"))
    async with work() as db:
        facts = {"slug": slug, "seen": form["state"], "by": staff.name}
        await save_text(db=db, now=now, language=language, words=words, **facts)
    return _back(slug, "done", f"#{language}")


@router.post("/{slug}/position", dependencies=_WRITE)
async def write_position(slug: Slug, staff: Staff, form: Posted, work: Work, now: Now) -> Response:
    """Write into the draft where the article is found."""
    async with work() as db:
        facts = {"slug": slug, "seen": form["state"], "by": staff.name}
        await save_position(db=db, now=now, position=_position(form), **facts)
    return _back(slug, "done")


@router.post("/{slug}/publish", dependencies=_WRITE)
async def publish(slug: Slug, form: Posted, work: Work, now: Now) -> Response:
    """Let readers see the draft."""
    async with work() as db:
        await publish_article(db=db, now=now, slug=slug, seen=form["state"])
    return _back(slug, "published")


@router.post("/{slug}/withdraw", dependencies=_WRITE)
async def withdraw(slug: Slug, form: Posted, work: Work) -> Response:
    """Show the article to readers no more."""
    async with work() as db:
        await withdraw_article(db=db, slug=slug, seen=form["state"])
    return _back(slug, "done")


def _back(slug: str, told: str = "", mark: str = "") -> Response:
    return RedirectResponse(f"/console/articles/{slug}" + (f"?told={told}" if told else "") + mark, 303)


def _chosen(revisions: Any, number: int | None) -> ArticleRevision:
    """Return the revision that is asked for, the newest where none is; raises UnknownArticle."""
    row: ArticleRevision | None = next((each for each in revisions if number in {None, each.number}), None)
    if row is None:
        raise UnknownArticle("unknown_article")
    return row


def _position(form: Form) -> Position:
    """Return where an article is to be found, from a form; raises FormUnreadable."""
    pinned = form["pinned"]
    try:
        where = Phase(form["phase"]), Topic(form["topic"]), Audience(form["audience"])
        return Position(*where, pinned=int(pinned) if pinned else None)
    except ValueError as error:
        raise FormUnreadable("form_unreadable") from error
