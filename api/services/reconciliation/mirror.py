"""Copying the processor's objects into our tables, so that both sides can be compared in one query.

First what was created since the last copy, and two days before it again, since statuses change: page by page, each page
stored in one transaction with the place to go on from. Then, by id, what is older and may have changed all the same
(``mirror_again.py``). A run that is killed, or that the processor turns away, is taken up where it was. What belongs to
other installations at the same account is copied too and keeps the environment that it tells: ``environment`` of a row
is ours (``ServicePolicy.environment``), another's, or None where nobody says whose it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.mirror import MirrorProgress
from api.ports import Ports
from api.ports.mirror import Page
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.services.reconciliation.mirror_again import due_payments, due_refunds
from api.services.reconciliation.mirror_progress import (
    Progress,
    TakenOver,
    move_progress,
    progress_of,
    read_progress,
)
from api.services.reconciliation.mirror_rows import TABLES, Row, entry_rows, payment_rows, refund_rows, store_rows
from api.services.work import Work

OVERLAP = timedelta(hours=48)
"""How far a copy looks back behind what it has: longer than clocks differ and than most objects change."""

PAGE = 100
"""The most that the processor gives at once."""

AHEAD = 5_000
"""For how many objects to look up by id the database is asked at once."""

WAITS = (2.0, 5.0, 15.0, 30.0, 60.0)
"""Seconds to wait before asking again: all of them when we ask too often (429), the first two for other failures."""

Pause = Callable[[float], Awaitable[None]]


class Halt(StrEnum):
    """Why a copy ended before it was complete."""

    PROCESSOR_AWAY = "processor_away"
    ENOUGH_FOR_NOW = "enough_for_now"
    TAKEN_OVER = "taken_over"


@dataclass(frozen=True, slots=True)
class MirrorCopy:
    """What a copy did: where each kind stands now, and why it ended early, if it did."""

    began_at: datetime
    steps: tuple[Progress, ...]
    halt: Halt | None = None
    detail: str = ""

    @property
    def complete(self) -> bool:
        """Say whether everything that was created before it began is there."""
        return self.halt is None


@dataclass(slots=True)
class _Run:
    """One run: what it works with, and how many pages it may still take."""

    work: Work
    ports: Ports
    began_at: datetime
    page_size: int
    overlap: timedelta
    pause: Pause
    pages_left: int | None
    again: bool
    """Whether kinds that are complete until it began are looked through once more."""
    ahead: dict[str, Sequence[str]] = field(default_factory=dict)
    """By kind: what is to be looked up by id, as found for many pages at once."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows of one page, and where to go on."""

    rows: Sequence[Row]
    after: str | None
    unreadable: int


class _EnoughForNow(Exception):
    """The run has taken as many pages as it may."""


async def copy_processor(
    *,
    work: Work,
    ports: Ports,
    page_size: int = PAGE,
    overlap: timedelta = OVERLAP,
    most_pages: int | None = None,
    goes_on: datetime | None = None,
    pause: Pause = asyncio.sleep,
) -> MirrorCopy:
    """Bring the copy up to date, going on where an earlier run stopped; with ``most_pages`` stop after so many.

    ``goes_on`` is the ``began_at`` of a copy that stopped early: what it finished is not begun again. Raises
    ``ProcessorRefused`` where the processor says no to what is asked, which no waiting cures.
    """
    began_at = goes_on or ports.clock.now()
    run = _Run(work, ports, began_at, page_size, overlap, pause, most_pages, again=goes_on is None)
    done: list[Progress] = []
    try:
        for kind in TABLES:
            done.append(await _copy_kind(run, kind))
    except OutcomeUnknown as away:
        return MirrorCopy(began_at, tuple(done), Halt.PROCESSOR_AWAY, str(away))
    except TakenOver as other:
        return MirrorCopy(began_at, tuple(done), Halt.TAKEN_OVER, str(other))
    except _EnoughForNow:
        return MirrorCopy(began_at, tuple(done), Halt.ENOUGH_FOR_NOW)
    return MirrorCopy(began_at, tuple(done))


async def mirror_state(*, db: AsyncSession) -> tuple[Progress, ...]:
    """Return where the copy of each kind stands, in the order in which they are copied."""
    rows = {
        row.kind: progress_of(row) for row in await db.exec(select(MirrorProgress).order_by(col(MirrorProgress.kind)))
    }
    return tuple(rows.get(kind, Progress(kind)) for kind in TABLES)


