"""Changes of EVSEs that came together, taken in with two statements (performance.md B1).

By far the most of them is a status. One that names connectors, that is of an EVSE we do not hold, that frees an EVSE
on which a charge of ours still stands, that occupies one where a start is awaited, or whose row somebody else changes
just now goes the long way through ``services/roaming/evses.py`` and ``observe``. Does not live here: what goes into
which column (``ladder.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import msgspec

from api.domain.errors import AppError
from api.domain.roaming.location import EvseStatus
from api.models.charging import LIVE
from api.models.partner import Partner
from api.services.charging.guidance import PLUGGED, WAITING
from api.services.charging.quick import as_json
from api.services.charging.quick_statements import CALLER, OF_GIVEN, STILL_CALLS, arrays, given
from api.services.roaming.ladder import evse_of, evse_values
from api.services.roaming.patching import merged
from api.services.roaming.raw_json import merge
from api.services.work import Statements

_READ = f"""
SELECT g.key AS g_key, e.xmin::text AS seen, e.uid, e.status, e.last_updated, e.evse_id, e.physical_reference,
       e.floor_level, e.capabilities::text, e.raw
FROM {given(CALLER | {"key": "text"})}
JOIN partner p ON {STILL_CALLS.format(**OF_GIVEN)}
JOIN evse e ON e.key = g.key
"""  # noqa: S608 - our own column names
_COLUMNS = {
    "uid": "text",
    "evse_id": "text",
    "evse_id_normal": "text",
    "physical_reference": "text",
    "floor_level": "text",
    "status": "text",
    "capabilities": "jsonb",
    "last_updated": "timestamptz",
    "raw": "text",
    "own_updated": "timestamptz",
}
_WRITTEN = {"key": "text", "seen": "text", "partner_id": "text", "freed": "boolean", "taken": "boolean"} | {
    name: "text" if kind == "jsonb" else kind for name, kind in _COLUMNS.items()
}
_WAITING = ", ".join(f"'{status.value}'" for status in sorted(WAITING))
_WRITE = f"""
WITH held AS (
  SELECT g.*, l.key AS location_key
  FROM {given(_WRITTEN)} JOIN evse e ON e.key = g.key JOIN location l ON l.key = e.location_key
  WHERE e.xmin = g.seen::xid AND NOT (g.freed AND EXISTS (
    SELECT 1 FROM charging_session c WHERE c.evse_key = g.key AND c.partner_id = g.partner_id AND {LIVE}
  )) AND NOT (g.taken AND EXISTS (
    SELECT 1 FROM charging_session c WHERE c.location_key = l.key AND c.status IN ({_WAITING}) AND {LIVE}
  ))
  ORDER BY g.key FOR NO KEY UPDATE OF l, e SKIP LOCKED
), moved AS (
  UPDATE location l SET last_updated = m.at
  FROM (SELECT location_key, max(last_updated) AS at FROM held GROUP BY location_key) m
  WHERE l.key = m.location_key AND l.last_updated < m.at
), evses AS (
  UPDATE evse e SET {", ".join(f"{name} = h.{name}{'::jsonb' * (kind == 'jsonb')}" for name, kind in _COLUMNS.items())}
  FROM held h WHERE e.key = h.key
)
SELECT key FROM held
"""  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class EvseChange:
    """A PATCH of an EVSE of the moment ``at``; ``partner`` may be out of date: ``token_hash`` is checked with it."""

    partner: Partner
    token_hash: str
    now: datetime
    key: str
    at: datetime
    changes: Mapping[str, object]
    raw: str


async def change_evses(*, on: Statements, changes: Sequence[EvseChange]) -> list[bool]:
    """Take changes of EVSEs of different locations in, each if it is an everyday one; False: nothing was done.

    Raises StatementFailed.
    """
    rows = await on.all(_READ, *arrays(CALLER | {"key": ""}, [_asked(each) for each in changes]))
    known = {row["g_key"]: row for row in rows}
    writes: list[dict[str, Any]] = []
    taken: set[str] = set()
    for change in changes:
        row = known.get(change.key)
        if row is None:
            continue
        if change.at < row["last_updated"]:
            taken.add(change.key)  # older than what we hold: dropped, as on the long way
            continue
        try:
            writes.append(_changed(change, row))
        except AppError:
            continue  # whatever is wrong with it, the long way says so
    if writes:
        taken |= {row["key"] for row in await on.all(_WRITE, *arrays(_WRITTEN, writes))}
    return [change.key in taken for change in changes]


def _asked(change: EvseChange) -> dict[str, Any]:
    """Return what is asked about a change."""
    partner = change.partner
    who = {"partner_id": partner.id, "roles": as_json(partner.roles), "token_hash": change.token_hash}
    return who | {"now": change.now, "key": change.key}


def _changed(change: EvseChange, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be written of a change; raises PatchRefused."""
    held: Any = SimpleNamespace(**row)
    held.capabilities = msgspec.json.decode(row["capabilities"])
    evse = merged(evse_of(held), change.changes)
    values = evse_values(evse)
    raw = merge(row["raw"], change.raw) if row["raw"] and change.raw else row["raw"]
    return values | {
        "capabilities": as_json(values["capabilities"]),
        "raw": raw,
        "own_updated": evse.last_updated,
        "key": change.key,
        "seen": row["seen"],
        "partner_id": change.partner.id,
        "freed": evse.status is EvseStatus.AVAILABLE and row["status"] != EvseStatus.AVAILABLE,
        "taken": evse.status in PLUGGED and row["status"] != evse.status,
    }
