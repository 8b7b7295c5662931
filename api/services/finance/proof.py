"""The promise as figures: what was authorized, captured, released and owed, and whether it all agrees.

Used by the demo's last lines and by anyone who wants to know at once whether something was left behind.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession


@dataclass(frozen=True, slots=True)
class Proof:
    """Sums over all charges of one currency, in minor units, and the counts that must be zero."""

    currency: str
    holds: int
    authorized: int
    captured: int
    released: int
    owed: int
    receivable: int
    waived: int
    """Bills below what the processor can take, let go by rule and told to finance."""
    open_holds: int
    unfinished_operations: int
    unsettled_cdrs: int
    unbalanced_journals: int
    pending_layer: int
    jobs_left: int

    @property
    def holds_true(self) -> bool:
        """Say whether every hold ended, adds up to the cent, and the books and the queue are clean."""
        return (
            self.authorized == self.captured + self.released
            and self.captured + self.receivable + self.waived == self.owed
            and not any(
                (
                    self.open_holds,
                    self.unfinished_operations,
                    self.unsettled_cdrs,
                    self.unbalanced_journals,
                    self.pending_layer,
                    self.jobs_left,
                )
            )
        )


# The job of a clock that was stopped since waits for nothing and will find nothing: it is not counted as left.
_PROOF = text(
    """
    WITH per_hold AS (
      SELECT h.currency, count(*) AS holds, sum(h.authorized_minor) AS authorized, sum(h.captured_minor) AS captured,
             sum(h.released_minor) AS released,
             count(*) FILTER (WHERE h.status NOT IN ('captured', 'released', 'expired', 'declined')) AS open_holds
      FROM hold h GROUP BY h.currency
    )
    SELECT p.*,
      (SELECT coalesce(sum(c.owed_minor), 0) FROM charging_session c
        WHERE c.currency = p.currency AND c.driver_price IS NOT NULL) AS owed,
      (SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
        WHERE a.name = 'receivable' AND e.currency = p.currency) AS receivable,
      (SELECT coalesce(sum(c.owed_minor), 0) FROM charging_session c WHERE c.currency = p.currency
        AND c.status = 'settled' AND (c.state->'billed'->>'minor')::bigint = 0) AS waived,
      (SELECT count(*) FROM payment_operation WHERE state IN ('pending', 'sent', 'unknown')) AS unfinished_operations,
      (SELECT count(*) FROM cdr r LEFT JOIN journal j ON j.kind = 'partner_cost' AND j.cause_id = r.key
        WHERE j.id IS NULL AND round(r.total_cost, 2) <> 0) AS unsettled_cdrs,
      (SELECT count(*) FROM (SELECT journal_id FROM ledger_entry GROUP BY journal_id, layer, currency
        HAVING sum(amount_minor) <> 0) u) AS unbalanced_journals,
      (SELECT coalesce(sum(abs(s.total)), 0) FROM (SELECT account_id, sum(amount_minor) AS total FROM ledger_entry
        WHERE layer = 'pending' GROUP BY account_id) s) AS pending_layer,
      (SELECT count(*) FROM procrastinate_jobs q WHERE q.status IN ('todo', 'doing', 'failed')
        AND q.task_name NOT LIKE 'sweep%'
        AND NOT (q.task_name = 'fire_timer' AND q.status = 'todo' AND NOT EXISTS (SELECT 1 FROM charging_timer t
          WHERE t.charging_session_id = q.args->>'charging_session_id' AND t.timer = q.args->>'timer'))) AS jobs_left
    FROM per_hold p ORDER BY p.currency
    """
)


async def prove(*, db: AsyncSession) -> list[Proof]:
    """Return the proof per currency, computed from the stored rows at this moment."""
    connection = await db.connection()
    rows = (await connection.execute(_PROOF)).mappings()
    return [_proof(dict(row)) for row in rows]


def _proof(row: dict[str, Any]) -> Proof:
    """Return one row of the query as a proof; PostgreSQL's sums come as exact numbers."""
    return Proof(currency=row.pop("currency"), **{name: int(value) for name, value in row.items()})
