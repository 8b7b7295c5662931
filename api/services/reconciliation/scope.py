"""What a run looks at where that is not everything: what changed, what is not at an end, and what findings are about.

Changes are found by the moments on rows and by the transactions that booked, from before the end of what the last run
knew, by as long as the most patient rule waits: a change that was too young for that run is seen by this one.
"""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.rules import Thresholds
from api.models.mirror import MirrorProgress
from api.models.reconciliation import ReconciliationRun
from api.services.reconciliation.sql_rule import OPEN
from api.services.reconciliation.statements import carry_out

OVERLAP = timedelta(hours=1)
"""More than clocks of our processes differ, and longer than any transaction of ours takes."""

_PUT = "INSERT INTO reconciliation_scope (run_id, kind, id) SELECT CAST(:run AS text), '{kind}', x.id FROM ({those}) x"
_ONCE = " WHERE x.id IS NOT NULL GROUP BY x.id ON CONFLICT DO NOTHING"

_PAYMENTS = """
  SELECT id FROM processor_payment WHERE seen_at >= :since
  UNION ALL SELECT payment_intent_id FROM processor_entry WHERE seen_at >= :since
  UNION ALL SELECT payment_intent_id FROM processor_refund WHERE seen_at >= :since
  UNION ALL SELECT payment_intent_id FROM payin WHERE greatest(created_at, looked_at, finished_at) >= :since
  UNION ALL SELECT payment_intent_id FROM dispute WHERE looked_at >= :since
  UNION ALL SELECT i.payment_intent_id FROM payin i JOIN wallet_payout w ON w.payin_id = i.id
    WHERE greatest(w.created_at, w.looked_at, w.finished_at) >= :since
  UNION ALL SELECT payment_intent_id FROM payin WHERE id IN (SELECT subject FROM mismatch WHERE resolved_at IS NULL)
  UNION ALL SELECT subject FROM mismatch WHERE resolved_at IS NULL
"""
_CHARGES = f"""
  SELECT id FROM charging_session WHERE updated_at >= :since
  UNION ALL SELECT id FROM charging_session WHERE final_at IS NULL
  UNION ALL SELECT charging_session_id FROM hold WHERE updated_at >= :since OR created_at >= :since
  UNION ALL SELECT charging_session_id FROM hold WHERE status IN ({OPEN})
  UNION ALL SELECT charging_session_id FROM cdr WHERE received_at >= :since
  UNION ALL SELECT charging_session_id FROM partner_session WHERE updated_at >= :since
  UNION ALL SELECT charging_session_id FROM refund
    WHERE greatest(created_at, accepted_at, looked_at, finished_at) >= :since
  UNION ALL SELECT charging_session_id FROM journal WHERE booked_in >= :journals
  UNION ALL SELECT charging_session_id FROM payment_operation WHERE created_at >= :since
  UNION ALL SELECT h.charging_session_id FROM hold h
    JOIN reconciliation_scope s ON s.run_id = :run AND s.kind = 'payment' AND s.id = h.payment_intent_id
  UNION ALL SELECT charging_session_id FROM mismatch WHERE resolved_at IS NULL
  UNION ALL SELECT r.charging_session_id FROM refund r JOIN processor_refund p ON p.id = r.processor_refund_id
    WHERE p.seen_at >= :since
"""  # noqa: S608 - our own words
_PAYMENTS_OF_CHARGES = """
  SELECT h.payment_intent_id AS id FROM hold h JOIN reconciliation_scope s
    ON s.run_id = :run AND s.kind = 'charge' AND s.id = h.charging_session_id
  UNION ALL SELECT i.payment_intent_id FROM payin i JOIN reconciliation_scope s
    ON s.run_id = :run AND s.kind = 'charge' AND s.id = i.charging_session_id
  UNION ALL SELECT p.id FROM processor_payment p JOIN reconciliation_scope s
    ON s.run_id = :run AND s.kind = 'charge' AND s.id = p.charging_session_id
"""
_DRIVERS = """
  SELECT c.driver_id AS id FROM charging_session c JOIN reconciliation_scope s
    ON s.run_id = :run AND s.kind = 'charge' AND s.id = c.id
  UNION ALL SELECT driver_id FROM payin WHERE greatest(created_at, finished_at) >= :since
  UNION ALL SELECT driver_id FROM wallet_payout WHERE greatest(created_at, looked_at, finished_at) >= :since
  UNION ALL SELECT a.owner FROM journal j JOIN ledger_entry e ON e.journal_id = j.id
    JOIN ledger_account a ON a.id = e.account_id AND a.name = 'prepaid' WHERE j.booked_in >= :journals
  UNION ALL SELECT detail->>'driver' FROM mismatch WHERE resolved_at IS NULL AND reason = 'wallet_drift'
"""
_SUBJECTS = "SELECT subject AS id FROM mismatch WHERE resolved_at IS NULL"
_OF_CHANGES = (
    ("payment", _PAYMENTS),
    ("charge", _CHARGES),
    ("payment", _PAYMENTS_OF_CHARGES),
    ("driver", _DRIVERS),
    ("subject", _SUBJECTS),
)
_OF_ONE = (("charge", "SELECT CAST(:charge AS text) AS id"), ("payment", _PAYMENTS_OF_CHARGES))

_JOURNALS = text("""
SELECT coalesce((SELECT journals_from FROM reconciliation_run WHERE state = 'done' AND breadth <> 'charge'
  AND cut_off_at <= :since ORDER BY cut_off_at DESC LIMIT 1), 0)
""")
_COUNT = text("SELECT count_reconciliation_scope()")
"""The planner must know how much it is, or it looks row by row through whole tables."""


async def fill_scope(*, db: AsyncSession, run: ReconciliationRun) -> None:
    """Store what a run looks at."""
    since = run.since_at or run.cut_off_at
    connection = await db.connection()
    journals = int((await connection.execute(_JOURNALS, {"since": since})).scalar_one())
    values = {"run": run.id, "since": since, "journals": journals, "charge": run.charging_session_id}
    for kind, those in _OF_ONE if run.breadth == "charge" else _OF_CHANGES:
        await carry_out(db, _PUT.format(kind=kind, those=those) + _ONCE, values)
        await connection.execute(_COUNT)


async def known_until(*, db: AsyncSession, cut_off: datetime) -> datetime:
    """Return up to when both sides are known: the cut-off, or less where the copy of the processor's objects lags."""
    copied = list(await db.exec(select(MirrorProgress.complete_until)))
    return min([cut_off, *(each for each in copied if each is not None)])


async def changes_since(*, db: AsyncSession, thresholds: Thresholds) -> datetime | None:
    """Return from when on a run must look for changes; None: none has looked at anything yet."""
    query = select(ReconciliationRun.known_until).where(
        ReconciliationRun.state == "done", ReconciliationRun.breadth != "charge"
    )
    last = (await db.exec(query.order_by(col(ReconciliationRun.cut_off_at).desc()).limit(1))).first()
    return None if last is None else last - thresholds.longest - OVERLAP
