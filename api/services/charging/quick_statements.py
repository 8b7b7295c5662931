"""The statements of the short way, each for many messages at once: what is known of them, and all there is to write.

Every message stands for itself: what another one waits for, or what somebody else holds just now, leaves the others
alone. Does not live here: what is written (``quick.py``, ``quick_evse.py``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from api.domain.charging.facts import Timer
from api.services.charging.advance import CHANNEL
from api.services.roaming.sessions import MODULE

CHARGE = (
    *("id", "driver_id", "status", "state", "currency", "hold_minor", "tariff", "retail", "place", "time_zone"),
    *("parking_reading", "running", "running_state", "kwh", "version", "stop_cause", "created_at", "charging_at"),
    *("metered_at", "energy_ended_at", "unplugged_at"),
)
"""What is read of a charge."""
DOCUMENTS = ("state", "tariff", "retail", "place", "running", "running_state")
STILL_CALLS = """
p.id = {partner_id} AND p.status = 'connected' AND p.roles = {roles}::jsonb
  AND ({token_hash} IN (p.our_token_hash, p.pending_token_hash)
    OR (p.previous_token_hash = {token_hash} AND p.previous_token_until > {now}))
"""
"""That a partner as it was known a moment ago may still do what it does; checked in the statement that acts on it."""
CALLER = {"partner_id": "text", "roles": "text", "token_hash": "text", "now": "timestamptz"}
"""What ``STILL_CALLS`` asks of a message."""
OF_GIVEN = {name: f"g.{name}" for name in CALLER}


def given(columns: Mapping[str, str], first: int = 1) -> str:
    """Return what makes a table ``g`` of one array for each column."""
    arrays = ", ".join(f"${first + index}::{kind}[]" for index, kind in enumerate(columns.values()))
    return f"unnest({arrays}) AS g({', '.join(columns)})"


def arrays(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Return an array for each column."""
    return [[row[name] for row in rows] for name in columns]


_STALE = f"t.charging_session_id = c.id AND t.timer = '{Timer.METERING_STALE}'"
_COLUMNS = ", ".join(f"c.{name}::text" if name in DOCUMENTS else f"c.{name}" for name in CHARGE)
READ = f"""
SELECT g.key AS g_key, s.document::text AS s_document, s.raw AS s_raw, s.last_updated AS s_last_updated,
       s.xmin::text AS s_seen, c.xmin::text AS c_seen, t.xmin::text AS t_seen, {_COLUMNS}
FROM {given(CALLER | {"key": "text", "wire": "text"})}
JOIN partner p ON {STILL_CALLS.format(**OF_GIVEN)}
JOIN partner_session s ON s.key = g.key
JOIN charging_session c ON c.id = s.charging_session_id
JOIN charging_timer t ON {_STALE}
WHERE s.version = g.wire AND c.partner_session_key = s.key AND c.status = 'charging'
  AND coalesce(c.driver_price, 'null') = 'null'
"""  # noqa: S608 - our own column names
SAID = {
    "key": "text",
    "partner_id": "text",
    "now": "timestamptz",
    "how": "text",
    "wire": "text",
    "said": "text",
    "refusal": "text",
}
SAY = f"""
WITH told AS (
  SELECT g.*, (
    SELECT last.id FROM (SELECT * FROM partner_message WHERE key = g.key ORDER BY id DESC LIMIT 1) AS last
    WHERE last.partner_id = g.partner_id AND last.refusal = g.refusal AND last.how = g.how AND last.version = g.wire
      AND last.raw = g.said
  ) AS repeats
  FROM {given(SAID)}
), counted AS (
  INSERT INTO message_repetition (message_id, times, last_at) SELECT repeats, 1, now FROM told WHERE repeats IS NOT NULL
  ON CONFLICT (message_id) DO UPDATE SET times = message_repetition.times + 1, last_at = excluded.last_at
)
INSERT INTO partner_message (module, key, partner_id, received_at, how, version, raw, refusal)
SELECT '{MODULE}', key, partner_id, now, how, wire, said, refusal FROM told WHERE repeats IS NULL
"""  # noqa: S608 - our own column names
"""A message that was refused just before is counted and not kept again, as ``messages.note_message`` has it."""
WRITTEN = {
    **CALLER,
    "key": "text",
    "id": "text",
    "s_seen": "text",
    "c_seen": "text",
    "t_seen": "text",
    "how": "text",
    "wire": "text",
    "said": "text",
    "document": "text",
    "raw": "text",
    "s_kwh": "numeric",
    "last_updated": "timestamptz",
    "evse_uid": "text",
    "token_uid": "text",
    "kwh": "numeric",
    "running": "text",
    "running_state": "text",
    "charging_at": "timestamptz",
    "metered_at": "timestamptz",
    "energy_ended_at": "timestamptz",
    "version": "integer",
    "due_at": "timestamptz",
    "news": "text",
}
READINGS = {"of": "text", "at": "timestamptz", "kwh": "numeric", "charging": "boolean"}
WRITE = f"""
WITH held AS (
  SELECT g.* FROM {given(WRITTEN)}
  JOIN partner p ON {STILL_CALLS.format(**OF_GIVEN)}
  JOIN partner_session s ON s.key = g.key
  JOIN charging_session c ON c.id = g.id
  JOIN charging_timer t ON {_STALE}
  WHERE s.xmin = g.s_seen::xid AND c.xmin = g.c_seen::xid AND t.xmin = g.t_seen::xid
  ORDER BY g.key FOR NO KEY UPDATE OF s, c, t SKIP LOCKED
), told AS (
  INSERT INTO partner_message (module, key, partner_id, received_at, how, version, raw)
  SELECT '{MODULE}', key, partner_id, now, how, wire, coalesce(said, raw) FROM held
), session AS (
  UPDATE partner_session s SET document = h.document::jsonb, raw = h.raw, kwh = h.s_kwh, last_updated = h.last_updated,
    evse_uid = h.evse_uid, token_uid = h.token_uid, status = 'active', updated_at = h.now
  FROM held h WHERE s.key = h.key
), charge AS (
  UPDATE charging_session c SET kwh = h.kwh, running = h.running::jsonb, running_state = h.running_state::jsonb,
    charging_at = h.charging_at, metered_at = h.metered_at, energy_ended_at = h.energy_ended_at, version = h.version,
    updated_at = h.now
  FROM held h WHERE c.id = h.id
), clock AS (
  UPDATE charging_timer t SET due_at = h.due_at, set_at = h.now
  FROM held h WHERE t.charging_session_id = h.id AND t.timer = '{Timer.METERING_STALE}'
), readings AS (
  INSERT INTO meter_reading (charging_session_id, at, kwh, charging)
  SELECT h.id, g.at, g.kwh, g.charging
  FROM held h JOIN {given(READINGS, len(WRITTEN) + 1)} ON g.of = h.key
  ON CONFLICT (charging_session_id, at) DO UPDATE SET kwh = excluded.kwh, charging = excluded.charging
)
SELECT key, pg_current_xact_id()::xid::text AS seen, pg_notify('{CHANNEL}', news) FROM held
"""  # noqa: S608 - our own words
"""``seen``: the version (``xmin``) that all rows of a message have from now on. Without ``said`` it is ``raw``."""
