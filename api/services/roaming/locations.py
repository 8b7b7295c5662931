"""Storing locations as partners push them and pulling them all (OCPI 2.2.1 chapter 8).

A location and each EVSE in it is judged by its own ``last_updated``: an older pull does not undo a pushed status.
EVSEs on their own are in ``evses.py``, how a whole location is written in ``write_places.py``.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import PartyId
from api.domain.roaming.location import EvseStatus, Location
from api.domain.roaming.partner import Peer
from api.models.location import LocationRow
from api.models.partner import Partner
from api.ports import Ports
from api.ports.places import PulledPage
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable, PulledObject, UnreadableObject
from api.services.roaming.bulk import rows_of
from api.services.roaming.evses import evses_below, lock_location
from api.services.roaming.keys import UnusableId, object_key
from api.services.roaming.ladder import connector_of, evse_of, location_of
from api.services.roaming.partners import peer_of
from api.services.roaming.patching import merged, moment_of
from api.services.roaming.pull_runs import PULL_OVERLAP
from api.services.roaming.pulling import Listed, Pull, PullReport, Tell, Watch, run_pull
from api.services.roaming.raw_json import merge
from api.services.roaming.write_places import (
    Arrived,
    key_of,
    remove_evses,
    write_listed,
    write_location_alone,
    write_locations,
)
from api.services.work import Work

MOST_LOOKED_AT = 500
"""How many locations that a whole list lacks are asked for one by one in one pull; the others wait for the next."""

_UNLISTED = text(
    "SELECT key, country_code, party_id, id FROM location WHERE partner_id = :partner_id AND last_updated < :before"
    " AND NOT EXISTS (SELECT 1 FROM pull_listed WHERE run_id = :run_id AND pull_listed.key = location.key)"
    " AND EXISTS (SELECT 1 FROM evse WHERE evse.location_key = location.key AND status <> :removed)"
    " ORDER BY key LIMIT :most"
)
_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
_STANDING = text("SELECT key, last_updated FROM evse WHERE location_key = :key AND status <> :removed")


async def store_location(
    *,
    db: AsyncSession,
    now: datetime,  # noqa: ARG001 - every use case is told the time; here the partner's own clock counts
    partner: Partner,
    location: Location,
    raw: str | None = None,
    version: str | None = None,
) -> list[str]:
    """Store a whole location; return the keys of EVSEs that are new, changed their status or went missing.

    ``raw`` is the JSON as it came, ``version`` the OCPI version it came in.
    """
    return await write_locations(db, partner.id, (Arrived(location, raw, version),))


async def patch_location(
    *,
    db: AsyncSession,
    now: datetime,  # noqa: ARG001 - as above
    partner: Partner,
    country_code: str,
    party_id: str,
    location_id: str,
    changes: Mapping[str, object],
    raw: str | None = None,
    version: str | None = None,
) -> list[str]:
    """Merge a PATCH into a location; one older than what we hold is dropped. Raises UnknownLocation, PatchRefused."""
    at = moment_of(changes, version)
    key = await lock_location(db, partner, country_code, party_id, location_id)
    row = await db.get_one(LocationRow, key, populate_existing=True)
    location = merged(location_of(row), changes)
    if at is not None and at < row.last_updated:
        return []
    arrived = Arrived(location, merge(row.raw, raw) if row.raw and raw else row.raw, row.version or version)
    if "evses" in changes:
        return await write_locations(db, partner.id, (arrived,))
    await write_location_alone(db, partner.id, arrived)
    return []


async def location_by_id(
    db: AsyncSession, partner: Partner, country_code: str, party_id: str, location_id: str
) -> Location | None:
    """Return a partner's location with all below it, or None."""
    key = object_key(partner.id, country_code, party_id, location_id)
    row = await db.get(LocationRow, key, populate_existing=True)
    if row is None:
        return None
    below = await evses_below(db, key)
    return location_of(row, [evse_of(evse, map(connector_of, connectors)) for evse, connectors in below])


