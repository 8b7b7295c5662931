"""A charge's own steps, and what the charger's side was asked and told."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from api.services.console.entries import Entry, Lane, Source, facts_of, words

_EVENTS = text(
    "SELECT at, fact, detail, status, hold_status, orders, lag(status) OVER (ORDER BY id) AS before,"
    " lag(hold_status) OVER (ORDER BY id) AS hold_before FROM charging_event WHERE charging_session_id = :charge"
    " ORDER BY id"
)
_COMMANDS = text("SELECT * FROM command WHERE charging_session_id = :charge ORDER BY created_at, id")
_SESSIONS = text(
    "SELECT s.key, s.id, s.status, s.kwh, s.first_seen_at, s.updated_at, s.last_updated, s.version,"
    " (SELECT count(*) FROM partner_message m WHERE m.key = s.key AND m.module = 'sessions') AS messages"
    " FROM partner_session s WHERE s.charging_session_id = :charge ORDER BY s.first_seen_at"
)
_REFUSED = text(
    "SELECT m.id, m.module, m.how, m.received_at, m.refusal FROM partner_message m WHERE m.refusal IS NOT NULL"
    " AND m.key IN (SELECT key FROM partner_session WHERE charging_session_id = :charge UNION ALL"
    " SELECT key FROM cdr WHERE charging_session_id = :charge) ORDER BY m.id LIMIT 100"
)
_BILLS = text("SELECT * FROM cdr WHERE charging_session_id = :charge ORDER BY received_at, key")
_READINGS = text(
    "SELECT min(at) AS first, max(at) AS last, max(kwh) AS kwh, count(*) AS readings FROM meter_reading"
    " WHERE charging_session_id = :charge HAVING count(*) > 0"
)


def _step(row: Any) -> Iterable[Entry]:
    """Tell a fact, and what changed by it."""
    changes = []
    if row.status != row.before:
        changes.append(f"charge {row.status.replace('_', ' ')}")
    if row.hold_status != row.hold_before:
        changes.append(f"hold {row.hold_status.replace('_', ' ')}")
    orders = [words(order["order"]).lower() for order in row.orders]
    facts = facts_of(row.detail) + ((("orders", ", ".join(orders)),) if orders else ())
    bad = "Failed" in row.fact or "Declined" in row.fact or "Rejected" in row.fact
    yield Entry(row.at, Lane.CHARGE, words(row.fact), told=", ".join(changes), facts=facts, tone="bad" if bad else "")


def _command(row: Any) -> Iterable[Entry]:
    """Tell a command, its answer and its result."""
    name = row.kind.replace("_", " ")
    if row.sent_at is not None:
        yield Entry(row.sent_at, Lane.CHARGER, f"OCPI {name} sent", id=row.id)
    else:
        yield Entry(row.created_at, Lane.CHARGER, f"OCPI {name} planned", id=row.id)
    for what, word, message, at in (
        ("answered", row.answer, row.answer_message, row.answered_at),
        ("result", row.result, row.result_message, row.result_at),
    ):
        if at is not None:
            tone = "" if (word or "").lower() == "accepted" else "bad"
            told = (word or "").replace("_", " ") + (f": {message}" if message else "")
            yield Entry(at, Lane.CHARGER, f"OCPI {name} {what}", told=told, id=row.id, tone=tone)


def _session(row: Any) -> Iterable[Entry]:
    """Tell when the partner's session was seen first and last."""
    yield Entry(row.first_seen_at, Lane.CHARGER, "Partner's session seen", told=f"OCPI {row.version}", id=row.id)
    facts = (("messages kept", str(row.messages)),) if row.messages else ()
    told = f"{row.status.lower()}, {row.kwh:.3f} kWh"
    yield Entry(row.updated_at, Lane.CHARGER, "Partner's session as last told", told=told, id=row.id, facts=facts)


def _refused(row: Any) -> Iterable[Entry]:
    """Tell what of the partner was not taken."""
    title = f"Partner's {row.module} message not taken"
    told = str(row.refusal).replace("_", " ")
    yield Entry(row.received_at, Lane.CHARGER, title, told=told, facts=(("how", row.how),), tone="bad")


def _bill(row: Any) -> Iterable[Entry]:
    """Tell a CDR, its verdict, and a conflict."""
    title = "Credit CDR arrived" if row.credit else "CDR arrived"
    cost = f"{row.total_cost:f} {row.currency} before tax"
    summary = (row.audit or {}).get("summary") or {}
    verdict = str(summary.get("verdict", "not checked")).replace("_", " ")
    told = f"{row.total_energy_kwh:.3f} kWh; check: {verdict}"
    facts = (("energy from", f"{row.started_at:%H:%M}"), ("to", f"{row.ended_at:%Y-%m-%d %H:%M}"))
    tone = "" if verdict in {"equal", "rounding", "not checked"} else "bad"
    yield Entry(row.received_at, Lane.CHARGER, title, amount=cost, told=told, id=row.id, facts=facts, tone=tone)


def _readings(row: Any) -> Iterable[Entry]:
    """Tell the first and the last meter reading; the curve shows the rest."""
    yield Entry(row.first, Lane.CHARGER, "First meter reading")
    if row.readings > 1:
        told = f"{row.kwh:.3f} kWh, {row.readings} readings in all"
        yield Entry(row.last, Lane.CHARGER, "Last meter reading", told=told)


SOURCES = (
    Source(_EVENTS, _step),
    Source(_COMMANDS, _command),
    Source(_SESSIONS, _session),
    Source(_REFUSED, _refused),
    Source(_READINGS, _readings),
    Source(_BILLS, _bill),
)
