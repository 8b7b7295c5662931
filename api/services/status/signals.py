"""Noticing trouble before drivers complain: facts for the rules of ``domain/support/watch_rules.py``.

Each signal is an incident of the lowest severity, one per subject and reason, seen by staff alone; the room of support
makes cases of them. It closes by itself when the rule no longer finds it and it has been open for its shortest time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.start_success import Starts
from api.domain.support.watch_rules import (
    BEFORE,
    BUSY,
    BUSY_WINDOW,
    FLAP_WINDOW,
    FLAPS,
    LATELY,
    SILENCE,
    About,
    Signal,
    connector_flaps,
    site_silent,
    success_dropped,
)
from api.models.status import StatusIncident
from api.services.status.incidents import close_incident, open_incident
from api.services.status.sites import close_quiet_sites
from api.services.status.start_success import BEGUN, COUNTS_FOR_NETWORK, starts_by_network
from api.services.status.words import BY_RULE, Severity
from api.services.work import Work

SHORTEST = timedelta(hours=1)
"""A signal stays at least so long, so that somebody can see it."""


async def notice_trouble(*, work: Work, now: datetime) -> None:
    """Run all rules; open what they find, close what they find no more, and what no diagnosis finds any more."""
    async with work() as db:
        found = [*await _dropped(db, now), *await _flapping(db, now), *await _silent(db, now)]
        for each in found:
            await open_incident(
                db,
                kind=each.about.value,
                subject_id=each.subject_id,
                reason=each.rule.value,
                now=now,
                evidence=each.evidence,
                severity=Severity.SIGNAL,
                by=BY_RULE,
            )
        await _close_others(db, now, found)
        await close_quiet_sites(db, now=now)


async def open_signals(db: AsyncSession) -> Sequence[StatusIncident]:
    """Return the open signals, the newest first: for whoever makes cases of them, and for the console."""
    query = select(StatusIncident).where(
        StatusIncident.severity == Severity.SIGNAL, col(StatusIncident.closed_at).is_(None)
    )
    return (await db.exec(query.order_by(col(StatusIncident.id).desc()))).all()


async def _close_others(db: AsyncSession, now: datetime, found: Sequence[Signal]) -> None:
    still = {(each.about.value, each.subject_id, each.rule.value) for each in found}
    for row in await open_signals(db):
        over = row.opened_by == BY_RULE and now - row.opened_at >= SHORTEST
        if over and row.id is not None and (row.kind, row.subject_id, row.reason) not in still:
            await close_incident(db, incident_id=row.id, now=now, by=BY_RULE)


async def _dropped(db: AsyncSession, now: datetime) -> list[Signal]:
    """Return the networks and sites where starts fail more often than before."""
    found = []
    for each in await starts_by_network(db=db, now=now, lately=LATELY, before=BEFORE):
        about = {"about": About.PARTNER, "subject_id": each.partner_id}
        found.append(success_dropped(**about, lately=each.starts, before=each.before))  # type: ignore[arg-type]  # two of them
    values = {"since": now - LATELY, "before": now - LATELY - BEFORE, "now": now}
    for row in await (await db.connection()).execute(_BY_SITE, values):
        lately, before = Starts(row.asked, row.begun), Starts(row.asked_before, row.begun_before)
        found.append(success_dropped(about=About.SITE, subject_id=row.location_key, lately=lately, before=before))
    return [each for each in found if each is not None]


async def _flapping(db: AsyncSession, now: datetime) -> list[Signal]:
    """Return the sites with an EVSE that keeps breaking: one signal a site, of its worst EVSE."""
    worst: dict[str, Signal] = {}
    values = {"since": now - FLAP_WINDOW, "now": now}
    for row in await (await db.connection()).execute(_FAULTS, values):
        flaps = connector_flaps(location_key=row.location_key, evse_key=row.evse_key, broke_at=row.times, now=now)
        if flaps is not None:
            worst.setdefault(row.location_key, flaps)
    return list(worst.values())


async def _silent(db: AsyncSession, now: datetime) -> list[Signal]:
    """Return the busy sites of which nothing is heard."""
    values = {"since": now - BUSY_WINDOW, "silent": now - SILENCE}
    found = [
        site_silent(
            location_key=row.location_key,
            heard_at=row.heard_at,
            partner_heard_at=row.partner_heard_at,
            charges=row.charges,
            now=now,
        )
        for row in await (await db.connection()).execute(_HEARD, values)
    ]
    return [each for each in found if each is not None]


_BY_SITE = text(
    "SELECT c.location_key, count(*) FILTER (WHERE c.created_at >= :since) AS asked,"  # noqa: S608 - our own words
    f" count(*) FILTER (WHERE c.created_at >= :since AND {BEGUN}) AS begun,"
    " count(*) FILTER (WHERE c.created_at < :since) AS asked_before,"
    f" count(*) FILTER (WHERE c.created_at < :since AND {BEGUN}) AS begun_before"
    f" FROM charging_session c WHERE c.created_at >= :before AND c.created_at <= :now AND {COUNTS_FOR_NETWORK}"
    " GROUP BY 1 HAVING count(*) FILTER (WHERE c.created_at >= :since) > 0"
)
_FAULTS = text(
    "SELECT evse_key, location_key, array_agg(at) AS times FROM evse_fault WHERE at > :since AND at <= :now"  # noqa: S608 - our own words
    f" GROUP BY 1, 2 HAVING count(*) >= {FLAPS} ORDER BY count(*) DESC, evse_key"
)
_HEARD = text(
    "SELECT b.location_key, b.charges, l.partner_id, max(e.last_updated) AS heard_at,"  # noqa: S608 - our own words
    " max(u.last_at) AS partner_heard_at"
    " FROM (SELECT c.location_key, count(*) AS charges FROM charging_session c WHERE c.created_at > :since"
    f" AND c.charging_at IS NOT NULL GROUP BY 1 HAVING count(*) >= {BUSY}) b"
    " JOIN location l ON l.key = b.location_key JOIN evse e ON e.location_key = l.key AND e.status <> 'removed'"
    " JOIN partner_push u ON u.partner_id = l.partner_id AND u.module = 'locations'"
    " GROUP BY 1, 2, 3 HAVING max(e.last_updated) < :silent"
)
