"""The everyday report of a running charge, taken in with two statements instead of a unit of work (performance.md B1).

Most of what partners push says that a session goes on: some energy more, the same status. For these one statement
reads what is known, the rules of ``sessions``, ``meter``, ``running`` and the lifecycle machine decide as they do for
every report, and one statement writes all there is to write, if nobody changed anything in between. Whatever is not
everyday (a new session, an end, a charge to be stopped, a race) is left alone: ``False``, and the caller goes the long
way through ``observe``. No rule lives here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from api.domain.charging.facts import Timer
from api.domain.charging.lifecycle import advance
from api.domain.charging.orders import SetTimer
from api.domain.roaming.session import Session, SessionStatus
from api.models.charging import ChargingSession
from api.models.partner import Partner
from api.ports import Ports
from api.services.charging.advance import CHANNEL
from api.services.charging.meter import new_readings, stamp
from api.services.charging.observe import nearly_used, session_facts
from api.services.charging.running import follow, kept_session, reprice
from api.services.charging.stored_state import machine_policy, state_of
from api.services.roaming.documents import write_session
from api.services.roaming.keys import checked_id
from api.services.roaming.messages import Refusal, Said
from api.services.roaming.sessions import MODULE, refusal_of
from api.services.work import Statements

_CHARGE = (
    *("id", "driver_id", "status", "state", "currency", "hold_minor", "tariff", "retail", "place", "time_zone"),
    *("parking_reading", "running", "running_state", "kwh", "version", "stop_cause", "created_at", "charging_at"),
    *("metered_at", "energy_ended_at", "unplugged_at"),
)
_DOCUMENTS = ("state", "tariff", "retail", "place", "running", "running_state")
STILL_CALLS = """
p.id = $1 AND p.status = 'connected' AND p.roles = $2
  AND ($3 IN (p.our_token_hash, p.pending_token_hash)
    OR (p.previous_token_hash = $3 AND p.previous_token_until > $4))
"""
"""That a partner as it was known a moment ago may still do what it does; checked in the statement that acts on it."""
_COLUMNS = ", ".join(f"c.{name}::text" if name in _DOCUMENTS else f"c.{name}" for name in _CHARGE)
_READ = f"""
SELECT s.document::text AS s_document, s.raw AS s_raw, s.last_updated AS s_last_updated,
       s.xmin AS s_seen, c.xmin AS c_seen, t.xmin AS t_seen, {_COLUMNS}
FROM partner p
JOIN partner_session s ON s.key = $5
JOIN charging_session c ON c.id = s.charging_session_id
JOIN charging_timer t ON t.charging_session_id = c.id AND t.timer = '{Timer.METERING_STALE}'
WHERE {STILL_CALLS}
  AND s.version = $6 AND c.partner_session_key = s.key AND c.status = 'charging'
  AND coalesce(c.driver_price, 'null') = 'null'
