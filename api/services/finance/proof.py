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
    paid_beside: int
    """Paid by drivers beside their holds."""
    refunded: int
    """Gone back to drivers or on its way; what failed counts once it was paid in another way."""
    credited: int
    """Waived of bills by staff, as far as the bills did not fall since."""
    written_off: int
    """Given up, as far as the bills did not fall since and nobody paid after all."""
    disputed_away: int
    """Taken back by banks of what staff waived too: it need not go back a second time."""
    open_holds: int
    unfinished_operations: int
    unsettled_cdrs: int
    unbalanced_journals: int
    pending_layer: int
    jobs_left: int

    @property
    def accounted_for(self) -> int:
        """What became of the bills: kept, still owed, or given up by rule or by a person."""
        kept = self.captured + self.paid_beside - self.refunded - self.disputed_away
        return kept + self.receivable + self.waived + self.credited + self.written_off

    @property
    def holds_true(self) -> bool:
        """Say whether every hold ended, adds up to the cent, and the books and the queue are clean."""
        return (
            self.authorized == self.captured + self.released
            and self.accounted_for == self.owed
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
    ), per_charge AS (
      SELECT c.currency, CASE WHEN c.driver_price IS NULL THEN 0 ELSE c.owed_minor END AS owed,
        CASE WHEN c.status = 'settled' AND (c.state->'billed'->>'minor')::bigint = 0
          THEN coalesce(c.owed_minor, 0) ELSE 0 END AS waived,
        coalesce((c.state->'captured'->>'minor')::bigint, 0) AS captured,
        coalesce((c.state->'receivable'->>'minor')::bigint, 0) AS receivable,
        coalesce((c.state->'after'->'paid'->>'minor')::bigint, 0) AS paid_beside,
        coalesce((c.state->'ordered_back'->>'minor')::bigint, 0)
          - coalesce((c.state->'after'->'withheld'->>'minor')::bigint, 0)
          + coalesce((c.state->'after'->'repaid'->>'minor')::bigint, 0)
          + coalesce((c.state->'after'->'returned'->>'minor')::bigint, 0) AS refunded,
        -- a bill that fell below what staff had waived of it counts as waived only as far as it still stands
        least(coalesce((c.state->'after'->'credited'->>'minor')::bigint, 0),
          coalesce((c.state->'billed'->>'minor')::bigint, 0)) AS credited,
        (SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e JOIN journal j ON j.id = e.journal_id
          WHERE j.charging_session_id = c.id AND e.account_id = 'write_off::' || c.currency) AS written_off,
        coalesce((c.state->'after'->'disputed'->>'minor')::bigint, 0) AS disputed
      FROM charging_session c
    ), per_currency AS (
      SELECT currency, sum(owed) AS owed, sum(waived) AS waived, sum(paid_beside) AS paid_beside,
        sum(refunded) AS refunded, sum(credited) AS credited, sum(written_off) AS written_off,
        sum(least(disputed, greatest(captured + paid_beside - refunded + receivable + waived + credited + written_off
          - coalesce(owed, 0), 0))) AS disputed_away
      FROM per_charge GROUP BY currency
    )
    SELECT p.*,
      coalesce(c.owed, 0) AS owed, coalesce(c.waived, 0) AS waived, coalesce(c.paid_beside, 0) AS paid_beside,
      coalesce(c.refunded, 0) AS refunded, coalesce(c.credited, 0) AS credited,
      coalesce(c.written_off, 0) AS written_off, coalesce(c.disputed_away, 0) AS disputed_away,
      (SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
        WHERE a.name = 'receivable' AND e.currency = p.currency AND a.owner IN (SELECT id FROM driver)) AS receivable,
      (SELECT count(*) FROM (SELECT state FROM payment_operation UNION ALL SELECT state FROM payin_operation
        UNION ALL SELECT state FROM wallet_payout) o WHERE state IN ('pending', 'sent', 'unknown'))
        AS unfinished_operations,
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
    FROM per_hold p LEFT JOIN per_currency c ON c.currency = p.currency ORDER BY p.currency
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
