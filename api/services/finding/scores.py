"""Last success, not last status: how our own charges went at each EVSE (idea 11).

Counted anew, every few minutes, for the EVSEs at which anybody started lately. A start counts once it is decided: it
worked when energy flowed, it failed when the operator or the charger did not begin. What the driver or the bank broke
off counts for neither. Evidence with its sample size, never an opinion.
"""

from datetime import datetime, timedelta

from sqlalchemy import text

from api.domain.charging.state import ChargingStatus
from api.services.work import Work

LOOKED_AT = timedelta(days=90)
LATELY = timedelta(days=3)
"""How old a charge may be to have its EVSE counted anew; by then it is decided."""

_COUNT = text(
    """
INSERT INTO evse_score (evse_key, starts, worked, last_good_at, counted_at)
SELECT evse_key, count(*), count(*) FILTER (WHERE good), max(at) FILTER (WHERE good), :now
FROM (
  SELECT evse_key, charging_at IS NOT NULL AND kwh > 0 AS good,
    least(coalesce(energy_ended_at, metered_at, charging_at), :now) AS at
  FROM charging_session
  WHERE created_at > :since AND evse_key IN (SELECT evse_key FROM charging_session WHERE created_at > :lately)
    AND (charging_at IS NOT NULL AND kwh > 0 OR status = :failed)
) decided
GROUP BY evse_key
ON CONFLICT (evse_key) DO UPDATE SET starts = excluded.starts, worked = excluded.worked,
  last_good_at = excluded.last_good_at, counted_at = excluded.counted_at
WHERE (evse_score.starts, evse_score.worked, evse_score.last_good_at)
  IS DISTINCT FROM (excluded.starts, excluded.worked, excluded.last_good_at)
"""
)
_FORGET = text("DELETE FROM evse_score WHERE counted_at < :before")


async def count_scores(*, work: Work, now: datetime) -> None:
    """Count how charges went at the EVSEs of late; forget what nobody charged at for as long as is looked at."""
    values = {"now": now, "since": now - LOOKED_AT, "lately": now - LATELY, "failed": ChargingStatus.START_FAILED}
    async with work() as db:
        connection = await db.connection()
        await connection.execute(_COUNT, values)
        await connection.execute(_FORGET, {"before": now - LOOKED_AT})