async def pull_locations(
    *,
    work: Work,
    ports: Ports,
    now: datetime,
    partner_id: str,
    whole: bool = False,
    tell: Tell | None = None,
    watch: Watch | None = None,
) -> PullReport:
    """Fetch a partner's locations: all of them the first time and when ``whole``, else what changed.

    An object that cannot be read is reported and does not stop the rest. After all were read, a location that was not
    among them, and that the partner does not give when asked for it, has its EVSEs marked as removed. Raises
    PartnerNotConnected, PartnerUnreachable, PartnerAnsweredBadly, PullTakenOver.
    """
    return await run_pull(
        work=work, ports=ports, now=now, partner_id=partner_id, kind=_Locations(), whole=whole, tell=tell, watch=watch
    )


class _Locations:
    """What a pull of locations is."""

    module = "locations"
    stamp = "locations_pulled_at"

    def pages(
        self, ports: Ports, peer: Peer, changed_since: datetime | None, begin_at: str | None
    ) -> AsyncIterator[PulledPage[Location]]:
        """Yield pages of locations."""
        return ports.places.location_pages(peer, changed_since=changed_since, begin_at=begin_at)

    def key_of(self, partner: Partner, value: Location) -> str:
        """Return a location's key; raises UnusableId also for what is below."""
        return key_of(partner.id, value)

    async def write(
        self,
        db: AsyncSession,
        now: datetime,  # noqa: ARG002 - the partner's own clock counts
        partner: Partner,
        page: Sequence[Listed],
    ) -> list[str]:
        """Write locations, planned for the tables as they are: they may grow from nothing while this runs."""
        await (await db.connection()).execute(_PLAN_ANEW)
        arrived = (Arrived(each.pulled.value, each.pulled.raw, partner.version, each.key) for each in page)
        return await write_listed(db, partner.id, arrived)

    async def remove_unlisted(self, pull: Pull) -> int:
        """Ask for each location that was not listed, and mark those as removed that are not there.

        Objects move between pages while a list is read, so that one may be missed that is there. An empty list is no
        evidence of anything.
        """
        if not pull.report.stored:
            return 0
        values: dict[str, Any] = {"partner_id": pull.partner.id, "run_id": pull.run.id, "most": MOST_LOOKED_AT}
        values |= {"before": pull.run.started_at - PULL_OVERLAP, "removed": EvseStatus.REMOVED.value}
        async with pull.work() as db:
            missing = await rows_of(db, _UNLISTED, **values)
        removed = 0
        for key, *parts in missing:
            try:
                removed += await _look_for(pull, key, *parts)
            except (PartnerUnreachable, PartnerAnsweredBadly, UnusableId) as error:
                pull.report.note(f"{'/'.join(parts)}: not listed, and asking for it failed: {error}", doubtful=False)
        return removed


async def _look_for(pull: Pull, key: str, country_code: str, party_id: str, location_id: str) -> bool:
    """Ask for one location that a list lacks: store it, or mark its EVSEs as removed. Say whether it is gone."""
    peer = peer_of(pull.partner, pull.ports).towards(PartyId(country_code, party_id))
    found = await pull.ports.places.fetch_location(peer, location_id)
    if isinstance(found, UnreadableObject):
        pull.report.note(found.reason, doubtful=False)
        return False
    async with pull.work() as db:
        if isinstance(found, PulledObject):
            arrived = Arrived(found.value, found.raw, pull.partner.version)
            if key_of(pull.partner.id, found.value) != key:
                return False
            changed = await write_locations(db, pull.partner.id, (arrived,))
        else:
            await lock_location(db, pull.partner, country_code, party_id, location_id)
            standing = await rows_of(db, _STANDING, key=key, removed=EvseStatus.REMOVED.value)
            changed = await remove_evses(db, {evse.key: evse.last_updated for evse in standing})
    await pull.say(changed)
    return found is None
