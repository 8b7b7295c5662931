"""Pulling a partner's list of places or prices: page by page, each written in one transaction, resumable.

While a page is written the next one is fetched; nothing else is kept in memory. A page that cannot be written whole is
written object by object, so that one bad object loses only itself. What a list is, and what is removed when a whole
list lacks it, is told by a ``Kind`` (``locations.py``, ``tariffs.py``).
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.partner import Partner
from api.models.pulling import PullRun
from api.ports import Ports
from api.ports.places import PulledPage
from api.ports.roaming import PartnerAnsweredBadly, PulledObject, UnreadableObject
from api.services.roaming.keys import UnusableId
from api.services.roaming.partners import owns, partner_by_id, peer_of
from api.services.roaming.pull_runs import begin_anew, finish_run, move_run, since_of, take_up_run
from api.services.roaming.rows import is_unstorable
from api.services.work import Work

SHOWN_PROBLEMS = 100

Tell = Callable[[Sequence[str]], Awaitable[None]]
"""Hears of EVSEs, by key, that are new or changed their status; called after each page."""


@dataclass(slots=True)
class PullReport:
    """What a pull brought, and how far it is while it runs.

    ``problems`` name the first objects that could not be read or were not the partner's to send.
    """

    stored: int = 0
    removed: int = 0
    pages: int = 0
    total: int | None = None
    problem_count: int = 0
    doubtful: int = 0
    """Problems with objects that may be ones we hold: nothing is removed as long as there are any."""
    resumed: bool = False
    newest: datetime | None = None
    """The newest ``last_updated`` that was seen."""
    problems: list[str] = field(default_factory=list)

    def note(self, problem: str, *, doubtful: bool) -> None:
        """Count a problem and keep its text, if there are not too many already."""
        self.problem_count += 1
        self.doubtful += doubtful
        if len(self.problems) < SHOWN_PROBLEMS:
            self.problems.append(problem)


Watch = Callable[[PullReport], None]
"""Is shown the report after each page."""


class Listed(NamedTuple):
    """One good object of a page."""

    key: str
    pulled: PulledObject[Any]


class Kind(Protocol):
    """What is pulled."""

    module: str
    stamp: str
    """The column of the partner that says when it was pulled last."""

    def pages(
        self, ports: Ports, peer: Any, changed_since: datetime | None, begin_at: str | None
    ) -> AsyncIterator[PulledPage[Any]]:
        """Yield the partner's pages."""
        ...

    def key_of(self, partner: Partner, value: Any) -> str:
        """Return the key of an object; raises UnusableId."""
        ...

    async def write(self, db: AsyncSession, now: datetime, partner: Partner, page: Sequence[Listed]) -> list[str]:
        """Write objects of a page, no key twice; return the keys of EVSEs that changed."""
        ...

    async def remove_unlisted(self, pull: "Pull") -> int:
        """Remove what a whole list lacks; return how many objects that were."""
        ...


@dataclass(slots=True)
class Pull:
    """One pull while it runs."""

    work: Work
    ports: Ports
    now: datetime
    partner: Partner
    kind: Kind
    run: PullRun
    report: PullReport
    tell: Tell | None = None
    watch: Watch | None = None

    async def say(self, evse_keys: Sequence[str]) -> None:
        """Tell of changed EVSEs."""
        if evse_keys and self.tell is not None:
            await self.tell(evse_keys)


async def run_pull(
    *,
    work: Work,
    ports: Ports,
    now: datetime,
    partner_id: str,
    kind: Kind,
    whole: bool,
    tell: Tell | None,
    watch: Watch | None,
) -> PullReport:
    """Pull a list, taking up what broke off; raises the errors of the port, PartnerNotConnected, PullTakenOver."""
    async with work() as db:
        partner = await partner_by_id(db, partner_id)
        peer = peer_of(partner, ports)
        since = None if whole else await since_of(db, partner, kind.module, getattr(partner, kind.stamp))
        run = await take_up_run(db, ports, now, partner, kind.module, since)
    pull = Pull(work, ports, now, partner, kind, run, _report_of(run), tell, watch)
    try:
        await _read(pull, peer)
    except PartnerAnsweredBadly:
        if not pull.report.resumed or pull.report.pages != run.pages:
            raise
        async with work() as db:  # the link it broke off at leads nowhere any more
            pull.run = await begin_anew(db, ports, now, run)
        pull.report = _report_of(pull.run)
        await _read(pull, peer)
    await _finish(pull)
    return pull.report


