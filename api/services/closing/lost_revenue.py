"""Revenue that was lost or is in danger: lapsed holds, bills above their hold, rests, write-offs.

Flows of the days asked for; what is still unpaid is as of the last one's end.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.issuer import Issuer
from api.services.closing.control_totals import midnight

_LOST = text("""
  SELECT 'expired_before_bill' AS reason, c.currency, count(*) AS charges, sum(c.owed_minor) AS amount
  FROM hold_event e JOIN hold h ON h.id = e.hold_id AND h.psp = 'stripe' AND h.status = 'expired'
    JOIN charging_session c ON c.id = h.charging_session_id AND c.owed_minor > 0
  WHERE e.kind = 'expired' AND e.at >= :since AND e.at < :until GROUP BY 2
  UNION ALL
  SELECT 'capped_at_hold', c.currency, count(*), sum(c.owed_minor - h.captured_minor)
  FROM hold_event e JOIN hold h ON h.id = e.hold_id AND h.psp = 'stripe' AND h.captured_minor >= h.authorized_minor
    JOIN charging_session c ON c.id = h.charging_session_id AND c.owed_minor > h.captured_minor
  WHERE e.kind = 'capture_succeeded' AND e.at >= :since AND e.at < :until GROUP BY 2
  UNION ALL
  SELECT 'unpaid', r.currency, count(*), sum(r.amount) FROM (
    SELECT j.charging_session_id, e.currency, sum(e.amount_minor) AS amount
    FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN journal j ON j.id = e.journal_id
    WHERE a.name = 'receivable' AND e.layer = 'posted' AND j.occurred_at < :until
    GROUP BY 1, 2 HAVING sum(e.amount_minor) > 0) r GROUP BY 2
  UNION ALL
  SELECT 'written_off', e.currency, count(DISTINCT j.charging_session_id), sum(e.amount_minor)
  FROM journal j JOIN ledger_entry e ON e.journal_id = j.id JOIN ledger_account a ON a.id = e.account_id
  WHERE a.name = 'write_off' AND j.occurred_at >= :since AND j.occurred_at < :until
  GROUP BY 2 HAVING sum(e.amount_minor) <> 0
  ORDER BY 2, 1
""")

LOSSES = {
    "expired_before_bill": "hold lapsed before the bill",
    "capped_at_hold": "bill above the hold",
    "unpaid": "still unpaid",
    "written_off": "written off",
}
"""The reasons in words for staff."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What was lost for one reason in one currency, tax inside.

    ``expired_before_bill``: the hold lapsed, then the bill came; ``capped_at_hold``: the bill was above the hold;
    ``unpaid``: drivers owe it; ``written_off``: given up. The first two may have been paid in another way since.
    """

    reason: str
    currency: str
    charges: int
    amount_minor: int


async def lost_revenue(*, db: AsyncSession, issuer: Issuer, first: date, last: date) -> list[Loss]:
    """Return what was lost from ``first`` to ``last``, both included."""
    values = {"since": midnight(first, issuer), "until": midnight(last + timedelta(days=1), issuer)}
    rows = await (await db.connection()).execute(_LOST, values)
    return [Loss(row.reason, row.currency, row.charges, int(row.amount)) for row in rows]
