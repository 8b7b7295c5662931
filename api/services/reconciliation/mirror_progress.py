"""How far the copy of one kind of object has come: kept page by page, so that a killed run goes on where it was.

Whoever stores a page moves the progress in the same transaction, and only from where they found it: of two runs that
copy the same kind at once, the one that comes second to a page stops.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.mirror import MirrorProgress


class TakenOver(Exception):
    """Another run has stored this page meanwhile."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run has copied of one kind so far."""

    pages: int = 0
    seen: int = 0
    new: int = 0
    changed: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the copy of one kind stands."""

    kind: str
    complete_until: datetime | None = None
    """Everything created before is there; None: nothing yet."""
    begun_at: datetime | None = None
    """When the run under way, or the last one, began."""
    since: datetime | None = None
    """From when on it looks; None: from the beginning."""
    after: str | None = None
    """Where it goes on; None: at its first page, or it is over."""
    done: bool = True
    counts: Counts = field(default_factory=Counts)

    def begin(self, *, at: datetime, overlap: timedelta) -> "Progress":
        """Return a run that begins at ``at`` and looks again at the last ``overlap`` of what is there."""
        since = None if self.complete_until is None else min(self.complete_until, at) - overlap
        return Progress(self.kind, self.complete_until, begun_at=at, since=since, done=False)

    def step(self, *, after: str | None, counts: Counts) -> "Progress":
        """Return the run behind one more page; without a next one it is over, and complete until it began."""
        done = after is None
        reached = self.begun_at if done else self.complete_until
        return replace(self, after=after, counts=counts, done=done, complete_until=reached)

    def from_the_top(self) -> "Progress":
        """Return the run before its first page: the processor no longer knows the object to go on behind."""
        return replace(self, after=None)


async def read_progress(*, db: AsyncSession, kind: str) -> Progress:
    """Return where the copy of a kind stands."""
    row = await db.get(MirrorProgress, kind)
    return Progress(kind) if row is None else progress_of(row)


async def move_progress(*, db: AsyncSession, now: datetime, was: Progress, to: Progress) -> None:
    """Move the copy of a kind from ``was``, as it was read; raises TakenOver where it stands elsewhere by now."""
    empty = insert(MirrorProgress).values(kind=was.kind, cursor={}, updated_at=now).on_conflict_do_nothing()
    await (await db.connection()).execute(empty)
    row = await db.get_one(MirrorProgress, was.kind, with_for_update=True, populate_existing=True)
    if progress_of(row) != was:
        raise TakenOver(was.kind)
    row.complete_until, row.cursor, row.updated_at = to.complete_until, _cursor(to), now
    db.add(row)
    await db.flush()


def progress_of(row: MirrorProgress) -> Progress:
    """Return what a row tells."""
    told = row.cursor
    return Progress(
        kind=row.kind,
        complete_until=row.complete_until,
        begun_at=_moment(told.get("begun_at")),
        since=_moment(told.get("since")),
        after=told.get("after"),
        done=told.get("done", True),
        counts=Counts(**told.get("counts", {})),
    )


def _cursor(progress: Progress) -> dict[str, Any]:
    return {
        "begun_at": progress.begun_at.isoformat() if progress.begun_at else None,
        "since": progress.since.isoformat() if progress.since else None,
        "after": progress.after,
        "done": progress.done,
        "counts": asdict(progress.counts),
    }


def _moment(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)
