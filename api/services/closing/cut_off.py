"""The cut-off list of a month: what was not finished when it ended, with what sessions without a bill should bring.

It is written as things stood at the month's last moment, as far as that can be told later, and kept with the period.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HOLD_ENDED
from api.services.finance.months import Month
from api.services.finance.sql_money import listed, minor_of

_HOLDS = f"""
  SELECT 'open_hold', h.id, h.charging_session_id, c.partner_id, h.currency, p.amount, false, p.at,
    jsonb_build_object('status', h.status, 'capture_before', h.capture_before)
  FROM hold h JOIN charging_session c ON c.id = h.charging_session_id
    JOIN LATERAL (SELECT max(e.amount_minor) AS amount, min(e.at) AS at FROM hold_event e WHERE e.hold_id = h.id
      AND e.kind IN ('place_succeeded', 'extend_succeeded') AND e.at < :ends_at) p ON p.amount > 0
  WHERE h.psp = 'stripe' AND h.created_at < :ends_at
    AND (h.status NOT IN ({listed(HOLD_ENDED)}) OR h.updated_at >= :ends_at)
    AND NOT EXISTS (SELECT 1 FROM hold_event e WHERE e.hold_id = h.id AND e.at < :ends_at
      AND e.kind IN ('capture_succeeded', 'release_succeeded', 'expired'))
"""  # noqa: S608 - our own constants
_SESSIONS = """
  SELECT 'session_without_bill', c.id, c.id, c.partner_id, c.currency,
    coalesce((c.driver_price->>'net_minor')::bigint, (c.running->>'net_minor')::bigint,
      (c.running->>'total_minor')::bigint, 0),
    c.driver_price->>'net_minor' IS NULL, c.charging_at,
    jsonb_build_object('kwh', c.kwh::text, 'gross_minor', coalesce(c.owed_minor, (c.running->>'total_minor')::bigint),
      'vat_minor', coalesce(c.driver_price->'vat_minor', c.running->'vat_minor'), 'status', c.status)
  FROM charging_session c
  WHERE c.charging_at < :ends_at AND (c.final_at IS NULL OR c.final_at >= :ends_at)
    AND NOT EXISTS (SELECT 1 FROM cdr d WHERE d.charging_session_id = c.id AND d.received_at < :ends_at)
"""
_CDRS = f"""
  SELECT 'unsettled_cdr', d.key, d.charging_session_id, d.partner_id, d.currency,
    {minor_of("d.total_cost", "d.currency")}, false, d.received_at,
    jsonb_build_object('cdr', d.id, 'credit', d.credit, 'status', c.status)
  FROM cdr d LEFT JOIN charging_session c ON c.id = d.charging_session_id
  WHERE d.received_at < :ends_at AND (c.id IS NOT NULL AND (c.final_at IS NULL OR c.final_at >= :ends_at)
    OR c.id IS NULL AND d.received_at >= :starts_at)
"""  # noqa: S608 - as above
_FINDINGS = """
  SELECT 'open_finding', m.id, m.charging_session_id, m.partner_id, m.currency, m.amount_minor, false, m.opened_at,
    jsonb_build_object('reason', m.reason, 'subject', m.subject, 'severity', m.severity)
  FROM mismatch m WHERE m.opened_at < :ends_at AND (m.resolved_at IS NULL OR m.resolved_at >= :ends_at)
"""
_REQUESTS = """
  SELECT 'unapproved_request', r.id, r.charging_session_id, NULL, r.currency, r.amount_minor, false, r.requested_at,
    jsonb_build_object('what', 'credit', 'by', r.requested_by)
  FROM credit r WHERE r.requested_at < :ends_at AND (r.state = 'requested' OR r.decided_at >= :ends_at)
  UNION ALL
  SELECT 'unapproved_request', r.id, r.charging_session_id, NULL, r.currency, r.amount_minor, false, r.requested_at,
    jsonb_build_object('what', 'write_off', 'by', r.requested_by)
  FROM write_off r WHERE r.requested_at < :ends_at AND (r.state = 'requested' OR r.decided_at >= :ends_at)
  UNION ALL
  SELECT 'unapproved_request', r.id, r.charging_session_id, NULL, r.currency, r.amount_minor, false, r.created_at,
    jsonb_build_object('what', 'refund')
  FROM refund r WHERE r.created_at < :ends_at AND r.state = 'awaiting_approval'
"""

_INTO = (
    "INSERT INTO cut_off_item (period, kind, subject_id, charging_session_id, partner_id, currency, amount_minor,"
    " estimated, since, detail)"
)
_WRITE = [
    text(f"{_INTO} SELECT :period, listed.* FROM ({each}) AS listed ORDER BY 9, 3")  # noqa: S608 - as above
    for each in (_HOLDS, _SESSIONS, _CDRS, _FINDINGS, _REQUESTS)
]
_FORGET = text("DELETE FROM cut_off_item WHERE period = :period")
_SUMS = text(
    "SELECT kind, coalesce(currency, '') AS currency, count(*) AS items, coalesce(sum(amount_minor), 0) AS amount_minor"
    " FROM cut_off_item WHERE period = :period GROUP BY 1, 2 ORDER BY 1, 2"
)


@dataclass(frozen=True, slots=True)
class CutOffSum:
    """How much of one kind was not finished, in one currency; empty where there is none."""

    kind: str
    currency: str
    items: int
    amount_minor: int


async def write_cut_off(*, db: AsyncSession, month: Month) -> list[CutOffSum]:
    """Write the cut-off list of a month anew and return its sums. The caller holds the period's row."""
    connection = await db.connection()
    await connection.execute(_FORGET, {"period": month.name})
    values: dict[str, Any] = {"period": month.name, "starts_at": month.starts_at, "ends_at": month.ends_at}
    for statement in _WRITE:
        wanted = {name: values[name] for name in values if f":{name}" in statement.text}
        await connection.execute(statement, wanted)
    return await cut_off_sums(db=db, period=month.name)


async def cut_off_sums(*, db: AsyncSession, period: str) -> list[CutOffSum]:
    """Return the sums of a cut-off list that was written."""
    rows = await (await db.connection()).execute(_SUMS, {"period": period})
    return [CutOffSum(row.kind, row.currency, row.items, int(row.amount_minor)) for row in rows]