async def _read(pull: Pull, peer: Any) -> None:
    """Take in the pages from where the run is."""
    run = pull.run
    pages = pull.kind.pages(pull.ports, peer, run.since, run.next_link)
    async with contextlib.aclosing(_one_ahead(pages)) as read:
        async for page in read:
            await _take(pull, page)
            if pull.watch is not None:
                pull.watch(pull.report)


async def _take(pull: Pull, page: PulledPage[Any]) -> None:
    """Write one page and move the run on; at once if that goes well, else object by object."""
    before = pull.report.problem_count, pull.report.doubtful
    good = _good(pull, page)
    try:
        async with pull.work() as db:
            changed = await pull.kind.write(db, pull.now, pull.partner, good)
            await _move(pull, db, page, good, before)
    except DBAPIError as error:
        if not is_unstorable(error):
            raise
        stored, changed = await _one_by_one(pull, good)
        async with pull.work() as db:
            await _move(pull, db, page, stored, before)
        good = stored
    pull.report.stored += len(good)
    pull.report.pages += 1
    pull.report.total = page.total if page.total is not None else pull.report.total
    await pull.say(changed)


async def _move(
    pull: Pull, db: AsyncSession, page: PulledPage[Any], good: Sequence[Listed], before: tuple[int, int]
) -> None:
    """Note a page as written."""
    await move_run(
        db,
        pull.run,
        pull.ports.clock.now(),
        keys=[each.key for each in good],
        next_link=page.next_link,
        total=page.total,
        problems=pull.report.problem_count - before[0],
        doubtful=pull.report.doubtful - before[1],
        partner_at=page.partner_at,
    )


def _good(pull: Pull, page: PulledPage[Any]) -> list[Listed]:
    """Return the objects of a page that may be written, the newest of each; report the others."""
    found: dict[str, PulledObject[Any]] = {}
    for each in page.objects:
        if isinstance(each, UnreadableObject):
            pull.report.note(each.reason, doubtful=True)
            continue
        value = each.value
        if not owns(pull.partner, value.country_code, value.party_id):
            pull.report.note(f"{_name(value)}: not the partner's", doubtful=False)
            continue
        try:
            key = pull.kind.key_of(pull.partner, value)
        except UnusableId as error:
            pull.report.note(str(error), doubtful=True)
            continue
        at = value.last_updated
        if key not in found or at is None or (known := found[key].value.last_updated) is None or known <= at:
            found[key] = each
        pull.report.newest = max(filter(None, (pull.report.newest, at)), default=None)
    return [Listed(key, found[key]) for key in sorted(found)]


async def _one_by_one(pull: Pull, good: Sequence[Listed]) -> tuple[list[Listed], list[str]]:
    """Write each object in a transaction of its own; return those that could be, and the EVSEs that changed."""
    stored: list[Listed] = []
    changed: list[str] = []
    for each in good:
        try:
            async with pull.work() as db:
                changed += await pull.kind.write(db, pull.now, pull.partner, [each])
        except DBAPIError as error:
            if not is_unstorable(error):
                raise
            pull.report.note(f"{_name(each.pulled.value)}: cannot be stored", doubtful=True)
        else:
            stored.append(each)
    return stored, changed


async def _finish(pull: Pull) -> None:
    """Remove what a whole list lacks, unless an object of it could not be read, and end the run."""
    report = pull.report
    if pull.run.since is None and not report.doubtful:
        report.removed = await pull.kind.remove_unlisted(pull)
    async with pull.work() as db:
        await finish_run(db, pull.run, pull.ports.clock.now(), removed=report.removed, newest=report.newest)
        setattr(await partner_by_id(db, pull.partner.id), pull.kind.stamp, pull.now)


async def _one_ahead(pages: AsyncIterator[PulledPage[Any]]) -> AsyncGenerator[PulledPage[Any], None]:
    """Yield pages, having the next one fetched while one is worked on."""

    async def fetch() -> PulledPage[Any]:
        return await anext(pages)

    upcoming = asyncio.create_task(fetch())
    try:
        while True:
            try:
                page = await upcoming
            except StopAsyncIteration:
                return
            upcoming = asyncio.create_task(fetch())
            yield page
    finally:
        upcoming.cancel()
        await asyncio.wait([upcoming])
        if not upcoming.cancelled():
            upcoming.exception()  # looked at, so that nobody warns of it: whoever stopped knows why


def _report_of(run: PullRun) -> PullReport:
    """Return the report of a run as far as it came."""
    return PullReport(
        stored=run.stored,
        pages=run.pages,
        total=run.total,
        problem_count=run.problems,
        doubtful=run.doubtful,
        resumed=run.next_link is not None,
    )


def _name(value: Any) -> str:
    return f"{value.country_code}/{value.party_id}/{value.id}"
