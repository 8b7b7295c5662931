"""Places that a partner speaks of and we do not hold whole: accepted, marked, and fetched on their own (ocpi.md 4.10).

A connector may also name a tariff that we do not have; single tariffs cannot be asked for, so the list is pulled.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import PartyId
from api.domain.roaming.location import Evse, Location
from api.domain.roaming.partner import Peer
from api.models.partner import Partner
from api.models.pulling import AwaitedPlace
from api.ports import Ports
from api.ports.roaming import PartnerAnsweredBadly, PulledObject, UnreadableObject
from api.services.deferral import Job, defer_once
from api.services.roaming.bulk import rows_of
from api.services.roaming.evses import UnknownLocation, store_evse
from api.services.roaming.keys import UnusableId, child_key, object_key
from api.services.roaming.locations import store_location
from api.services.roaming.partners import owns, partner_by_id, peer_of
from api.services.roaming.pulling import Tell
from api.services.roaming.pulls import ask_for_pull
from api.services.work import Work

TARIFFS_REST = timedelta(minutes=5)
"""A partner that names tariffs it does not publish has its list pulled no more often than this."""

_AWAIT = text(
    "INSERT INTO awaited_place (key, partner_id, country_code, party_id, location_id, evse_uid, asked, since)"
    " VALUES (:key, :partner_id, :country_code, :party_id, :location_id, :evse_uid, 1, :since)"
    " ON CONFLICT (key) DO UPDATE SET asked = awaited_place.asked + 1"
)
_UNKNOWN_TARIFF = text(
    "SELECT 1 FROM unnest(CAST(:ids AS text[])) AS wanted(id) WHERE NOT EXISTS (SELECT 1 FROM tariff"
    " WHERE tariff.partner_id = :partner_id AND upper(tariff.id) = upper(wanted.id)) LIMIT 1"
)


async def await_place(
    *,
    db: AsyncSession,
    now: datetime,
    partner: Partner,
    country_code: str,
    party_id: str,
    location_id: str,
    evse_uid: str | None = None,
) -> None:
    """Mark a location, or only an EVSE where its location is there, as awaited, and have it fetched once."""
    location_key = object_key(partner.id, country_code, party_id, location_id)
    known = await rows_of(db, text("SELECT 1 FROM location WHERE key = :key"), key=location_key)
    only_evse = evse_uid if known else None
    key = child_key(location_key, only_evse) if only_evse is not None else location_key
    values: dict[str, Any] = {"key": key, "partner_id": partner.id, "location_id": location_id, "evse_uid": only_evse}
    values |= {"country_code": country_code, "party_id": party_id, "since": now}
    await (await db.connection()).execute(_AWAIT, values)
    await defer_once(db, Job.FETCH_PLACE, once=partner.id, key=key)  # one at a time, however many it speaks of


async def fetch_place(*, work: Work, ports: Ports, now: datetime, key: str, tell: Tell) -> bool:
    """Fetch one awaited place and say whether it was stored; where it cannot be had, all locations are asked for.

    Raises PartnerUnreachable, PartnerNotConnected, UnknownPartner.
    """
    async with work() as db:
        awaited = await db.get(AwaitedPlace, key)
        if awaited is None:
            return False
        partner = await partner_by_id(db, awaited.partner_id)
    peer = peer_of(partner, ports).towards(PartyId(awaited.country_code, awaited.party_id))
    found = await _fetch(ports, peer, awaited)
    changed: list[str] | None = None
    async with work() as db:
        if isinstance(found, PulledObject):
            changed = await _store(db, now, partner, awaited, found)
        await db.delete(await db.get_one(AwaitedPlace, key))
        if changed is None:
            await ask_for_pull(db=db, job=Job.PULL_LOCATIONS, partner_id=partner.id)
    if changed:
        await tell(changed)
    return changed is not None


async def _fetch(
    ports: Ports, peer: Peer, awaited: AwaitedPlace
) -> PulledObject[Location] | PulledObject[Evse] | UnreadableObject | None:
    """Ask the partner for an awaited place; a bad answer is none."""
    try:
        if awaited.evse_uid is None:
            return await ports.places.fetch_location(peer, awaited.location_id)
        return await ports.places.fetch_evse(peer, awaited.location_id, awaited.evse_uid)
    except PartnerAnsweredBadly:
        return None


async def ask_for_unknown_tariffs(
    *, db: AsyncSession, now: datetime, partner: Partner, tariff_ids: Iterable[str]
) -> bool:
    """Have a partner's tariffs pulled if its connectors name one that we do not hold; say whether."""
    wanted = sorted(set(tariff_ids))
    last = partner.tariffs_pulled_at
    if not wanted or last is None or now - last < TARIFFS_REST:
        return False
    if not await rows_of(db, _UNKNOWN_TARIFF, ids=wanted, partner_id=partner.id):
        return False
    await ask_for_pull(db=db, job=Job.PULL_TARIFFS, partner_id=partner.id)
    return True


async def _store(
    db: AsyncSession,
    now: datetime,
    partner: Partner,
    awaited: AwaitedPlace,
    found: PulledObject[Location] | PulledObject[Evse],
) -> list[str] | None:
    """Store what was fetched; None when it is not what was asked for."""
    try:
        if isinstance(found.value, Location) and owns(partner, found.value.country_code, found.value.party_id):
            return await store_location(
                db=db, now=now, partner=partner, location=found.value, raw=found.raw, version=partner.version
            )
        if not isinstance(found.value, Evse):
            return None
        return await store_evse(
            db=db,
            partner=partner,
            country_code=awaited.country_code,
            party_id=awaited.party_id,
            location_id=awaited.location_id,
            evse=found.value,
            raw=found.raw,
            version=partner.version,
        )
    except (UnknownLocation, UnusableId):
        return None
