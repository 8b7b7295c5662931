"""Looking at everything once: all probes at the same time, each within its time, then what follows from them.

Run every minute by a worker. A component that is down gets one incident, which closes by itself when it is well again
and has been open long enough; planned work opens none.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import AppError
from api.domain.support.availability import Level, Seen
from api.models.status import StatusIncident
from api.ports import Ports
from api.services.roaming.queries import connected_partners
from api.services.status.incidents import close_incident, open_incident
from api.services.status.maintenance import current_maintenance, keep_running
from api.services.status.probe_partners import partner_probe, starting_as_a_whole
from api.services.status.probes import PROBES, Look, Probe, Scene
from api.services.status.record import Seeing, Turn, decide_levels, minute_of, record_seen
from api.services.status.words import BY_PROBE, PARTNER, Component, component_of, subject_of
from api.services.work import StatementFailed, Work

_log = logging.getLogger(__name__)
AT_ONCE = 4
"""How many probes run at the same time: they must not use up the connections that others need."""


async def watch(*, work: Work, ports: Ports, now: datetime, probes: Sequence[Probe] = PROBES) -> None:
    """Run all probes and store what they saw and what follows from it."""
    async with work() as db:
        partners = await connected_partners(db)
    scene, room = Scene(work, ports, now), asyncio.Semaphore(AT_ONCE)
    asked = [*probes, *(partner_probe(each) for each in partners)]
    seen = list(await asyncio.gather(*(_seen(each, scene, room) for each in asked)))
    of_partners = [Look(each.seen, each.detail) for each in seen if each.component.startswith(PARTNER)]
    whole = starting_as_a_whole(of_partners)
    seen.append(Seeing(Component.STARTING, minute_of(now), whole.seen, whole.detail))
    async with work() as db:
        await record_seen(db, seen)
        turns = await decide_levels(db, now=now, watched=[each.component for each in seen])
        await keep_running(db, now)
        await follow(db, ports=ports, now=now, turns=turns)


async def _seen(probe: Probe, scene: Scene, room: asyncio.Semaphore) -> Seeing:
    """Run one probe; what breaks or takes too long is down."""
    async with room:
        began = monotonic()
        try:
            async with asyncio.timeout(probe.seconds):
                look = await probe.look(scene)
        except TimeoutError:
            look = Look(Seen.DOWN, "no_answer_in_time")
        except AppError as error:
            look = Look(Seen.DOWN, error.code)
        except (SQLAlchemyError, StatementFailed, OSError):
            look = Look(Seen.DOWN, "unreachable")
        except Exception:  # whatever one partner is like, what was seen of all others must not be lost for it
            _log.exception("status.probe_failed", extra={"component": probe.component})
            look = Look(Seen.DOWN, "probe_failed")
        took_ms = round((monotonic() - began) * 1000)
    return Seeing(probe.component, minute_of(scene.now), look.seen, look.detail, took_ms)


async def follow(db: AsyncSession, *, ports: Ports, now: datetime, turns: Sequence[Turn]) -> None:
    """Open incidents of what is down, and close those that opened by themselves and are over."""
    planned = {
        component_of(each.kind, each.subject_id) for each in await current_maintenance(db, now) if each.starts_at <= now
    }
    query = select(StatusIncident).where(col(StatusIncident.closed_at).is_(None), StatusIncident.opened_by == BY_PROBE)
    open_ones = {component_of(each.kind, each.subject_id): each for each in await db.exec(query)}
    for turn in turns:
        known = open_ones.get(turn.component)
        if turn.level is Level.DOWN and turn.component not in planned:
            kind, subject = subject_of(turn.component)
            await open_incident(
                db,
                kind=kind,
                subject_id=subject,
                reason=turn.detail or "down",
                now=turn.since if known is None else now,
                evidence={"detail": turn.detail},
                by=BY_PROBE,
            )
        elif known is not None and known.id is not None and _is_over(turn, known, ports, now):
            await close_incident(db, incident_id=known.id, now=now, by=BY_PROBE)


def _is_over(turn: Turn, incident: StatusIncident, ports: Ports, now: datetime) -> bool:
    """Say whether an incident may close: well again for sure, and open for its shortest time."""
    if turn.detail == "not_watched":
        return True
    return turn.level is Level.OPERATIONAL and now - incident.opened_at >= ports.policy.status.shortest_incident
