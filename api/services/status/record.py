"""Keeping what probes saw: each component and minute once, counted into its day, and how a component does by it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.availability import RECENT, WINDOW, Level, Seen, StatusRules, level_after
from api.models.status import StatusComponent


@dataclass(frozen=True, slots=True)
class Seeing:
    """What was seen of one component in one minute."""

    component: str
    minute: datetime
    seen: Seen
    detail: str | None = None
    took_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A component whose level was decided anew; ``since`` is the first bad minute of one that went down."""

    component: str
    before: Level
    level: Level
    since: datetime
    detail: str | None


def minute_of(at: datetime) -> datetime:
    """Return the beginning of a minute."""
    return at.replace(second=0, microsecond=0)


async def record_seen(db: AsyncSession, seen: Sequence[Seeing]) -> None:
    """Store what was seen; a minute that somebody told of already keeps what it has."""
    told = [
        {
            "component": each.component,
            "minute": each.minute.isoformat(),
            "seen": each.seen.value,
            "detail": each.detail,
            "took_ms": each.took_ms,
        }
        for each in sorted(seen, key=lambda each: (each.component, each.minute))
    ]
    await (await db.connection()).execute(_RECORD, {"told": json.dumps(told)})


async def decide_levels(db: AsyncSession, *, now: datetime, watched: Sequence[str]) -> list[Turn]:
    """Decide how each component does after its newest probes; one that is watched no more is forgotten."""
    found = await (await db.connection()).execute(_NEWEST, {"since": now - RECENT, "now": now, "most": WINDOW})
    newest: dict[str, list[Seeing]] = {component: [] for component in watched}
    for row in found:
        newest.setdefault(row.component, []).append(Seeing(row.component, row.minute, Seen(row.seen), row.detail))
    stored = (await db.exec(select(StatusComponent).with_for_update())).all()
    known = {each.component: each for each in stored}
    turns = [await _decide(db, now, known.get(component), component, newest[component]) for component in watched]
    for component, gone in known.items():
        if component not in watched:
            await db.delete(gone)
            turns.append(Turn(component, Level(gone.level), Level.UNKNOWN, now, "not_watched"))
    await db.flush()
    return turns


async def _decide(
    db: AsyncSession, now: datetime, row: StatusComponent | None, component: str, seen: Sequence[Seeing]
) -> Turn:
    before = Level(row.level) if row is not None else Level.UNKNOWN
    level = level_after(before, [each.seen for each in seen])
    bad = [each for each in seen if each.seen is not Seen.UP]
    detail = bad[-1].detail if bad and level is not Level.OPERATIONAL else None
    since = bad[0].minute if bad and level is Level.DOWN else now
    if row is None:
        row = StatusComponent(component=component, level=level.value, since=since, probed_at=now)
    elif level is not before:
        row.level, row.since = level.value, since
    row.detail = detail
    row.probed_at = seen[-1].minute if seen else row.probed_at
    db.add(row)
    return Turn(component, before, level, since, detail)


async def forget_probes(db: AsyncSession, *, now: datetime, rules: StatusRules) -> None:
    """Delete probes and days that are too old; what the days counted stays as long as a year can be told of."""
    values = {"probes": now - rules.probes_kept, "days": (now - rules.days_kept).date()}
    connection = await db.connection()
    for statement in _FORGET:
        await connection.execute(text(statement), {each: values[each] for each in values if f":{each}" in statement})


_RECORD = text(
    """
WITH told AS (
  SELECT * FROM jsonb_to_recordset(CAST(:told AS jsonb))
    AS t(component text, minute timestamptz, seen text, detail text, took_ms int)),
fresh AS (
  INSERT INTO status_probe (component, minute, seen, detail, took_ms)
  SELECT component, minute, seen, detail, took_ms FROM told ON CONFLICT DO NOTHING
  RETURNING component, minute, seen)
INSERT INTO status_day (component, day, up, degraded, down)
SELECT component, (minute AT TIME ZONE 'UTC')::date, count(*) FILTER (WHERE seen = 'up'),
  count(*) FILTER (WHERE seen = 'degraded'), count(*) FILTER (WHERE seen = 'down')
FROM fresh GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (component, day) DO UPDATE SET up = status_day.up + excluded.up,
  degraded = status_day.degraded + excluded.degraded, down = status_day.down + excluded.down
"""
)
_NEWEST = text(
    "SELECT component, minute, seen, detail FROM (SELECT component, minute, seen, detail, row_number() OVER"
    " (PARTITION BY component ORDER BY minute DESC) AS n FROM status_probe WHERE minute > :since AND minute <= :now"
    ") newest WHERE n <= :most ORDER BY component, minute"
)
_FORGET = (
    "DELETE FROM status_probe WHERE minute < :probes",
    "DELETE FROM evse_fault WHERE at < :probes",
    "DELETE FROM status_day WHERE day < :days",
)
