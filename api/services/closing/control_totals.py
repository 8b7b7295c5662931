"""Control totals per day and currency, computed from the ledger and, on their own, from holds' events and refunds.

A day is one where the issuer sits. What came before the first one is carried from the newest sealed period before it,
so that a page does not add up all of history.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.domain.finance.control import CLEARING, HOLDS, ControlDay, Line, Movements, Opening, control_days, summed
from api.domain.finance.issuer import Issuer

MOST_DAYS = 366

_BOOKED = """
  SELECT (j.occurred_at AT TIME ZONE :zone)::date AS day, e.currency,
    CASE WHEN a.name = 'psp_holds' THEN
      CASE WHEN j.kind IN ('hold_placed', 'hold_extended') THEN 'authorized'
        WHEN j.kind = 'hold_ended' THEN 'let_go' ELSE 'corrected' END
      WHEN j.kind = 'hold_captured' AND j.cause_type = 'hold' THEN 'captured'
      WHEN j.kind IN ('refunded', 'refund_failed') AND j.cause_type = 'refund' THEN 'refunded'
      ELSE 'other' END AS line,
    sum(e.amount_minor) AS amount
  FROM journal j JOIN ledger_entry e ON e.journal_id = j.id JOIN ledger_account a ON a.id = e.account_id
  WHERE (a.name = 'psp_holds' AND e.layer = 'pending' OR a.name = 'psp_clearing' AND e.layer = 'posted')
