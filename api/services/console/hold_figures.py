"""Figures of holds for the overview: open ones by time left and by age, captured and released by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.hold_bands import AGES, TIME_LEFT, Band
from api.services.console.hold_filter import OPEN_HOLD

DAYS = 30
"""How far back figures by day go."""
_OPEN = f"FROM hold h WHERE h.psp = 'stripe' AND {OPEN_HOLD}"
_STANDING = text(
    "SELECT h.currency, count(*) AS holds, coalesce(sum(h.authorized_minor - h.captured_minor), 0) AS amount"
    f" {_OPEN} GROUP BY 1 ORDER BY 2 DESC, 1"
)
_BANDED = (
    "SELECT width_bucket(extract(epoch FROM {length}), CAST(:limits AS double precision[])) AS band, count(*) AS holds,"  # noqa: S608 - our own words
    f" coalesce(sum(h.authorized_minor - h.captured_minor), 0) AS amount {_OPEN} AND h.currency = :currency GROUP BY 1"
)
_BY_TIME_LEFT = text(_BANDED.format(length="h.capture_before - :now"))
_BY_AGE = text(_BANDED.format(length=":now - h.created_at"))
_BY_DAY = text(
    "SELECT e.day, sum(h.captured_minor) AS captured, sum(h.released_minor) AS released, count(*) AS holds FROM"
    " (SELECT hold_id, (min(at) AT TIME ZONE 'UTC')::date AS day FROM hold_event WHERE at >= :since"
    " AND kind IN ('capture_succeeded', 'release_succeeded', 'expired') GROUP BY hold_id) e"
    " JOIN hold h ON h.id = e.hold_id WHERE h.psp = 'stripe' AND h.currency = :currency GROUP BY 1"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """All open holds of one currency."""

    currency: str
    holds: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Banded:
    """The open holds of one band; ``band`` None: the processor told no end."""

    band: Band | None
    holds: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class DayOfHolds:
    """What was taken from holds that ended on one day (UTC), and what went back."""

    day: date
    holds: int
    captured_minor: int
    released_minor: int


async def standing_holds(*, db: AsyncSession) -> list[Standing]:
    """Return what is held by currency, the one with most holds first."""
    rows = await (await db.connection()).execute(_STANDING)
    return [Standing(row.currency, row.holds, int(row.amount)) for row in rows]


async def holds_by_time_left(*, db: AsyncSession, now: datetime, currency: str) -> list[Banded]:
    """Return open holds by how long they can still be captured."""
    return await _banded(db, _BY_TIME_LEFT, now, currency, TIME_LEFT)


async def holds_by_age(*, db: AsyncSession, now: datetime, currency: str) -> list[Banded]:
    """Return open holds by how long they have stood."""
    return await _banded(db, _BY_AGE, now, currency, AGES)


async def _banded(
    db: AsyncSession, statement: Any, now: datetime, currency: str, bands: Sequence[Band]
) -> list[Banded]:
    limits = [band.below.total_seconds() for band in bands if band.below is not None]
    said = {"now": now, "limits": limits, "currency": currency}
    rows = {row.band: row for row in await (await db.connection()).execute(statement, said)}
    found = [
        Banded(band, row.holds, int(row.amount)) if (row := rows.get(place)) else Banded(band, 0, 0)
        for place, band in enumerate(bands)
    ]
    return found + ([Banded(None, row.holds, int(row.amount))] if (row := rows.get(None)) else [])


async def holds_by_day(*, db: AsyncSession, now: datetime, currency: str) -> list[DayOfHolds]:
    """Return the last days, those on which nothing ended too."""
    first = first_day(now)
    said = {"since": datetime.combine(first, datetime.min.time(), now.tzinfo), "currency": currency}
    rows = {row.day: row for row in await (await db.connection()).execute(_BY_DAY, said)}
    days = [first + timedelta(days=each) for each in range(DAYS)]
    return [
        DayOfHolds(day, row.holds, int(row.captured), int(row.released))
        if (row := rows.get(day))
        else DayOfHolds(day, 0, 0, 0)
        for day in days
    ]


def first_day(now: datetime) -> date:
    """Return the first of the last days."""
    return now.date() - timedelta(days=DAYS - 1)
