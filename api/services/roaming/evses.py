"""Storing EVSEs and connectors as partners push them, each by its own ``last_updated`` (OCPI 2.2.1 chapter 8).

Every function returns the keys of the EVSEs that are new or changed their status, which is what a running charge wants
to hear of. Child updates move the parents' ``last_updated`` on, as the chapter asks.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.roaming.location import Connector, Evse, EvseStatus
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.models.partner import Partner
from api.services.roaming.keys import child_key, connector_public_id, object_key
from api.services.roaming.ladder import connector_of, connector_values, evse_of, evse_values
from api.services.roaming.patching import merged, moment_of
from api.services.roaming.rows import load_locked, put_row


class UnknownLocation(NotFound):
    """We do not hold this location, EVSE or connector. Fact: ``key`` (without the partner)."""


async def store_evse(
    *, db: AsyncSession, partner: Partner, country_code: str, party_id: str, location_id: str, evse: Evse
) -> list[str]:
    """Store one EVSE with its connectors below a known location; raises UnknownLocation."""
    location = await locked_location(db, partner, country_code, party_id, location_id)
    changed = await write_evses(db, location.key, (evse,))
    location.last_updated = max(location.last_updated, evse.last_updated)
    await db.flush()
    return changed


async def store_connector(
    *,
    db: AsyncSession,
    partner: Partner,
    country_code: str,
    party_id: str,
    location_id: str,
    evse_uid: str,
    connector: Connector,
) -> list[str]:
    """Store one connector below a known EVSE; raises UnknownLocation. Never changes a status."""
    location = await locked_location(db, partner, country_code, party_id, location_id)
    row = await _known_evse(db, location, evse_uid)
    await _write_connector(db, row.key, connector, await db.get(ConnectorRow, child_key(row.key, connector.id)))
    _bump(location, row, connector.last_updated)
    await db.flush()
    return []


async def patch_evse(
    *,
    db: AsyncSession,
    partner: Partner,
    country_code: str,
    party_id: str,
    location_id: str,
    evse_uid: str,
    changes: Mapping[str, object],
) -> list[str]:
    """Merge a PATCH into an EVSE; one older than what we hold is dropped. Raises UnknownLocation, PatchRefused."""
    at = moment_of(changes)
    location = await locked_location(db, partner, country_code, party_id, location_id)
    row = await _known_evse(db, location, evse_uid)
    connectors = [connector_of(found) for found in await connector_rows(db, (row.key,))]
    evse = merged(evse_of(row, connectors), changes)
    if at < row.last_updated:
        return []
    changed = await write_evses(db, location.key, (evse,))
    _bump(location, row, at)
    await db.flush()
    return changed


async def patch_connector(
    *,
    db: AsyncSession,
    partner: Partner,
    country_code: str,
    party_id: str,
    location_id: str,
    evse_uid: str,
    connector_id: str,
    changes: Mapping[str, object],
) -> list[str]:
    """Merge a PATCH into a connector; an older one is dropped. Raises UnknownLocation, PatchRefused."""
    moment_of(changes)
    location = await locked_location(db, partner, country_code, party_id, location_id)
    evse = await _known_evse(db, location, evse_uid)
    row = await db.get(ConnectorRow, child_key(evse.key, connector_id))
    if row is None:
        raise UnknownLocation("connector_unknown", key=f"{location_id}/{evse_uid}/{connector_id}")
    connector = merged(connector_of(row), changes)
    await _write_connector(db, evse.key, connector, row)
    _bump(location, evse, connector.last_updated)
    await db.flush()
    return []


async def write_evses(db: AsyncSession, location_key: str, evses: Iterable[Evse]) -> list[str]:
    """Write those of ``evses`` that are not older than what we hold, with their connectors (which they replace)."""
    by_key = {child_key(location_key, evse.uid): evse for evse in evses}
    query = select(EvseRow).where(EvseRow.location_key == location_key, col(EvseRow.key).in_(by_key))
    rows = {row.key: row for row in (await db.exec(query)).all()}
    fresh = {
        key: evse for key, evse in by_key.items() if key not in rows or evse.last_updated >= rows[key].last_updated
    }
    changed = [key for key, evse in fresh.items() if key not in rows or rows[key].status != evse.status]
    for key, evse in fresh.items():
        identity = {"key": key, "location_key": location_key}
        put_row(db, EvseRow, rows.get(key), identity | evse_values(evse))
    await db.flush()
    await _replace_connectors(db, fresh)
    return changed


async def remove_missing(db: AsyncSession, location_key: str, uids: Iterable[str], at: datetime) -> list[str]:
    """Mark as removed the EVSEs that a whole location no longer lists; return their keys. The rows stay."""
    kept = {child_key(location_key, uid) for uid in uids}
    rows = (await db.exec(select(EvseRow).where(EvseRow.location_key == location_key))).all()
    gone = [row for row in rows if row.key not in kept and row.status != EvseStatus.REMOVED and row.last_updated <= at]
    for row in gone:
        row.status, row.last_updated = EvseStatus.REMOVED.value, at
    await db.flush()
    return [row.key for row in gone]


async def locked_location(
    db: AsyncSession, partner: Partner, country_code: str, party_id: str, location_id: str
) -> LocationRow:
    """Return a location's row, locked with all below it; raises UnknownLocation."""
    key = object_key(partner.id, country_code, party_id, location_id)
    row = await load_locked(db, LocationRow, key)
    if row is None:
        raise UnknownLocation("location_unknown", key=f"{country_code}/{party_id}/{location_id}")
    return row


async def connector_rows(db: AsyncSession, evse_keys: Iterable[str]) -> list[ConnectorRow]:
    """Return the connectors of some EVSEs in the order of their keys."""
    query = select(ConnectorRow).where(col(ConnectorRow.evse_key).in_(list(evse_keys))).order_by(ConnectorRow.key)
    return list((await db.exec(query)).all())


async def _known_evse(db: AsyncSession, location: LocationRow, evse_uid: str) -> EvseRow:
    """Return an EVSE's row; raises UnknownLocation."""
    row = await db.get(EvseRow, child_key(location.key, evse_uid))
    if row is None:
        raise UnknownLocation("evse_unknown", key=f"{location.id}/{evse_uid}")
    return row


async def _replace_connectors(db: AsyncSession, evses: Mapping[str, Evse]) -> None:
    """Make the stored connectors of ``evses`` (by key) those that the EVSEs list."""
    stored = {row.key: row for row in await connector_rows(db, evses)}
    listed = set()
    for evse_key, evse in evses.items():
        for connector in evse.connectors:
            key = child_key(evse_key, connector.id)
            listed.add(key)
            await _write_connector(db, evse_key, connector, stored.get(key))
    for key in stored.keys() - listed:
        await db.delete(stored[key])
    await db.flush()


async def _write_connector(db: AsyncSession, evse_key: str, connector: Connector, row: ConnectorRow | None) -> None:
    """Write a connector unless the stored one is newer."""
    if row is not None and connector.last_updated < row.last_updated:
        return
    key = child_key(evse_key, connector.id)
    identity = {"key": key, "evse_key": evse_key, "public_id": connector_public_id(key)}
    put_row(db, ConnectorRow, row, identity | connector_values(connector))


def _bump(location: LocationRow, evse: EvseRow, at: datetime) -> None:
    """Move the parents' ``last_updated`` on to a child's."""
    location.last_updated = max(location.last_updated, at)
    evse.last_updated = max(evse.last_updated, at)
