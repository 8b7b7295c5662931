"""``chargehand ledger verify``: the books recomputed from everything they came from, check by check.

Reads one snapshot of the database, so that charges under way do not make it differ from itself. Set-based where the
rule is a sum; row by row, streamed, where a rule of the domain decides (folds, rounding). Does not live here: the
promise in a few figures (``proof.py``).
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.ports.settlement import BalanceEntry
from api.services.finance.verify_afterwards import check_afterwards
from api.services.finance.verify_charges import check_charges
from api.services.finance.verify_checks import SqlCheck, Verdict
from api.services.finance.verify_holds import check_holds
from api.services.finance.verify_processor import check_processor
from api.services.finance.verify_wallets import check_wallets

_JOURNALS = SqlCheck(
    "journals_balance",
    "every journal has entries that sum to zero per layer and currency",
    "journal",
    """SELECT j.id AS journal, j.kind, e.layer, e.currency, coalesce(sum(e.amount_minor), 0) AS off
    FROM journal j LEFT JOIN ledger_entry e ON e.journal_id = j.id
    GROUP BY j.id, j.kind, e.layer, e.currency HAVING coalesce(sum(e.amount_minor), 1) <> 0""",
)

_ENTRIES = SqlCheck(
    "entries_in_their_accounts",
    "every entry is in the currency of its account",
    "ledger_entry",
    """SELECT e.id AS entry, e.journal_id AS journal, e.account_id AS account, e.currency FROM ledger_entry e
    LEFT JOIN ledger_account a ON a.id = e.account_id WHERE a.currency IS DISTINCT FROM e.currency""",
)

_REVERSALS = SqlCheck(
    "reversals_undo",
    "a reversing journal posts the exact opposite of what it undoes",
    "journal WHERE reverses_id IS NOT NULL",
    """SELECT r.id AS journal, r.reverses_id AS undoes, e.account_id AS account, sum(e.amount_minor) AS left_over
    FROM journal r JOIN ledger_entry e ON e.journal_id IN (r.id, r.reverses_id) WHERE r.reverses_id IS NOT NULL
    GROUP BY r.id, r.reverses_id, e.account_id, e.layer HAVING sum(e.amount_minor) <> 0""",
)

# The job of a clock that was stopped since waits for nothing and will find nothing: it is not counted as left.
_NOTHING_LEFT = SqlCheck(
    "nothing_left",
    "no operation is unfinished, no event unhandled, no job left",
    "payment_operation",
    """SELECT 'operation' AS what, id AS subject, kind || ' is ' || state AS stands FROM payment_operation
      WHERE state IN ('pending', 'sent', 'unknown')
    UNION ALL SELECT 'operation', id, kind || ' is ' || state FROM payin_operation
      WHERE state IN ('pending', 'sent', 'unknown')
    UNION ALL SELECT 'operation', id, 'refund of a wallet is ' || state FROM wallet_payout
      WHERE state IN ('pending', 'sent', 'unknown')
    UNION ALL SELECT 'event', id, type FROM processor_event WHERE handled_at IS NULL
    UNION ALL SELECT 'job', q.id::text, q.task_name || ' is ' || q.status::text FROM procrastinate_jobs q
      WHERE q.status IN ('todo', 'doing', 'failed') AND q.task_name NOT LIKE 'sweep%'
        AND NOT (q.task_name = 'fire_timer' AND q.status = 'todo' AND NOT EXISTS (SELECT 1 FROM charging_timer t
          WHERE t.charging_session_id = q.args->>'charging_session_id' AND t.timer = q.args->>'timer'))""",
)


_PLANNED_FOR_ALL_ROWS = ("cursor_tuple_fraction = 1", "work_mem = '64MB'")
"""A stream is read to its end: PostgreSQL must not plan it for a quick first row. Sums of many rows stay in memory."""


async def verify_ledger(*, db: AsyncSession, at_processor: Sequence[BalanceEntry] | None = None) -> list[Verdict]:
    """Return what every check found; ``db`` must be fresh. ``at_processor``: our balance's movements, if asked for."""
    connection = await db.connection()
    await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    for setting in _PLANNED_FOR_ALL_ROWS:
        await connection.execute(text(f"SET LOCAL {setting}"))
    return await run_checks(db, at_processor)


async def run_checks(db: AsyncSession, at_processor: Sequence[BalanceEntry] | None = None) -> list[Verdict]:
    """Run every check on what this transaction sees."""
    verdicts = [await check.run(db) for check in (_JOURNALS, _ENTRIES, _REVERSALS)]
    verdicts += await check_holds(db)
    verdicts += await check_charges(db)
    verdicts += await check_afterwards(db)
    verdicts += await check_wallets(db)
    if at_processor is not None:
        verdicts += await check_processor(db, at_processor)
    return [*verdicts, await _NOTHING_LEFT.run(db)]
