"""Shapes of help: articles with their revisions, whom to ask, votes."""

from typing import Any

from pydantic import Field

from api.domain.support.article_text import Words, blocks_of
from api.domain.support.topics import Answers, Topic, responsibility, route_of
from api.models.knowledge import ArticleRevision
from api.routes.app.shapes import Moment, Shape, example
from api.services.knowledge.read import ArticleView

_LISTED: dict[str, Any] = {
    "slug": "why-a-hold",
    "url": "/v1/help/articles/why-a-hold",
    "page_url": "https://charge.example/help/articles/why-a-hold",
    "phase": "before",
    "topic": "payment",
    "audience": "driver",
    "pinned": 2,
    "language": "en",
    "title": "Why an amount is reserved on your card",
    "summary": "A reservation is not a payment.",
    "revision": 3,
    "updated_at": "2026-03-02T09:00:00Z",
}
_TURNS = [
    {"order": 1, "who": "operator", "answers_for_this": False, "url": "/v1/help/route"},
    {"order": 2, "who": "us", "answers_for_this": True, "url": "https://charge.example/help/contact"},
]
_BLOCK = {"kind": "paragraph", "items": ["Before a charge starts nobody knows how much energy your car will take."]}


class ListedArticle(Shape):
    """An article on a list."""

    model_config = example(_LISTED)
    slug: str
    url: str
    page_url: str = Field(description="The same as a page for a browser.")
    phase: str = Field(description="`before`, `during` or `after` charging.")
    topic: str = Field(description="New values may come.")
    audience: str = Field(description="`driver` or `owner`.")
    pinned: int | None = Field(description="1 to 3: its place on top of its phase.")
    language: str = Field(description="What it is shown in: English where it is not written in the wanted one.")
    title: str
    summary: str
    revision: int
    updated_at: Moment

    @classmethod
    def of(cls, view: ArticleView, public_url: str) -> "ListedArticle":
        """Return the shape of an article on a list."""
        return cls(**_listed(view, public_url))


class Articles(Shape):
    """Articles: by phase with the pinned ones first, or the best first for a search."""

    model_config = example({"articles": [_LISTED]})
    articles: list[ListedArticle]


class TextBlock(Shape):
    """One paragraph, or one list."""

    model_config = example(_BLOCK)
    kind: str = Field(description="`paragraph` with one item, `points`, or `steps` in their order.")
    items: list[str]


class Turn(Shape):
    """Whom to turn to, in this order; the operator is always the first."""

    model_config = example(_TURNS[0])
    order: int
    who: str = Field(description="`operator` or `us`; new values may come.")
    answers_for_this: bool = Field(description="Whether they can put this topic right.")
    url: str = Field(description="What to ask for the ways to reach them, or the page of the contact form.")


class ShownArticle(Shape):
    """One article."""

    model_config = example(
        _LISTED
        | {
            "blocks": [_BLOCK],
            "author": "Chargehand",
            "created_at": "2026-01-02T09:00:00Z",
            "answers": "us",
            "responsibility": "This is ours: accounts, the app, payments, bills and receipts are put right by us.",
            "turn_to": _TURNS,
        }
    )
    slug: str
    url: str
    page_url: str
    phase: str
    topic: str
    audience: str
    pinned: int | None
    language: str
    title: str
    summary: str
    revision: int
    updated_at: Moment
    blocks: list[TextBlock]
    author: str
    created_at: Moment
    answers: str = Field(description="Who can put it right: `us`, `operator` or `issuer`.")
    responsibility: str = Field(description="The same in a sentence.")
    turn_to: list[Turn]

    @classmethod
    def of(cls, view: ArticleView, public_url: str) -> "ShownArticle":
        """Return the shape of an article."""
        return cls(
            **_listed(view, public_url),
            blocks=blocks_shown(view.body),
            author=view.author,
            created_at=view.created_at,
            answers=route_of(view.topic).answers,
            responsibility=responsibility(view.topic, view.language),
            turn_to=_turns(view.topic, public_url),
        )


class ListedRevision(Shape):
    """One revision that was published."""

    model_config = example(
        {
            "revision": 3,
            "url": "/v1/help/articles/why-a-hold/revisions/3",
            "author": "Ada Clerk",
            "created_at": "2026-03-01T09:00:00Z",
            "updated_at": "2026-03-02T09:00:00Z",
        }
    )
    revision: int
    url: str
    author: str
    created_at: Moment
    updated_at: Moment = Field(description="When readers saw it first.")

    @classmethod
    def of(cls, row: ArticleRevision) -> "ListedRevision":
        """Return the shape of a revision."""
        return cls(
            revision=row.number,
            url=f"/v1/help/articles/{row.slug}/revisions/{row.number}",
            author=row.author,
            created_at=row.created_at,
            updated_at=row.published_at or row.updated_at,
        )


class Revisions(Shape):
    """The history of an article, the newest first."""

    model_config = example({"revisions": ListedRevision.model_config["json_schema_extra"]["examples"]})  # type: ignore[index]  # pydantic types it as any of three
    revisions: list[ListedRevision]


class ShownRevision(Shape):
    """What an article said in a revision."""

    model_config = example(
        {
            "revision": 3,
            "author": "Ada Clerk",
            "updated_at": "2026-03-02T09:00:00Z",
            "language": "en",
            "title": "Why an amount is reserved on your card",
            "summary": "A reservation is not a payment.",
            "blocks": [_BLOCK],
        }
    )
    revision: int
    author: str
    updated_at: Moment
    language: str
    title: str
    summary: str
    blocks: list[TextBlock]

    @classmethod
    def of(cls, row: ArticleRevision, language: str, words: Words) -> "ShownRevision":
        """Return the shape of a revision's text."""
        return cls(
            revision=row.number,
            author=row.author,
            updated_at=row.published_at or row.updated_at,
            language=language,
            title=words.title,
            summary=words.summary,
            blocks=blocks_shown(words.body),
        )


class Vote(Shape):
    """Did this solve it?"""

    model_config = example({"solved": True, "score": 5})
    solved: bool
    score: int | None = Field(default=None, ge=1, le=5, description="How good the article is; 5 is best.")


class ShownVote(Shape):
    """What the reader said of the article."""

    model_config = example({"solved": True, "score": 5})
    solved: bool
    score: int | None


def blocks_shown(body: str) -> list[TextBlock]:
    """Return the blocks of an article."""
    return [TextBlock(kind=each.kind, items=list(each.items)) for each in blocks_of(body)]


def _listed(view: ArticleView, public_url: str) -> dict[str, Any]:
    same = ("slug", "phase", "topic", "audience", "pinned", "language", "title", "summary", "updated_at")
    return {name: getattr(view, name) for name in same} | {
        "url": f"/v1/help/articles/{view.slug}",
        "page_url": f"{public_url}/help/articles/{view.slug}",
        "revision": view.number,
    }


def _turns(topic: Topic, public_url: str) -> list[Turn]:
    answers = route_of(topic).answers
    return [
        Turn(order=1, who="operator", answers_for_this=answers is Answers.OPERATOR, url="/v1/help/route"),
        Turn(order=2, who="us", answers_for_this=answers is Answers.US, url=f"{public_url}/help/contact"),
    ]
