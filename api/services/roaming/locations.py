"""Storing locations as partners push them and pulling them all (OCPI 2.2.1 chapter 8).

A location and each EVSE in it is judged by its own ``last_updated``: an older pull does not undo a pushed status.
EVSEs on their own are in ``evses.py``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.location import Evse, Location
from api.models.location import EvseRow, LocationRow
from api.models.partner import Partner
from api.ports import Ports
from api.ports.roaming import UnreadableObject
from api.services.roaming.evses import connector_rows, locked_location, remove_missing, write_evses
from api.services.roaming.keys import UnusableId, object_key
from api.services.roaming.ladder import connector_of, evse_of, location_of, location_values
from api.services.roaming.partners import owns, partner_by_id, peer_of
from api.services.roaming.patching import merged, moment_of
from api.services.roaming.rows import is_unstorable, load_locked, put_row
from api.services.work import Work

PULL_OVERLAP = timedelta(minutes=15)
"""How far a pull reaches back behind the last one, since clocks differ and objects shift between pages."""


@dataclass(slots=True)
class PullReport:
    """What a pull brought. ``problems`` name the objects that could not be read or were not the partner's to send."""

    stored: int = 0
    removed: int = 0
    problems: list[str] = field(default_factory=list)
    changed_evse_keys: list[str] = field(default_factory=list)


async def store_location(
    *,
    db: AsyncSession,
    now: datetime,  # noqa: ARG001 - every use case is told the time; here the partner's own clock counts
    partner: Partner,
    location: Location,
) -> list[str]:
    """Store a whole location; return the keys of EVSEs that are new, changed their status or went missing."""
    key = object_key(partner.id, location.country_code, location.party_id, location.id)
    row = await load_locked(db, LocationRow, key)
    fresh = row is None or location.last_updated >= row.last_updated
    if fresh:
        put_row(db, LocationRow, row, {"key": key, "partner_id": partner.id} | location_values(location))
        await db.flush()
    changed = await write_evses(db, key, location.evses)
    if fresh:
        changed += await remove_missing(db, key, (evse.uid for evse in location.evses), location.last_updated)
    return changed


async def patch_location(
    *,
    db: AsyncSession,
    now: datetime,
    partner: Partner,
    country_code: str,
    party_id: str,
    location_id: str,
    changes: Mapping[str, object],
) -> list[str]:
    """Merge a PATCH into a location; one older than what we hold is dropped. Raises UnknownLocation, PatchRefused."""
    at = moment_of(changes)
    row = await locked_location(db, partner, country_code, party_id, location_id)
    location = merged(location_of(row, await _evses_of(db, row.key)), changes)
    if at < row.last_updated:
        return []
    return await store_location(db=db, now=now, partner=partner, location=location)


async def location_by_id(
    db: AsyncSession, partner: Partner, country_code: str, party_id: str, location_id: str
) -> Location | None:
    """Return a partner's location with all below it, or None."""
    row = await db.get(LocationRow, object_key(partner.id, country_code, party_id, location_id))
    return location_of(row, await _evses_of(db, row.key)) if row else None


async def pull_locations(
    *, work: Work, ports: Ports, now: datetime, partner_id: str, whole: bool = False
) -> PullReport:
    """Fetch a partner's locations: all of them the first time and when ``whole``, else what changed.

    An object that cannot be read is reported and does not stop the rest. After all were read, a location that was not
    among them has its EVSEs marked as removed. Raises PartnerNotConnected, PartnerUnreachable, PartnerAnsweredBadly.
    """
    async with work() as db:
        partner = await partner_by_id(db, partner_id)
        peer, last = peer_of(partner, ports), partner.locations_pulled_at
    since = None if whole or last is None else last - PULL_OVERLAP
    report, seen = PullReport(), set[str]()
    async for found in ports.roaming.pull_locations(peer, changed_since=since):
        if isinstance(found, UnreadableObject):
            report.problems.append(found.reason)
            continue
        await _store_pulled(work, now, partner, found.value, report, seen)
    async with work() as db:
        if since is None and seen and not report.problems:
            await _remove_unlisted(db, partner, seen, now, report)
        (await partner_by_id(db, partner_id)).locations_pulled_at = now
    return report


async def _store_pulled(
    work: Work, now: datetime, partner: Partner, location: Location, report: PullReport, seen: set[str]
) -> None:
    """Store one pulled location, or note why not."""
    if not owns(partner, location.country_code, location.party_id):
        report.problems.append(f"{location.country_code}/{location.party_id}/{location.id}: not the partner's")
        return
    try:
        async with work() as db:
            changed = await store_location(db=db, now=now, partner=partner, location=location)
    except UnusableId as error:
        report.problems.append(str(error))
    except DBAPIError as error:
        if not is_unstorable(error):
            raise
        report.problems.append(f"{location.country_code}/{location.party_id}/{location.id}: cannot be stored")
    else:
        seen.add(object_key(partner.id, location.country_code, location.party_id, location.id))
        report.changed_evse_keys += changed
        report.stored += 1


async def _remove_unlisted(
    db: AsyncSession, partner: Partner, seen: Iterable[str], now: datetime, report: PullReport
) -> None:
    """Mark everything as removed at locations that a whole pull did not list, but for those pushed during the pull."""
    listed = set(seen)
    for row in (await db.exec(select(LocationRow).where(LocationRow.partner_id == partner.id))).all():
        if row.key not in listed and row.last_updated < now - PULL_OVERLAP:
            report.changed_evse_keys += await remove_missing(db, row.key, (), now)
            report.removed += 1


async def _evses_of(db: AsyncSession, location_key: str) -> list[Evse]:
    """Return a location's EVSEs with their connectors, in the order of their keys."""
    query = select(EvseRow).where(EvseRow.location_key == location_key).order_by(EvseRow.key)
    rows = (await db.exec(query)).all()
    connectors = await connector_rows(db, [row.key for row in rows])
    return [evse_of(row, [connector_of(c) for c in connectors if c.evse_key == row.key]) for row in rows]
