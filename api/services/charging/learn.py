"""How long things usually take, learned from our own charges: to start, to stop, to the first reading, to the bill.

All moments are ours, taken from the history of charges, since partners' clocks differ. The figures are shown as
"usually so many seconds here" and may lengthen a clock at a slow network; no clock ever gets shorter by them.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.learned import LearnedTime
from api.models.location import EvseRow, LocationRow
from api.ports import Ports
from api.services.work import Work

START, READING, STOP, BILL = "start", "reading", "stop", "bill"
STOP_ASKED_AT = "stop_asked_at"
"""Where a charge's guidance keeps since when its stop is waited for."""
LOOK_BACK = timedelta(days=60)
FEWEST = 5
"""So many charges make a habit."""
_LEARN = f"""
WITH charge AS (
  SELECT c.id, 'evse:' || c.evse_key AS evse,
    'network:' || c.partner_id || '/' || c.country_code || '/' || c.party_id AS network,
    min(e.at) FILTER (WHERE e.status = 'starting') AS ordered,
    min(e.at) FILTER (WHERE e.fact IN ('SessionSeen', 'EnergyResumed')) AS began,
    min(e.at) FILTER (WHERE e.fact = 'SessionSeen' AND e.detail->>'metered' = 'true') AS metered,
    min(e.at) FILTER (WHERE e.fact = 'StopConfirmed') AS asked,
    min(e.at) FILTER (WHERE e.fact IN ('EnergyEnded', 'Unplugged')) AS quiet,
    min(e.at) FILTER (WHERE e.fact = 'Unplugged') AS ended,
    min(e.at) FILTER (WHERE e.fact = 'CdrReceived') AS billed
  FROM charging_session c JOIN charging_event e ON e.charging_session_id = c.id
  WHERE c.created_at >= :since GROUP BY c.id
), took AS (
  SELECT evse, network, kind, extract(epoch FROM till - since) AS seconds
  FROM charge, LATERAL (VALUES
    ('{START}', ordered, began), ('{READING}', began, metered), ('{STOP}', asked, quiet), ('{BILL}', ended, billed)
  ) AS step(kind, since, till)
  WHERE till >= since
)
INSERT INTO learned_time (scope, kind, usual_s, late_s, samples, updated_at)
SELECT scope, kind, ceil(percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)),
  ceil(percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds)), count(*), :now
FROM took, LATERAL (VALUES (evse), (network)) AS place(scope)
GROUP BY scope, kind HAVING count(*) >= :fewest
ON CONFLICT (scope, kind) DO UPDATE SET usual_s = excluded.usual_s, late_s = excluded.late_s,
  samples = excluded.samples, updated_at = excluded.updated_at
"""  # noqa: S608 - our own words


async def learn_times(*, work: Work, ports: Ports) -> None:
    """Learn anew how long things took lately; what nobody charges at any more is forgotten."""
    now = ports.clock.now()
    async with work() as db:
        connection = await db.connection()
        values = {"since": now - LOOK_BACK, "now": now, "fewest": FEWEST}
        await connection.execute(text(_LEARN), values)
        await connection.execute(text("DELETE FROM learned_time WHERE updated_at < :now"), {"now": now})


async def usual_times(*, db: AsyncSession, evse: EvseRow, location: LocationRow) -> dict[str, Any]:
    """Return by kind how long things usually take at an EVSE, or in its network where too few charged at it."""
    own = f"evse:{evse.key}"
    network = f"network:{location.partner_id}/{location.country_code}/{location.party_id}"
    rows = await db.exec(select(LearnedTime).where(col(LearnedTime.scope).in_([own, network])))
    found = sorted(rows, key=lambda row: row.scope == own)  # what is known of the EVSE itself replaces the rest
    return {row.kind: {"usual_s": row.usual_s, "late_s": row.late_s} for row in found}


def longer_where_slow(policy: timedelta, guidance: dict[str, Any], kind: str) -> timedelta:
    """Return how long to wait: as the rules say, or longer where this takes longer, at most twice as long."""
    late_s = guidance.get("usual", {}).get(kind, {}).get("late_s", 0)
    return max(policy, min(timedelta(seconds=late_s), 2 * policy))


def expected_at(since: datetime | None, guidance: dict[str, Any], kind: str) -> datetime | None:
    """Return when something is usually there that began at ``since``; None: not learned, or it has not begun."""
    usual_s = guidance.get("usual", {}).get(kind, {}).get("usual_s")
    return None if since is None or usual_s is None else since + timedelta(seconds=usual_s)
