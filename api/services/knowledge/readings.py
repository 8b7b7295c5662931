"""What readers made of an article: opened it, say whether it solved the matter, went on to ask people.

One reading a reader and article. Drivers who are signed in are known by their id. Strangers are known by a digest: of a
random key of their app, or, in a browser, of the day and of where they come from; it needs no cookie and tells nobody
who it was.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.knowledge import ArticleReading
from api.ports.policy import ServicePolicy
from api.services.drivers.attempts import Limit, network_of
from api.services.knowledge.read import ArticleView

REMEMBERED = timedelta(hours=24)
"""Who opens a case within so long of reading is taken to ask about what they read."""
VOTES_OF_ONE_CALLER = 30
OPENINGS_OF_ONE_CALLER = 300
_OPEN = text(
    "INSERT INTO article_reading (slug, reader, revision, language, opened_at, seen_at)"
    " VALUES (:slug, :reader, :revision, :language, :now, :now)"
    " ON CONFLICT (slug, reader) DO UPDATE SET seen_at = greatest(article_reading.seen_at, excluded.seen_at)"
)
_VOTE = text(
    "UPDATE article_reading SET solved = :solved, score = :score, voted_at = :now, revision = :revision,"
    " language = :language WHERE slug = :slug AND reader = :reader"
)
_WENT_ON = text(
    "UPDATE article_reading SET went_on_at = coalesce(went_on_at, :now), case_id = coalesce(case_id, :case)"
    " WHERE reader = :reader AND seen_at > :since RETURNING slug"
)


def driver_reader(driver_id: str) -> str:
    """Return the reader that a signed-in driver is."""
    return f"driver:{driver_id}"


def visitor_reader(policy: ServicePolicy, visitor_key: str) -> str:
    """Return the reader behind the random key that an app made up for itself."""
    return _digest(policy, "key", visitor_key)


def stranger_reader(policy: ServicePolicy, *, now: datetime, caller: str, agent: str) -> str:
    """Return the reader at a browser without an account, for one day."""
    return _digest(policy, "browser", now.date().isoformat(), network_of(caller), agent[:500])


def _digest(policy: ServicePolicy, *parts: str) -> str:
    counted = "\n".join(("article reader", *parts)).encode()
    return f"visitor:{hmac.new(policy.sealing_key, counted, hashlib.sha256).hexdigest()[:32]}"


def votes_by(caller: str) -> tuple[Limit, ...]:
    """Return how often one caller may vote: many strangers behind one address vote, a flood does not."""
    return (Limit("help_votes", ("caller", network_of(caller)), VOTES_OF_ONE_CALLER),)


def openings_by(caller: str) -> tuple[Limit, ...]:
    """Return how many openings of one caller are counted."""
    return (Limit("help_openings", ("caller", network_of(caller)), OPENINGS_OF_ONE_CALLER),)


async def note_opening(*, db: AsyncSession, now: datetime, article: ArticleView, reader: str) -> None:
    """Remember that somebody opened an article; again it is the same reading."""
    bound = {"slug": article.slug, "reader": reader, "revision": article.number, "language": article.language}
    await (await db.connection()).execute(_OPEN, bound | {"now": now})


async def vote(
    *, db: AsyncSession, now: datetime, article: ArticleView, reader: str, solved: bool, score: int | None = None
) -> None:
    """Keep the one vote of a reader, which they may change: did this solve it?"""
    await note_opening(db=db, now=now, article=article, reader=reader)
    said = {"solved": solved, "score": score, "revision": article.number, "language": article.language}
    bound = {"slug": article.slug, "reader": reader, "now": now}
    await (await db.connection()).execute(_VOTE, bound | said)


async def went_on(*, db: AsyncSession, now: datetime, reader: str, case_id: str | None) -> Sequence[str]:
    """Note that a reader opened a case after all; return the articles they had read within a day.

    To be called by whoever opens a case; the articles belong into it, so that nobody advises what was tried already.
    """
    bound = {"reader": reader, "now": now, "case": case_id, "since": now - REMEMBERED}
    return sorted(row.slug for row in await (await db.connection()).execute(_WENT_ON, bound))


async def reading_of(*, db: AsyncSession, slug: str, reader: str) -> ArticleReading | None:
    """Return what a reader made of an article, None if they never opened it."""
    return await db.get(ArticleReading, (slug, reader))
