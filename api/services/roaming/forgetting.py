"""Forgetting what is kept of partners for a time only: what they said of sessions and CDRs, and runs of pulls.

In small batches, each in a transaction of its own, so that nobody waits for it. Messages behind an open or disputed
charge stay whatever their age; deleting any other way is refused by the database (migration 0022).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text

from api.ports import Ports
from api.services.work import Work

BATCH = 1000

_MESSAGES = text("SELECT forget_partner_messages(:before, :most)")
_RUNS = text(
    "WITH old AS (SELECT id FROM pull_run WHERE coalesce(finished_at, updated_at) < :before"
    # where the next pull of changes begins is told by the latest one that reached its end
    " AND id NOT IN (SELECT DISTINCT ON (partner_id, module) id FROM pull_run"
    " WHERE finished_at IS NOT NULL AND next_link IS NULL ORDER BY partner_id, module, started_at DESC)"
    " LIMIT :most), gone AS (DELETE FROM pull_run WHERE id IN (SELECT id FROM old) RETURNING 1)"
    " SELECT count(*) FROM gone"
)


async def forget_what_is_old(*, work: Work, ports: Ports, now: datetime) -> tuple[int, int]:
    """Delete old messages and old runs; return how many of each."""
    policy = ports.policy
    return (
        await _delete(work, _MESSAGES, now - policy.messages_kept),
        await _delete(work, _RUNS, now - policy.pull_runs_kept),
    )


async def _delete(work: Work, statement: TextClause, before: datetime) -> int:
    """Carry out a statement until it finds nothing more to delete; return how many rows went."""
    values: dict[str, Any] = {"before": before, "most": BATCH}
    deleted = 0
    while True:
        async with work() as db:
            found = int((await (await db.connection()).execute(statement, values)).scalar_one())
        deleted += found
        if found < BATCH:
            return deleted
