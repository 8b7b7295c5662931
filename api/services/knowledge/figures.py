"""How well articles help: opened, voted, solved, went on to a case, and the deflection rate (CK05; the goal is 80 %).

The rate is of those who tell: readers who voted or opened a case. Solved is a vote for yes that no case followed. Those
who say nothing are counted apart and never as solved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

GOAL_PERCENT = 80
_FIGURES = text(
    "SELECT a.slug, a.published, a.latest, r.phase, r.topic, r.audience, r.pinned, r.author, r.updated_at,"
    " coalesce(t.title, a.slug) AS title, (SELECT array_agg(language ORDER BY language) FROM article_text l"
    " WHERE l.slug = a.slug AND l.number = a.latest) AS languages,"
    " count(d.slug) AS opened, count(d.slug) FILTER (WHERE d.solved AND d.went_on_at IS NULL) AS solved,"
    " count(d.slug) FILTER (WHERE NOT d.solved AND d.went_on_at IS NULL) AS unsolved,"
    " count(d.slug) FILTER (WHERE d.went_on_at IS NOT NULL) AS went_on, avg(d.score) AS score, count(d.score) AS scores"
    " FROM article a JOIN article_revision r ON r.slug = a.slug AND r.number = a.latest"
    " LEFT JOIN article_text t ON t.slug = a.slug AND t.number = a.latest AND t.language = 'en'"
    " LEFT JOIN article_reading d ON d.slug = a.slug AND d.opened_at >= :since AND d.opened_at < :until"
    " GROUP BY a.slug, r.slug, r.number, t.title ORDER BY array_position(ARRAY['before', 'during', 'after'], r.phase),"
    " r.pinned NULLS LAST, a.slug"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What readers made of one article, or of all."""

    opened: int
    solved: int
    unsolved: int
    went_on: int
    """Opened a case, whatever they had voted."""

    @property
    def silent(self) -> int:
        """Return how many said nothing either way."""
        return self.opened - self.solved - self.unsolved - self.went_on

    @property
    def deflection_percent(self) -> Decimal | None:
        """Return the share of those who tell that was helped without a person; None where nobody tells."""
        telling = self.solved + self.unsolved + self.went_on
        if telling == 0:
            return None
        return (Decimal(100 * self.solved) / telling).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class ArticleFigures:
    """One article on the list of staff."""

    slug: str
    title: str
    published: int | None
    latest: int
    phase: str
    topic: str
    audience: str
    pinned: int | None
    author: str
    updated_at: datetime
    languages: tuple[str, ...]
    figures: Figures
    score: Decimal | None
    """The average of those who gave one, with one decimal place."""
    scores: int


async def article_figures(*, db: AsyncSession, since: datetime, until: datetime) -> Sequence[ArticleFigures]:
    """Return every article with what readers who opened it in that time made of it; the end is not part of it."""
    rows = (await (await db.connection()).execute(_FIGURES, {"since": since, "until": until})).mappings()
    same = ("slug", "title", "published", "latest", "phase", "topic", "audience", "pinned", "author", "updated_at")
    return [
        ArticleFigures(
            **{name: row[name] for name in same},
            languages=tuple(row["languages"] or ()),
            figures=Figures(row["opened"], row["solved"], row["unsolved"], row["went_on"]),
            score=None if row["score"] is None else row["score"].quantize(Decimal("0.1"), ROUND_HALF_UP),
            scores=row["scores"],
        )
        for row in rows
    ]


def total(figures: Sequence[Figures]) -> Figures:
    """Return the figures of several articles together."""
    names = ("opened", "solved", "unsolved", "went_on")
    return Figures(*(sum(getattr(each, name) for each in figures) for name in names))
