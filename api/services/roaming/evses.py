"""Storing EVSEs and connectors as partners push them, each by its own ``last_updated`` (OCPI 2.2.1 chapter 8).

Every function returns the keys of the EVSEs that are new or changed their status, which is what a running charge wants
to hear of. Child updates move the parents' ``last_updated`` on, as the chapter asks. ``raw`` is the JSON as it came and
``version`` the OCPI version it came in. A status, which is by far the most that comes, takes two round trips.
"""

from collections.abc import Mapping

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.roaming.location import Connector, Evse
from api.models.location import ConnectorRow, EvseRow
from api.models.partner import Partner
from api.services.roaming.bulk import rows_of
from api.services.roaming.evse_patch import locked_evse, move_on, write_patched
from api.services.roaming.keys import child_key, object_key
from api.services.roaming.ladder import connector_of, evse_of
from api.services.roaming.patching import merged, moment_of
from api.services.roaming.raw_json import fields_of, merge
from api.services.roaming.write_places import write_connector, write_evse

_LOCK = text("SELECT key FROM location WHERE key = :key FOR UPDATE")


class UnknownLocation(NotFound):
    """We do not hold this location, EVSE or connector. Fact: ``key`` (without the partner)."""


async def store_evse(
    *,
    db: AsyncSession,
    partner: Partner,
    country_code: str,
    party_id: str,
    location_id: str,
    evse: Evse,
    raw: str | None = None,
    version: str | None = None,
) -> list[str]:
    """Store one EVSE with its connectors below a known location; raises UnknownLocation."""
    key = await lock_location(db, partner, country_code, party_id, location_id)
    changed = await write_evse(db, key, evse, fields_of(raw) if raw else None, version)
    await move_on(db, key, None, evse.last_updated)
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
    raw: str | None = None,
    version: str | None = None,
) -> list[str]:
    """Store one connector below a known EVSE; raises UnknownLocation. Never changes a status."""
    key = await lock_location(db, partner, country_code, party_id, location_id)
    evse = await _known_evse(db, key, location_id, evse_uid)
    await write_connector(db, evse.key, connector, fields_of(raw) if raw else None, version)
    await move_on(db, key, evse.key, connector.last_updated)
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
    raw: str | None = None,
    version: str | None = None,
) -> list[str]:
    """Merge a PATCH into an EVSE; one older than what we hold is dropped. Raises UnknownLocation, PatchRefused."""
    at = moment_of(changes, version)
    key = object_key(partner.id, country_code, party_id, location_id)
    row = await locked_evse(db, key, child_key(key, evse_uid))
    if row is None:
        raise UnknownLocation("evse_unknown", key=f"{location_id}/{evse_uid}")
    evse = merged(evse_of(row), changes)
    if at is not None and at < row.last_updated:
        return []
    json = merge(row.raw, raw) if row.raw and raw else row.raw
    if "connectors" not in changes:
        return await write_patched(db, row, evse, json)
    changed = await write_evse(db, key, evse, fields_of(json) if json else None, row.version or version)
    await move_on(db, key, row.key, evse.last_updated)
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
    raw: str | None = None,
    version: str | None = None,
) -> list[str]:
    """Merge a PATCH into a connector; an older one is dropped. Raises UnknownLocation, PatchRefused."""
    moment_of(changes, version)
    key = await lock_location(db, partner, country_code, party_id, location_id)
    evse = await _known_evse(db, key, location_id, evse_uid)
    query = select(ConnectorRow).where(ConnectorRow.key == child_key(evse.key, connector_id))
    row = (await db.exec(query.execution_options(populate_existing=True))).first()
    if row is None:
        raise UnknownLocation("connector_unknown", key=f"{location_id}/{evse_uid}/{connector_id}")
    connector = merged(connector_of(row), changes)
    json = merge(row.raw, raw) if row.raw and raw else row.raw
    await write_connector(db, evse.key, connector, fields_of(json) if json else None, row.version or version)
    await move_on(db, key, evse.key, connector.last_updated)
    return []


async def lock_location(db: AsyncSession, partner: Partner, country_code: str, party_id: str, location_id: str) -> str:
    """Lock a location with all below it and return its key; raises UnknownLocation."""
    key = object_key(partner.id, country_code, party_id, location_id)
    if not await rows_of(db, _LOCK, key=key):
        raise UnknownLocation("location_unknown", key=f"{country_code}/{party_id}/{location_id}")
    return key


async def evses_below(db: AsyncSession, location_key: str) -> list[tuple[EvseRow, list[ConnectorRow]]]:
    """Return a location's EVSEs with their connectors, in the order the partner lists them, as they are now."""
    evses = select(EvseRow).where(EvseRow.location_key == location_key)
    rows = await db.exec(
        evses.order_by(col(EvseRow.position).nulls_last(), EvseRow.key).execution_options(populate_existing=True)
    )
    found: dict[str, tuple[EvseRow, list[ConnectorRow]]] = {row.key: (row, []) for row in rows.all()}
    connectors = select(ConnectorRow).where(col(ConnectorRow.evse_key).in_(found))
    for connector in await db.exec(
        connectors.order_by(col(ConnectorRow.position).nulls_last(), ConnectorRow.key).execution_options(
            populate_existing=True
        )
    ):
        found[connector.evse_key][1].append(connector)
    return list(found.values())


async def _known_evse(db: AsyncSession, location_key: str, location_id: str, evse_uid: str) -> EvseRow:
    """Return the row of an EVSE below a locked location; raises UnknownLocation."""
    row = await db.get(EvseRow, child_key(location_key, evse_uid), populate_existing=True)
    if row is None:
        raise UnknownLocation("evse_unknown", key=f"{location_id}/{evse_uid}")
    return row
