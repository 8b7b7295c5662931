"""Writing whole locations with all below them, one or a page of them at a time, in a handful of plain statements.

Both ways in come through here: a PUT writes one, a pull a page. Each location, EVSE and connector is judged by its own
``last_updated``; locations are locked first and in the order of their keys, everything below is under their lock.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.location import Connector, Evse, EvseStatus, Location
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.services.roaming.bulk import NewestWins, copy_all, rows_of
from api.services.roaming.keys import child_key, connector_public_id, object_key
from api.services.roaming.ladder import connector_values, evse_values, location_values
from api.services.roaming.raw_json import Fields, dump, fields_of, items_of

_LOCATIONS = NewestWins(LocationRow)
_EVSES = NewestWins(EvseRow, keep_where_null=("position",), under_lock=True)
_CONNECTORS = NewestWins(ConnectorRow, keep_where_null=("position",), under_lock=True)
_NOTHING_BELOW = msgspec.Raw(b"[]")
_BY_KEY = itemgetter("key")
_value = msgspec.json.Decoder().decode

_ANY_KNOWN = text("SELECT 1 FROM location WHERE key = ANY(:keys) LIMIT 1")
_STORED = text(
    "SELECT location.key, location.last_updated, evse.key, evse.status, evse.last_updated FROM location"
    " LEFT JOIN evse ON evse.location_key = location.key WHERE location.key = ANY(:keys)"
)
_REMOVE_EVSES = text(
    f"UPDATE evse SET status = '{EvseStatus.REMOVED.value}', raw = NULL, position = NULL,"  # noqa: S608 - a word of ours
    " last_updated = given.at FROM unnest(CAST(:keys AS text[]), CAST(:ats AS timestamptz[])) AS given(key, at)"
    " WHERE evse.key = given.key"
)
_DROP_CONNECTORS = text("DELETE FROM connector WHERE evse_key = ANY(:evse_keys) AND key <> ALL(:kept)")


class Arrived(NamedTuple):
    """A location as it came: what we read of it, its JSON if there is any, and the OCPI version of both."""

    location: Location
    raw: str | None = None
    version: str | None = None
    key: str | None = None
    """Its key, where that is known already."""


class ArrivedEvse(NamedTuple):
    """An EVSE of a location as it came."""

    evse: Evse
    raw: Fields | None = None
    version: str | None = None
    position: int | None = None


class _Known(NamedTuple):
    """What was stored of an EVSE before."""

    location_key: str
    status: str
    last_updated: datetime


def key_of(partner_id: str, location: Location) -> str:
    """Return the key of a location; raises UnusableId for its id or any below it."""
    key = object_key(partner_id, location.country_code, location.party_id, location.id)
    for evse in location.evses:
        for connector in evse.connectors:
            child_key(child_key(key, evse.uid), connector.id)
        child_key(key, evse.uid)
    return key


async def write_locations(db: AsyncSession, partner_id: str, arrived: Iterable[Arrived]) -> list[str]:
    """Write whole locations; return the keys of EVSEs that are new, changed their status or went missing."""
    return await _write_split(db, [_split(key, partner_id, each) for key, each in _newest(partner_id, arrived).items()])


async def write_listed(db: AsyncSession, partner_id: str, arrived: Iterable[Arrived]) -> list[str]:
    """Write whole locations as ``write_locations`` does; faster where none of them is known."""
    places = [_split(key, partner_id, each) for key, each in _newest(partner_id, arrived).items()]
    places.sort(key=lambda each: each.key)
    if not await rows_of(db, _ANY_KNOWN, keys=[each.key for each in places]):
        evses = {key: (place.key, evse) for place in places for key, evse in place.evses.items()}
        parts = (
            (_LOCATIONS, [each.row for each in places]),
            (_EVSES, sorted((_evse_row(key, *each) for key, each in evses.items()), key=_BY_KEY)),
            (_CONNECTORS, sorted(_connector_rows(evses), key=_BY_KEY)),
        )
        if await copy_all(db, parts):
            return list(evses)
    return await _write_split(db, places)


class _Split(NamedTuple):
    """A location as the rows it becomes."""

    key: str
    last_updated: datetime
    row: dict[str, Any]
    evses: dict[str, "ArrivedEvse"]
    """By their keys."""


def _newest(partner_id: str, arrived: Iterable[Arrived]) -> dict[str, Arrived]:
    """Return locations by their keys, of each the newest."""
    newest: dict[str, Arrived] = {}
    for each in arrived:
        key = each.key or key_of(partner_id, each.location)
        if key not in newest or newest[key].location.last_updated <= each.location.last_updated:
            newest[key] = each
    return newest


async def _write_split(db: AsyncSession, places: Sequence[_Split]) -> list[str]:
    """Write locations, each by its own clock, and remove what fresh ones list no more."""
    await _LOCATIONS.write(db, [each.row for each in places])
    clocks, known = await _stored(db, [each.key for each in places])
    listed = {key: (place.key, evse) for place in places for key, evse in place.evses.items()}
    changed = await _write_evses(db, listed, known)
    fresh = {each.key: each.last_updated for each in places if clocks[each.key] <= each.last_updated}
    gone = {
        key: fresh[evse.location_key]
        for key, evse in known.items()
        if evse.location_key in fresh and key not in listed and evse.status != EvseStatus.REMOVED
    }
    return changed + await remove_evses(db, {key: at for key, at in gone.items() if known[key].last_updated <= at})


async def write_location_alone(db: AsyncSession, partner_id: str, arrived: Arrived) -> None:
    """Write a location's own fields and leave everything below it as it is."""
    key = key_of(partner_id, arrived.location)
    await _LOCATIONS.write(db, [_split(key, partner_id, arrived).row])


