"""What drivers like to hear while it charges: the battery has come far enough, or the hold is nearly used.

One query a round finds who is to be told and was not; each is told once. How full the battery is comes from the
charger, where it says so, or from the car that the driver named and the charge that it came with; else nobody guesses.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from api.ports import Ports
from api.services.notices.relevance import BATTERY_REACHED, HOLD_NEARLY_USED
from api.services.notices.tell import tell_driver
from api.services.work import Work

HOLD_PERCENT = 75
"""A share of the hold that leaves time to act before the charge is stopped at its end."""
_ONCE_BATTERY, _ONCE_HOLD = f":{BATTERY_REACHED}", f":{HOLD_NEARLY_USED}:"
_BATTERY = text("""
SELECT charge.id, charge.driver_id, known.percent, wanted.percent AS told
FROM charging_session charge
JOIN quote ON quote.id = charge.quote_id
LEFT JOIN notice_preference chosen ON chosen.driver_id = charge.driver_id
LEFT JOIN partner_session session ON session.key = charge.partner_session_key
CROSS JOIN LATERAL (SELECT coalesce(chosen.battery_percent, 80) AS percent) wanted
CROSS JOIN LATERAL (
  SELECT CAST(jsonb_path_query_first(session.document,
    '$.charging_periods[last].dimensions[*] ? (@.type == "state_of_charge").volume') #>> '{}' AS numeric) AS percent
) stated
CROSS JOIN LATERAL (
  SELECT CAST(quote.price #>> '{estimate,battery,from_percent}' AS numeric)
    + charge.kwh * 100 / CAST(quote.price #>> '{estimate,battery,usable_kwh}' AS numeric) AS percent
) counted
CROSS JOIN LATERAL (SELECT coalesce(stated.percent, counted.percent) AS percent) known
WHERE charge.status = 'charging' AND charge.final_at IS NULL AND known.percent >= wanted.percent
  AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.once = charge.id || CAST(:suffix AS text))
LIMIT 500
""")
_HOLD = text("""
SELECT charge.id, charge.driver_id, charge.hold_minor
FROM charging_session charge
WHERE charge.status IN ('charging', 'idle') AND charge.final_at IS NULL AND charge.payer_type = 'card'
  AND CAST(charge.running ->> 'total_minor' AS bigint) * 100 >= charge.hold_minor * CAST(:percent AS bigint)
  AND NOT EXISTS (
    SELECT 1 FROM notice WHERE notice.once = charge.id || CAST(:suffix AS text) || charge.hold_minor)
LIMIT 500
""")


@dataclass(frozen=True, slots=True)
class _Reached:
    """A milestone of one charge; ``once`` names it."""

    charging_session_id: str
    driver_id: str
    message: str
    once: str
    detail: dict[str, Any]


async def sweep_milestones(*, work: Work, ports: Ports) -> int:
    """Tell drivers what their charges have come to; return how many were told."""
    now = ports.clock.now()
    async with work() as db:
        connection = await db.connection()
        found = [_battery(row) for row in await connection.execute(_BATTERY, {"suffix": _ONCE_BATTERY})]
        found += [
            _hold(row) for row in await connection.execute(_HOLD, {"percent": HOLD_PERCENT, "suffix": _ONCE_HOLD})
        ]
    return sum([await _tell(work, ports, now, each) for each in found])


def _battery(row: Any) -> _Reached:
    detail = {"percent": int(row.told)}
    return _Reached(row.id, row.driver_id, BATTERY_REACHED, f"{row.id}{_ONCE_BATTERY}", detail)


def _hold(row: Any) -> _Reached:
    once = f"{row.id}{_ONCE_HOLD}{row.hold_minor}"
    return _Reached(row.id, row.driver_id, HOLD_NEARLY_USED, once, {"hold_minor": row.hold_minor})


async def _tell(work: Work, ports: Ports, now: datetime, reached: _Reached) -> bool:
    async with work() as db:
        told = await tell_driver(
            db=db,
            ports=ports,
            now=now,
            driver_id=reached.driver_id,
            message=reached.message,
            charging_session_id=reached.charging_session_id,
            detail=reached.detail,
            once=reached.once,
        )
    return told is not None