async def _copy_kind(run: _Run, kind: str) -> Progress:
    """Finish what an earlier run began, then copy what there is since."""
    async with run.work() as db:
        progress = await read_progress(db=db, kind=kind)
    wanted = run.again
    while not progress.done:
        progress = await _copy_page(run, progress)
        wanted = False
    if wanted or progress.complete_until is None or progress.complete_until < run.began_at:
        was, progress = progress, progress.begin(at=run.began_at, overlap=run.overlap)
        async with run.work() as db:
            await move_progress(db=db, now=run.ports.clock.now(), was=was, to=progress)
    while not progress.done:
        progress = await _copy_page(run, progress)
    return progress


async def _copy_page(run: _Run, was: Progress) -> Progress:
    """Fetch one page and store it with the place to go on from."""
    if run.pages_left is not None:
        if run.pages_left == 0:
            raise _EnoughForNow
        run.pages_left -= 1
    seen_at = run.ports.clock.now()
    try:
        batch = await _politely(run, was)
    except ProcessorRefused as refused:
        if was.after is None or refused.processor_code != "resource_missing":
            raise
        async with run.work() as db:
            await move_progress(db=db, now=seen_at, was=was, to=(top := was.from_the_top()))
        return top
    async with run.work() as db:
        stored = await store_rows(db=db, table=TABLES[was.kind], rows=batch.rows, seen_at=seen_at)
        counts = replace(
            was.counts,
            pages=was.counts.pages + 1,
            seen=was.counts.seen + len(batch.rows),
            new=was.counts.new + stored.new,
            changed=was.counts.changed + stored.changed,
            unreadable=was.counts.unreadable + batch.unreadable,
        )
        to = was.step(after=batch.after, counts=counts)
        await move_progress(db=db, now=seen_at, was=was, to=to)
    return to


async def _politely(run: _Run, progress: Progress) -> _Batch:
    """Fetch a page; wait longer and longer where the processor has no time for us, and raise in the end."""
    for tried, seconds in enumerate(WAITS):
        try:
            return await _FETCH[progress.kind](run, progress)
        except OutcomeUnknown as away:
            if away.facts.get("http_status") != 429 and tried >= 2:
                raise
            await run.pause(seconds)
    return await _FETCH[progress.kind](run, progress)


async def _payments(run: _Run, at: Progress) -> _Batch:
    page = await run.ports.mirror.payments_page(since=at.since, after=at.after, size=run.page_size)
    return _Batch(payment_rows(page.found), page.after, len(page.unreadable))


async def _refunds(run: _Run, at: Progress) -> _Batch:
    page = await run.ports.mirror.refunds_page(since=at.since, after=at.after, size=run.page_size)
    return _Batch(refund_rows(page.found), page.after, len(page.unreadable))


async def _entries(run: _Run, at: Progress) -> _Batch:
    page = await run.ports.mirror.entries_page(since=at.since, after=at.after, size=run.page_size)
    return _Batch(entry_rows(page.found), page.after, len(page.unreadable))


async def _refunds_again(run: _Run, at: Progress) -> _Batch:
    ids = await _due(run, at, due_refunds)
    page = await run.ports.mirror.fetch_refunds(ids) if ids else Page(())
    return _Batch(refund_rows(page.found), _behind(run, ids), len(page.unreadable))


async def _payments_again(run: _Run, at: Progress) -> _Batch:
    ids = await _due(run, at, due_payments)
    page = await run.ports.mirror.fetch_payments(ids) if ids else Page(())
    return _Batch(payment_rows(page.found), _behind(run, ids), len(page.unreadable))


async def _due(run: _Run, at: Progress, find: Callable[..., Awaitable[Sequence[str]]]) -> Sequence[str]:
    """Return the next ids of a page; the database looks through all holds for them, so for many pages at once."""
    waiting = [each for each in run.ahead.get(at.kind, ()) if each > (at.after or "")]
    if not waiting:
        async with run.work() as db:
            environment, limit = run.ports.policy.environment, max(AHEAD, run.page_size)
            waiting = list(await find(db=db, environment=environment, since=at.begun_at, after=at.after, limit=limit))
        run.ahead[at.kind] = waiting
    return waiting[: run.page_size]


def _behind(run: _Run, ids: Sequence[str]) -> str | None:
    """Return where to go on: a full page may have a next one."""
    return ids[-1] if len(ids) == run.page_size else None


_FETCH: dict[str, Callable[[_Run, Progress], Awaitable[_Batch]]] = {
    "payments": _payments,
    "refunds": _refunds,
    "entries": _entries,
    "refunds_again": _refunds_again,
    "payments_again": _payments_again,
}
