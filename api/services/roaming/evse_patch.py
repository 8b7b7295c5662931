"""The hot path: a change of one EVSE that leaves its connectors alone, in one statement to read and one to write.

A location is locked before its EVSE, as everywhere, so that a pull and a push never wait for each other in a circle.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select, text
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.location import Evse
from api.models.location import EvseRow, LocationRow
from api.services.roaming.ladder import evse_values

_EVSE: Any = EvseRow.__table__  # type: ignore[attr-defined]  # every table model has one
_LOCATION: Any = LocationRow.__table__  # type: ignore[attr-defined]  # as above
_READ = select(_EVSE).join(_LOCATION, _LOCATION.c.key == _EVSE.c.location_key).with_for_update(of=(_LOCATION, _EVSE))
_COLUMNS = (
    *("uid", "evse_id", "evse_id_normal", "physical_reference", "floor_level", "status", "capabilities"),
    *("last_updated", "raw", "own_updated"),
)
_MOVE_ON = "UPDATE location SET last_updated = :last_updated WHERE key = :location_key AND last_updated < :last_updated"
_WRITE = text(
    f"WITH moved AS ({_MOVE_ON}) UPDATE evse SET "  # noqa: S608 - names of our own columns
    + ", ".join(f"{name} = :{name}" for name in _COLUMNS)
    + " WHERE key = :key"
)
_MOVE_BOTH_ON = text(
    f"WITH moved AS ({_MOVE_ON}) UPDATE evse SET last_updated = :last_updated"  # noqa: S608 - a statement of ours
    " WHERE key = :key AND last_updated < :last_updated"
)


async def locked_evse(db: AsyncSession, location_key: str, key: str) -> Any | None:
    """Return the row of an EVSE, locked with its location, or None."""
    query = _READ.where(_LOCATION.c.key == location_key, col(EvseRow.key) == key)
    return (await (await db.connection()).execute(query)).first()


async def write_patched(db: AsyncSession, row: Any, evse: Evse, raw: str | None) -> list[str]:
    """Write a changed EVSE over its locked row, and move its location on; return its key if its status changed."""
    values = evse_values(evse) | {"raw": raw, "own_updated": evse.last_updated}
    values["capabilities"] = msgspec.json.encode(values["capabilities"]).decode()
    keys = {"key": row.key, "location_key": row.location_key}
    await (await db.connection()).execute(_WRITE, values | keys)
    return [row.key] if row.status != evse.status else []


async def move_on(db: AsyncSession, location_key: str, evse_key: str | None, at: datetime) -> None:
    """Move the ``last_updated`` of a location, and of an EVSE of it, on to that of something below."""
    values = {"location_key": location_key, "key": evse_key, "last_updated": at}
    if evse_key is None:
        del values["key"]
    await (await db.connection()).execute(text(_MOVE_ON) if evse_key is None else _MOVE_BOTH_ON, values)
