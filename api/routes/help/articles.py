"""The pages of articles: all by phase, a search, one article, and its vote."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.support.topics import Audience, Phase, responsibility
from api.routes.help.render import page, wished_language
from api.routes.page_forms import FormUnreadable, form_of
from api.routes.page_guard import caller_of
from api.services.drivers.attempts import TooManyAttempts, count_attempt
from api.services.knowledge.read import ArticleFilter, article_of, list_articles
from api.services.knowledge.readings import note_opening, openings_by, reading_of, stranger_reader, vote, votes_by

router = APIRouter()
Slug = Annotated[str, Path(pattern="^[a-z0-9-]{1,60}$")]
Words = Annotated[str, Query(max_length=200)]
_SAID: Final = {"yes": True, "no": False}


@router.get("/")
async def show_all(request: Request, work: Work, q: Words = "", audience: Audience = Audience.DRIVER) -> Response:
    """Show every article by phase with the pinned ones first, or what fits some words."""
    words = q.replace("\0", "").strip()
    wanted = ArticleFilter(audience=audience, words=words or None)
    async with work() as db:
        views = await list_articles(db=db, wanted=wanted, language=wished_language(request))
    phases = [(phase, [view for view in views if view.phase is phase]) for phase in Phase]
    return page(request, "index.html", words=words, found=views, phases=[each for each in phases if each[1]])


@router.get("/articles/{slug}")
async def show_one(request: Request, slug: Slug, work: Work, ports: PortsDep, now: Now) -> Response:
    """Show an article, and count the reader once; beyond a limit readers of one network are shown it uncounted."""
    caller, reader = caller_of(request), _reader(request, ports, now)
    async with work() as db:
        view = await article_of(db=db, slug=slug, language=wished_language(request))
    if await _counts(work, ports, now, caller):
        async with work() as db:
            await note_opening(db=db, now=now, article=view, reader=reader)
    async with work() as db:
        said = await reading_of(db=db, slug=slug, reader=reader)
    told = responsibility(view.topic, wished_language(request))
    solved = said.solved if said else None
    return page(
        request, "article.html", content_language=view.language, article=view, responsibility=told, solved=solved
    )


@router.post("/articles/{slug}/vote")
async def cast_vote(request: Request, slug: Slug, work: Work, ports: PortsDep, now: Now) -> Response:
    """Keep the vote of the button that was pressed, and return to the article."""
    form, caller = await form_of(request), caller_of(request)
    if form.get("solved") not in _SAID:
        raise FormUnreadable("form_unreadable")
    await count_attempt(work=work, policy=ports.policy, now=now, limits=votes_by(caller))
    async with work() as db:
        view = await article_of(db=db, slug=slug, language=wished_language(request))
        solved = _SAID[form["solved"]]
        await vote(db=db, now=now, article=view, reader=_reader(request, ports, now), solved=solved)
    return RedirectResponse(f"/help/articles/{slug}?lang={wished_language(request)}#vote", 303)


def _reader(request: Request, ports: PortsDep, now: Now) -> str:
    agent = request.headers.get("user-agent", "")
    return stranger_reader(ports.policy, now=now, caller=caller_of(request), agent=agent)


async def _counts(work: Work, ports: PortsDep, now: Now, caller: str) -> bool:
    """Say whether an opening is counted: help is shown to everybody, however many of a network read it."""
    try:
        await count_attempt(work=work, policy=ports.policy, now=now, limits=openings_by(caller))
    except TooManyAttempts:
        return False
    return True