"""  # noqa: S608 - our own column names
_SAY = """
INSERT INTO partner_message (module, key, partner_id, received_at, how, version, raw, refusal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_WRITE = f"""
WITH held AS (
  SELECT 1 FROM partner_session s JOIN charging_session c ON c.id = $2
  JOIN charging_timer t ON t.charging_session_id = c.id AND t.timer = '{Timer.METERING_STALE}'
  WHERE s.key = $1 AND s.xmin = $3 AND c.xmin = $4 AND t.xmin = $5 FOR NO KEY UPDATE OF s, c, t
), said AS (
  INSERT INTO partner_message (module, key, partner_id, received_at, how, version, raw)
  SELECT '{MODULE}', $1, $6, $7, $8, $9, $10 FROM held
), session AS (
  UPDATE partner_session SET document = $11, raw = $12, kwh = $13, last_updated = $14, evse_uid = $15, token_uid = $16,
    status = 'active', updated_at = $7
  FROM held WHERE key = $1
), charge AS (
  UPDATE charging_session SET kwh = $17, running = $18, running_state = $19, charging_at = $20, metered_at = $21,
    energy_ended_at = $22, version = $23, updated_at = $7
  FROM held WHERE id = $2
), clock AS (
  UPDATE charging_timer SET due_at = $24, set_at = $7
  FROM held WHERE charging_session_id = $2 AND timer = '{Timer.METERING_STALE}'
), readings AS (
  INSERT INTO meter_reading (charging_session_id, at, kwh, charging)
  SELECT $2, r.at, r.kwh, r.charging
  FROM held, unnest($25::timestamptz[], $26::numeric[], $27::boolean[]) r(at, kwh, charging)
  ON CONFLICT (charging_session_id, at) DO UPDATE SET kwh = excluded.kwh, charging = excluded.charging
)
SELECT pg_notify('{CHANNEL}', $28) FROM held
"""  # noqa: S608 - our own words
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Report:
    """A report as far as it can be read without what is known: whose it is, what was said, and how to read the rest.

    ``whole`` turns the session that we hold and its JSON into the session and JSON that the report makes of them.
    ``moment`` is when the partner dates it. ``partner`` may be out of date: ``token_hash`` is checked with the rest.
    """

    partner: Partner
    token_hash: str
    key: str
    said: Said
    moment: datetime
    whole: Callable[[Session, str], tuple[Session, str]]


async def observe_everyday_report(*, on: Statements, ports: Ports, now: datetime, report: Report) -> bool:
    """Take a report in if it is an everyday one; False: nothing was done. Raises StatementFailed."""
    partner = report.partner
    known = (partner.id, as_json(partner.roles), report.token_hash, now)
    row = await on.one(_READ, *known, report.key, report.said.version)
    if row is None:
        return False
    previous = msgspec.json.decode(row["s_document"], type=Session)
    session, raw = report.whole(previous, row["s_raw"])
    refusal = refusal_of(session, previous, row["s_last_updated"], report.moment)
    if refusal is not None:  # what is late now stays late: nobody needs to be kept out
        await _note_refused(on, now, report, refusal)
        return True
    charge = _charge_of(row)
    last = _last_of(charge, session, ports, now)
    if last is None:
        return False
    news = f"{charge.id}:{charge.version}:{charge.driver_id}"
    held = (row["s_seen"], row["c_seen"], row["t_seen"])
    said = (partner.id, now, report.said.how, report.said.version, report.said.raw)
    told = (as_json(write_session(session)), raw, session.kwh, report.moment)
    where = (session.evse_uid, checked_id(session.cdr_token.uid))
    cost = (charge.kwh, as_json(charge.running), as_json(charge.running_state))
    moments = (charge.charging_at, charge.metered_at, charge.energy_ended_at, charge.version)
    due_at = now + ports.policy.timers[Timer.METERING_STALE]
    written = await on.one(
        _WRITE, report.key, charge.id, *held, *said, *told, *where, *cost, *moments, due_at, *last, news
    )
    return written is not None


async def _note_refused(on: Statements, now: datetime, report: Report, refusal: Refusal) -> None:
    """Keep a message that changed nothing."""
    said = report.said
    await on.one(_SAY, MODULE, report.key, report.partner.id, now, said.how, said.version, said.raw, refusal)


def _last_of(
    charge: ChargingSession, session: Session, ports: Ports, now: datetime
) -> tuple[list[datetime], list[object], list[bool]] | None:
    """Bring a charge up to a report and return the new readings; None: there is more to it than an everyday report."""
    live = kept_session(charge)
    if session.status is not SessionStatus.ACTIVE or live is None:
        return None
    last = live.last
    added = new_readings(session, last)
    live = follow(charge, live, last, added)
    if live is None:
        return None
    charge.kwh = (added[-1] if added else last).energy_kwh
    stamp(charge, session, now)
    if charge.unplugged_at is not None or not reprice(policy=ports.policy, now=now, charge=charge, live=live):
        return None
    if nearly_used(charge, ports.policy.hold_stop_percent):
        return None
    if not _only_restarts_the_clock(charge, session, ports):
        return None
    charge.version += 1
    return [each.at for each in added], [each.energy_kwh for each in added], [each.charging for each in added]


def _only_restarts_the_clock(charge: ChargingSession, session: Session, ports: Ports) -> bool:
    """Say whether the lifecycle machine has nothing to do for a report but to wait anew for the next one."""
    state, policy = state_of(charge), machine_policy(ports.policy, charge.currency)
    facts = session_facts(session, charge)
    steps = [advance(state, each, policy) for each in facts]
    orders = [order for step in steps for order in step.orders]
    return all(step.state == state for step in steps) and orders == [SetTimer(Timer.METERING_STALE)]


def _charge_of(row: Mapping[str, Any]) -> ChargingSession:
    """Return the charge as far as it was read; it belongs to no unit of work."""
    values = {name: row[name] for name in _CHARGE}
    for name in _DOCUMENTS:
        values[name] = None if values[name] is None else msgspec.json.decode(values[name])
    return ChargingSession(**values)


def as_json(value: object) -> str | None:
    """Return a document as its column takes it on a plain connection."""
    return None if value is None else _encode(value).decode()
