"""Runs of pulls as they stand in the database: begun, taken up again, moved on page by page, finished.

A run that broke off is taken up by the next pull of the same kind, from its page; whoever worked on it before notices
at its next page (``PullTakenOver``) and stops. Where a pull of changes begins is told by the partner's own clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.models.partner import Partner
from api.models.pulling import PullRun
from api.ports import Ports

PULL_OVERLAP = timedelta(minutes=15)
"""How far a pull reaches back behind the last one, since clocks differ and objects shift between pages."""
RESUMABLE = timedelta(hours=6)
"""A run that has not moved for longer is begun anew: the list behind its link is another one by now."""

_LIST = text(
    "INSERT INTO pull_listed (run_id, key) SELECT :run_id, unnest(CAST(:keys AS text[])) ON CONFLICT DO NOTHING"
)
_MOVE = text(
    "UPDATE pull_run SET next_link = :next_link, pages = pages + :pages, total = coalesce(:total, total),"
    " stored = stored + :stored, problems = problems + :problems, doubtful = doubtful + :doubtful,"
    " partner_at = coalesce(partner_at, :partner_at), updated_at = :now"
    " WHERE id = :id AND claim = :claim AND finished_at IS NULL"
)
_FORGET = text("DELETE FROM pull_listed WHERE run_id = :run_id")


class PullTakenOver(Conflict):
    """Another process took up this run of a pull and goes on with it. Fact: ``run_id``."""


async def take_up_run(
    db: AsyncSession, ports: Ports, now: datetime, partner: Partner, module: str, since: datetime | None
) -> PullRun:
    """Return the run of this kind that broke off, now ours, or a new one."""
    query = select(PullRun).where(
        PullRun.partner_id == partner.id,
        PullRun.module == module,
        col(PullRun.finished_at).is_(None),
        col(PullRun.since).is_(None) if since is None else col(PullRun.since).is_not(None),
    )
    found = list((await db.exec(query.order_by(col(PullRun.started_at)).with_for_update())).all())
    for run in found:
        if run.next_link is not None and run.updated_at > now - RESUMABLE:
            run.claim = ports.randomness.new_id("clm")
            await db.flush()
            return run
        await _end(db, run, now)
    run = PullRun(
        id=ports.randomness.new_id("pul"),
        partner_id=partner.id,
        module=module,
        claim=ports.randomness.new_id("clm"),
        since=since,
        started_at=now,
        updated_at=now,
    )
    db.add(run)
    await db.flush()
    return run


async def begin_anew(work_db: AsyncSession, ports: Ports, now: datetime, run: PullRun) -> PullRun:
    """End a run whose link leads nowhere any more, and return a new one of its kind."""
    row = await work_db.get_one(PullRun, run.id, populate_existing=True)
    await _end(work_db, row, now)
    partner = await work_db.get_one(Partner, run.partner_id)
    return await take_up_run(work_db, ports, now, partner, run.module, run.since)


async def since_of(db: AsyncSession, partner: Partner, module: str, last: datetime | None) -> datetime | None:
    """Return where the next pull of changes begins, None for the whole list when there was no pull yet.

    ``last`` is our own time of the last pull; what the partner's clock said then counts more.
    """
    if last is None:
        return None
    query = select(PullRun.partner_at).where(
        PullRun.partner_id == partner.id,
        PullRun.module == module,
        col(PullRun.finished_at).is_not(None),
        col(PullRun.next_link).is_(None),
        col(PullRun.partner_at).is_not(None),
    )
    found = (await db.exec(query.order_by(col(PullRun.started_at).desc()).limit(1))).first()
    return (found or last) - PULL_OVERLAP


async def move_run(
    db: AsyncSession,
    run: PullRun,
    now: datetime,
    *,
    keys: Sequence[str],
    next_link: str | None,
    pages: int = 1,
    total: int | None = None,
    problems: int = 0,
    doubtful: int = 0,
    partner_at: datetime | None = None,
) -> None:
    """Note a page as written, in the transaction that writes it; raises PullTakenOver."""
    connection = await db.connection()
    values = {"id": run.id, "claim": run.claim, "now": now, "next_link": next_link, "pages": pages, "total": total}
    values |= {"stored": len(keys), "problems": problems, "doubtful": doubtful, "partner_at": partner_at}
    if (await connection.execute(_MOVE, values)).rowcount != 1:
        raise PullTakenOver("pull_taken_over", run_id=run.id)
    if run.since is None and keys:
        await connection.execute(_LIST, {"run_id": run.id, "keys": sorted(set(keys))})


async def finish_run(db: AsyncSession, run: PullRun, now: datetime, *, removed: int, newest: datetime | None) -> None:
    """End a run that reached the end of the list.

    Without a clock of the partner's, the newest ``last_updated`` it listed is a moment that its clock has passed; one
    that lies ahead of us is not believed.
    """
    row = await db.get_one(PullRun, run.id, populate_existing=True)
    row.partner_at = row.partner_at or min(newest or row.started_at, row.started_at)
    row.removed, row.finished_at, row.next_link = removed, now, None
    await (await db.connection()).execute(_FORGET, {"run_id": run.id})
    await db.flush()


async def latest_runs(db: AsyncSession, partner_id: str, *, limit: int = 10) -> list[PullRun]:
    """Return a partner's latest pulls, newest first."""
    query = select(PullRun).where(PullRun.partner_id == partner_id)
    return list((await db.exec(query.order_by(col(PullRun.started_at).desc()).limit(limit))).all())


async def _end(db: AsyncSession, run: PullRun, now: datetime) -> None:
    """End a run that will not go on; its link stays, as a sign that it never reached the end."""
    run.finished_at = now
    run.next_link = run.next_link or ""
    await (await db.connection()).execute(_FORGET, {"run_id": run.id})
    await db.flush()
