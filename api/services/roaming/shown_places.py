"""What we hold of a partner's places as its own JSON: as it came, patched since, with what is below put back.

Only in the version it came in; in another one it is unknown. A parent's ``last_updated`` is moved on where something
below it is newer (OCPI 2.2.1 chapter 8).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.models.partner import Partner
from api.services.roaming.evses import evses_below
from api.services.roaming.keys import child_key, object_key
from api.services.roaming.raw_json import dump, fields_of


async def place_json(
    db: AsyncSession,
    partner: Partner,
    version: str,
    country_code: str,
    party_id: str,
    location_id: str,
    evse_uid: str | None = None,
    connector_id: str | None = None,
) -> str | None:
    """Return a location, or an EVSE or connector in it, as JSON, or None."""
    row = await db.get(LocationRow, object_key(partner.id, country_code, party_id, location_id), populate_existing=True)
    if row is None:
        return None
    below = [(evse, connectors) for evse, connectors in await evses_below(db, row.key) if evse.raw is not None]
    if evse_uid is None:
        return _written(row, version, _location_fields(row, below))
    found = next((each for each in below if each[0].key == child_key(row.key, evse_uid)), None)
    if found is None:
        return None
    if connector_id is None:
        return _written(found[0], version, _evse_fields(*found))
    key = child_key(found[0].key, connector_id)
    connector = next((each for each in found[1] if each.key == key), None)
    return _written(connector, version, _own_fields(connector)) if connector else None


def _written(row: LocationRow | EvseRow | ConnectorRow, version: str, fields: dict[str, Any] | None) -> str | None:
    """Return the fields of an object as text if it came in this version."""
    return dump(fields) if fields is not None and row.version == version else None


def _location_fields(
    row: LocationRow, below: Sequence[tuple[EvseRow, Sequence[ConnectorRow]]]
) -> dict[str, Any] | None:
    """Return a location with its EVSEs."""
    evses = [_evse_fields(*each) for each in below]
    return _with_below(row.raw, "evses", evses, row.own_updated, row.last_updated)


def _evse_fields(row: EvseRow, connectors: Sequence[ConnectorRow]) -> dict[str, Any] | None:
    """Return an EVSE with its connectors."""
    parts = [fields for each in connectors if (fields := _own_fields(each)) is not None]
    return _with_below(row.raw, "connectors", parts, row.own_updated, row.last_updated)


def _own_fields(row: ConnectorRow) -> dict[str, Any] | None:
    """Return a connector."""
    return dict(fields_of(row.raw)) if row.raw is not None else None


def _with_below(
    raw: str | None, name: str, below: Sequence[object], own: datetime | None, moved: datetime
) -> dict[str, Any] | None:
    """Return an object with the list below it put back in its place, and its clock moved on where it was."""
    if raw is None:
        return None
    fields: dict[str, Any] = dict(fields_of(raw))
    if below:
        fields[name] = below
    if own is not None and moved > own:
        fields["last_updated"] = moved.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return fields
