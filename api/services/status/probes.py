"""Probes: small functions that each look at one component, in a registry; how they are run is in ``watch.py``.

A probe returns what it saw and a word for why. What it raises of the foreseen kinds, and what takes too long, is down.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import text

from api.domain.support.availability import Seen
from api.ports import Ports
from api.services.status.words import Component
from api.services.work import Work

OK = 200
SLOW_DATABASE_SECONDS = 1.0
WAITED, WAITED_LONG = timedelta(minutes=5), timedelta(minutes=15)
"""How old the oldest due job of those that drivers wait for may be."""
OVERDUE, OVERDUE_LONG = timedelta(minutes=10), timedelta(hours=1)
"""How late a notice may be that is due."""
STRUGGLING = 3
TRIED_WITHIN = timedelta(minutes=30)
MAP_OLD, MAP_VERY_OLD = timedelta(hours=27), timedelta(hours=50)
"""Places are pulled once a day at least: with a day's news missing, and with two."""
WEBHOOKS_FROM, WEBHOOKS_UNTIL, WEBHOOKS_OF = timedelta(hours=2), timedelta(minutes=15), 3
"""So many calls answered by the processor within this while bring webhooks; without any they do not arrive."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a probe may look through."""

    work: Work
    ports: Ports
    now: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe saw; ``detail`` is a word of ours for why."""

    seen: Seen
    detail: str | None = None


UP = Look(Seen.UP)


@dataclass(frozen=True, slots=True)
class Probe:
    """One component and how to look at it."""

    component: str
    look: Callable[[Scene], Awaitable[Look]]
    seconds: float = 5.0


async def look_at_api(scene: Scene) -> Look:
    """Ask the app API from outside whether it is ready to serve."""
    status = await scene.ports.reach.ask(scene.ports.policy.status.probe_url)
    return UP if status == OK else Look(Seen.DOWN, "not_ready")


async def look_at_database(scene: Scene) -> Look:
    """Ask the database for something it need not look up."""
    began = monotonic()
    async with scene.work.statements() as on:
        await on.one("SELECT 1 AS n")
    return UP if monotonic() - began < SLOW_DATABASE_SECONDS else Look(Seen.DEGRADED, "slow")


async def look_at_payments(scene: Scene) -> Look:
    """Ask the processor for its newest payment, and see whether its webhooks arrive and are worked off."""
    await scene.ports.mirror.payments_page(since=scene.now, after=None, size=1)
    since, until = scene.now - WEBHOOKS_FROM, scene.now - WEBHOOKS_UNTIL
    async with scene.work() as db:
        row = (await (await db.connection()).execute(_WEBHOOKS, {"since": since, "until": until})).one()
    if row.calls >= WEBHOOKS_OF and not row.arrived:
        return Look(Seen.DEGRADED, "webhooks_missing")
    return Look(Seen.DEGRADED, "webhooks_wait") if row.waiting else UP


async def look_at_notices(scene: Scene) -> Look:
    """See whether notices and letters leave in time, and whether any is taken at all."""
    values = {"now": scene.now, "since": scene.now - TRIED_WITHIN}
    async with scene.work() as db:
        row = (await (await db.connection()).execute(_NOTICES, values)).one()
    late = scene.now - (row.due_at or scene.now)
    if late > OVERDUE_LONG or (row.struggling >= STRUGGLING and not row.sent):
        return Look(Seen.DOWN, "late" if late > OVERDUE_LONG else "not_taken")
    if late > OVERDUE or row.struggling > max(row.sent, STRUGGLING):
        return Look(Seen.DEGRADED, "late" if late > OVERDUE else "not_taken")
    return UP


async def look_at_jobs(scene: Scene) -> Look:
    """See how long the oldest due job waits, but for bulk work, which may."""
    async with scene.work() as db:
        waited: timedelta | None = (await (await db.connection()).execute(_JOBS)).scalar_one()
    if waited is None or waited <= WAITED:
        return UP
    return Look(Seen.DOWN if waited > WAITED_LONG else Seen.DEGRADED, "jobs_wait")


async def look_at_map(scene: Scene) -> Look:
    """See how old the newest word of each connected partner about its places is."""
    async with scene.work() as db:
        heard = [row.heard_at for row in await (await db.connection()).execute(_HEARD)]
    ages = [scene.now - each if each else None for each in heard]
    if ages and all(age is None or age > MAP_VERY_OLD for age in ages):
        return Look(Seen.DOWN, "places_old")
    return Look(Seen.DEGRADED, "places_old") if any(age is None or age > MAP_OLD for age in ages) else UP


_WEBHOOKS = text(
    "SELECT (SELECT count(*) FROM payment_operation o JOIN hold h ON h.id = o.hold_id AND h.psp = 'stripe'"
    " WHERE o.state = 'done' AND o.created_at BETWEEN :since AND :until) AS calls,"
    " EXISTS (SELECT 1 FROM processor_event e WHERE e.received_at > :since) AS arrived,"
    " EXISTS (SELECT 1 FROM processor_event e WHERE e.received_at BETWEEN :since AND :until AND e.handled_at IS NULL)"
    " AS waiting"
)
_NOTICES = text(
    "WITH outgoing AS (SELECT outcome, attempts, next_attempt_at, finished_at FROM notice_delivery"
    " WHERE outcome = 'waiting' OR finished_at > :since UNION ALL"
    " SELECT outcome, attempts, next_attempt_at, finished_at FROM letter"
    " WHERE outcome = 'waiting' OR finished_at > :since)"
    " SELECT min(next_attempt_at) FILTER (WHERE outcome = 'waiting' AND next_attempt_at <= :now) AS due_at,"
    " count(*) FILTER (WHERE outcome = 'waiting' AND attempts > 0) AS struggling,"
    " count(*) FILTER (WHERE outcome = 'sent') AS sent FROM outgoing"
)
_JOBS = text(
    "SELECT max(now() - coalesce(j.scheduled_at, (SELECT min(e.at) FROM procrastinate_events e WHERE e.job_id = j.id)))"
    " FROM (SELECT id, scheduled_at FROM procrastinate_jobs WHERE status = 'todo' AND queue_name <> 'bulk'"
    " AND (scheduled_at IS NULL OR scheduled_at <= now()) ORDER BY id LIMIT 100) j"
)
_HEARD = text(
    "SELECT p.id, greatest(p.locations_pulled_at, u.last_at) AS heard_at FROM partner p"
    " LEFT JOIN partner_push u ON u.partner_id = p.id AND u.module = 'locations'"
    " WHERE p.status = 'connected' AND p.registered_at IS NOT NULL"
)

PROBES: tuple[Probe, ...] = (
    Probe(Component.APP_API, look_at_api, 6.0),
    Probe(Component.DATABASE, look_at_database),
    Probe(Component.PAYMENTS, look_at_payments, 10.0),
    Probe(Component.NOTICES, look_at_notices),
    Probe(Component.JOB_QUEUE, look_at_jobs),
    Probe(Component.MAP_DATA, look_at_map),
)
"""All that is looked at each time, beside the partners (``probe_partners.py``)."""