async def write_evse(
    db: AsyncSession, location_key: str, evse: Evse, raw: Fields | None, version: str | None
) -> list[str]:
    """Write one EVSE with its connectors below a locked location; return its key if it is new or its status changed."""
    _, known = await _stored(db, (location_key,))
    arrived = ArrivedEvse(evse, raw, version)
    return await _write_evses(db, {child_key(location_key, evse.uid): (location_key, arrived)}, known)


async def write_connector(
    db: AsyncSession, evse_key: str, connector: Connector, raw: Fields | None, version: str | None
) -> None:
    """Write one connector below an EVSE of a locked location, unless the stored one is newer."""
    await _CONNECTORS.write(db, [_connector_row(evse_key, connector, raw, version, None)])


async def remove_evses(db: AsyncSession, gone: Mapping[str, datetime]) -> list[str]:
    """Mark EVSEs (by key, with the moment they went) as removed; return their keys. The rows stay, and show nothing."""
    if gone:
        keys = sorted(gone)
        await (await db.connection()).execute(_REMOVE_EVSES, {"keys": keys, "ats": [gone[key] for key in keys]})
    return list(gone)


async def _stored(db: AsyncSession, keys: Iterable[str]) -> tuple[dict[str, datetime], dict[str, _Known]]:
    """Return the clocks of locked locations, and what is stored of their EVSEs."""
    clocks: dict[str, datetime] = {}
    known: dict[str, _Known] = {}
    for key, clock, evse_key, status, updated in await rows_of(db, _STORED, keys=list(keys)):
        clocks[key] = clock
        if evse_key is not None:
            known[evse_key] = _Known(key, status, updated)
    return clocks, known


async def _write_evses(
    db: AsyncSession, arrived: Mapping[str, tuple[str, ArrivedEvse]], known: Mapping[str, _Known]
) -> list[str]:
    """Write the EVSEs that are not older than what we hold, with their connectors (which they replace)."""
    fresh = {
        key: each
        for key, each in arrived.items()
        if key not in known or known[key].last_updated <= each[1].evse.last_updated
    }
    await _EVSES.write(db, [_evse_row(key, *each) for key, each in fresh.items()])
    rows = _connector_rows(fresh)
    await _CONNECTORS.write(db, rows)
    if there := [key for key in fresh if key in known]:
        kept = [row["key"] for row in rows]
        await (await db.connection()).execute(_DROP_CONNECTORS, {"evse_keys": there, "kept": kept})
    return [key for key, (_, each) in fresh.items() if key not in known or known[key].status != each.evse.status]


def _split(key: str, partner_id: str, arrived: Arrived) -> _Split:
    """Return a location as a row and what is below it, each EVSE with its own JSON, the last of those of one uid."""
    location = arrived.location
    fields = _fields(arrived.raw)
    parts = _parts_of(fields, "evses", "uid")
    own = {"key": key, "partner_id": partner_id, "raw": _without(fields, "evses"), "version": arrived.version}
    row = location_values(location) | own | {"own_updated": location.last_updated}
    evses = {
        child_key(key, evse.uid): ArrivedEvse(evse, parts.get(evse.uid.strip().upper()), arrived.version, position)
        for position, evse in enumerate(location.evses)
    }
    return _Split(key, location.last_updated, row, evses)


def _evse_row(key: str, location_key: str, arrived: ArrivedEvse) -> dict[str, Any]:
    own = {"key": key, "location_key": location_key, "own_updated": arrived.evse.last_updated}
    raw = _without(arrived.raw, "connectors")
    return evse_values(arrived.evse) | own | {"raw": raw, "version": arrived.version, "position": arrived.position}


def _connector_row(
    evse_key: str, connector: Connector, raw: Fields | None, version: str | None, position: int | None
) -> dict[str, Any]:
    key = child_key(evse_key, connector.id)
    own = {"key": key, "evse_key": evse_key, "public_id": connector_public_id(key), "position": position}
    return connector_values(connector) | own | {"raw": dump(raw) if raw else None, "version": version}


def _connector_rows(evses: Mapping[str, tuple[str, ArrivedEvse]]) -> list[dict[str, Any]]:
    """Return the rows of all connectors of EVSEs, each with its own JSON, of an EVSE no id twice."""
    rows: list[dict[str, Any]] = []
    for evse_key, (_, arrived) in evses.items():
        parts = _parts_of(arrived.raw, "connectors", "id")
        found = {each.id.upper(): (each, number) for number, each in enumerate(arrived.evse.connectors)}
        rows += (
            _connector_row(evse_key, each, parts.get(each.id.strip().upper()), arrived.version, position)
            for each, position in found.values()
        )
    return rows


def _without(fields: Fields | None, below: str) -> str | None:
    """Return an object as text with the list below it emptied in its place, None where there is no object."""
    if fields is None:
        return None
    return dump({**fields, below: _NOTHING_BELOW} if items_of(fields.get(below)) else fields)


def _parts_of(fields: Fields | None, name: str, id_field: str) -> dict[str, Fields]:
    """Return the objects of a list inside an object by their ids, in upper case."""
    parts: dict[str, Fields] = {}
    for item in items_of((fields or {}).get(name)):
        try:
            part = fields_of(item)
            parts[str(_value(part[id_field])).strip().upper()] = part
        except (msgspec.MsgspecError, KeyError):
            continue  # no object, or one without an id: it was not read either
    return parts


def _fields(raw: str | None) -> Fields | None:
    return fields_of(raw) if raw is not None else None