"""
_BOOKED_IN = text(f"{_BOOKED} AND j.occurred_at >= :since AND j.occurred_at < :until GROUP BY 1, 2, 3")
_BOOKED_BEFORE = text(f"{_BOOKED} AND j.period > :base AND j.occurred_at < :until GROUP BY 1, 2, 3")

_HAPPENED = text("""
  WITH touched AS (
    SELECT DISTINCT e.hold_id, h.currency FROM hold_event e JOIN hold h ON h.id = e.hold_id AND h.psp = 'stripe'
    WHERE e.at >= :since AND e.at < :until AND e.kind IN
      ('place_succeeded', 'extend_succeeded', 'capture_succeeded', 'expired', 'release_succeeded')
  ), raised AS (
    SELECT t.hold_id, t.currency, e.at, e.amount_minor - coalesce(max(e.amount_minor) OVER (PARTITION BY e.hold_id
        ORDER BY e.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS by
    FROM touched t JOIN hold_event e ON e.hold_id = t.hold_id AND e.kind IN ('place_succeeded', 'extend_succeeded')
  ), ends AS (
    SELECT t.hold_id, t.currency, min(e.at) AS at, bool_or(e.kind = 'expired') AS expired,
      max(e.amount_minor) FILTER (WHERE e.kind = 'capture_succeeded') AS captured,
      min(e.at) FILTER (WHERE e.kind = 'capture_succeeded') AS captured_at
    FROM touched t JOIN hold_event e ON e.hold_id = t.hold_id
      AND e.kind IN ('capture_succeeded', 'expired', 'release_succeeded') GROUP BY 1, 2
  ), ended AS (
    SELECT n.*, greatest(n.at, r.at) AS ended_at, r.whole FROM ends n LEFT JOIN (
      SELECT hold_id, min(at) AS at, sum(by) AS whole FROM raised WHERE by > 0 GROUP BY 1) r ON r.hold_id = n.hold_id
  ), moved AS (
    SELECT at, currency, 'authorized' AS line, by AS amount FROM raised WHERE by > 0
    UNION ALL SELECT ended_at, currency, 'let_go', -whole FROM ended WHERE whole IS NOT NULL
    UNION ALL SELECT captured_at, currency, 'captured', captured FROM ended WHERE captured IS NOT NULL
    UNION ALL SELECT ended_at, currency, 'captured_of_holds', least(captured, whole) FROM ended WHERE captured > 0
    UNION ALL SELECT ended_at, currency, CASE WHEN expired AND captured IS NULL THEN 'expired' ELSE 'released' END,
      whole - least(coalesce(captured, 0), whole) FROM ended WHERE whole IS NOT NULL
    UNION ALL SELECT accepted_at, currency, 'refunded', -amount_minor FROM refund WHERE accepted_at IS NOT NULL
      AND processor_refund_id IS NOT NULL
    UNION ALL SELECT finished_at, currency, 'refunded', amount_minor FROM refund WHERE state = 'failed'
      AND processor_refund_id IS NOT NULL AND finished_at IS NOT NULL
  )
  SELECT (at AT TIME ZONE :zone)::date AS day, currency, line, sum(amount) AS amount FROM moved
  WHERE at >= :since AND at < :until GROUP BY 1, 2, 3
""")

_BASE = text(
    "SELECT name, events_closing FROM accounting_period WHERE state = 'locked' AND name < :month"
    " ORDER BY name DESC LIMIT 1"
)
_BASE_BALANCES = text(
    "SELECT account, currency, closing_minor FROM period_balance WHERE period = :period"
    " AND (account = 'psp_holds' AND layer = 'pending' OR account = 'psp_clearing' AND layer = 'posted')"
)
_LATE = text(
    "SELECT EXISTS (SELECT 1 FROM journal WHERE period > :period AND occurred_at < :ends_at AND kind LIKE 'hold_%')"
)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class DaysUnreadable(Invalid):
    """The days are in the wrong order, or too many at once."""


@dataclass(frozen=True, slots=True)
class _Base:
    """The newest sealed period before the days asked for."""

    period: str
    events_until: datetime
    """Up to when ``events`` has what holds promised."""
    balances: Mapping[tuple[str, str], int]
    events: Mapping[str, int]


async def control_totals(*, db: AsyncSession, issuer: Issuer, first: date, last: date) -> list[ControlDay]:
    """Return the control totals of the days from ``first`` to ``last``, both included; raises DaysUnreadable."""
    if not 0 <= (last - first).days < MOST_DAYS:
        raise DaysUnreadable("days_unreadable", first=str(first), last=str(last))
    since, until = midnight(first, issuer), midnight(last + timedelta(days=1), issuer)
    base = await _base(db, issuer, first)
    before = await _rows(db, _BOOKED_BEFORE, zone=issuer.time_zone, base=base.period, until=since)
    earlier = await _rows(db, _HAPPENED, zone=issuer.time_zone, since=base.events_until, until=since)
    opening = Opening(
        _opened(base, "psp_holds", before, HOLDS),
        _opened(base, "psp_clearing", before, CLEARING),
        _added(base.events, earlier, (Line.AUTHORIZED, Line.LET_GO)),
    )
    booked = await _rows(db, _BOOKED_IN, zone=issuer.time_zone, since=since, until=until)
    happened = await _rows(db, _HAPPENED, zone=issuer.time_zone, since=since, until=until)
    return control_days(first, last, opening, booked, happened)


def midnight(day: date, issuer: Issuer) -> datetime:
    """Return the first moment of a day where the issuer sits."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(issuer.time_zone)).astimezone(UTC)


async def _base(db: AsyncSession, issuer: Issuer, first: date) -> _Base:
    connection = await db.connection()
    found = (await connection.execute(_BASE, {"month": f"{first:%Y-%m}"})).first()
    if found is None:
        return _Base("", _BEGINNING, {}, {})
    rows = await connection.execute(_BASE_BALANCES, {"period": found.name})
    after = (date.fromisoformat(f"{found.name}-01") + timedelta(days=31)).replace(day=1)
    ends_at = midnight(after, issuer)
    late = bool(await connection.scalar(_LATE, {"period": found.name, "ends_at": ends_at}))
    balances = {(row.account, row.currency): int(row.closing_minor) for row in rows}
    if late:  # events of late items are older than what was kept of events
        return _Base(found.name, _BEGINNING, balances, {})
    return _Base(found.name, ends_at, balances, found.events_closing)


async def _rows(db: AsyncSession, statement: Any, **values: object) -> Movements:
    rows = await (await db.connection()).execute(statement, values)
    return summed((row.day, row.currency, row.line, row.amount) for row in rows)


def _opened(base: _Base, account: str, before: Movements, lines: tuple[Line, ...]) -> dict[str, int]:
    return _added(
        {currency: minor for (name, currency), minor in base.balances.items() if name == account}, before, lines
    )


def _added(standing: Mapping[str, int], moved: Movements, lines: tuple[Line, ...]) -> dict[str, int]:
    found = dict(standing)
    for (_, currency), amounts in moved.items():
        found[currency] = found.get(currency, 0) + sum(amounts.get(line, 0) for line in lines)
    return found
