"""How many starts succeed (CN25), counted by SQL from our charges: by day, by network and by EVSE.

What counts is in ``domain/support/start_success.py``; this is its one spelling in SQL, for every page and rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.start_success import (
    DECLINED,
    DRIVER_SIDE_CODES,
    OURS,
    TAKEN_BACK,
    UNDECIDED,
    Starts,
)
from api.models.charging import BADGE

_UNDECIDED = ", ".join(f"'{status}'" for status in sorted(UNDECIDED))
_CODES = ", ".join(f"'{code}'" for code in sorted(DRIVER_SIDE_CODES))
BEGUN = "c.charging_at IS NOT NULL"
COUNTS = (
    f"c.auth_channel <> '{BADGE}' AND c.status NOT IN ({_UNDECIDED}) AND ({BEGUN} OR NOT (c.status = '{DECLINED}'"
    f" OR (c.status = '{TAKEN_BACK}' AND c.failure_code IS NULL) OR coalesce(c.failure_code, '') IN ({_CODES})))"
)
"""A start of ours that is decided and did not fail on the driver's side; ``c`` is ``charging_session``."""
COUNTS_FOR_NETWORK = f"{COUNTS} AND ({BEGUN} OR c.failure_code IS DISTINCT FROM '{OURS}')"
"""The same without those that never left our house."""
FEWEST = 3
"""With fewer starts than this an EVSE is not among the worst."""


@dataclass(frozen=True, slots=True)
class DayOfStarts:
    """The starts of one day (UTC)."""

    day: date
    starts: Starts


@dataclass(frozen=True, slots=True)
class NetworkStarts:
    """The starts at one partner's chargers."""

    partner_id: str
    name: str
    starts: Starts
    before: Starts
    """Of the same while before."""


@dataclass(frozen=True, slots=True)
class EvseStarts:
    """The starts at one EVSE, and why most of them failed."""

    evse_key: str
    evse_id: str | None
    location_key: str
    place: str | None
    partner_id: str
    partner: str
    starts: Starts
    common_failure: str | None


_BY_DAY = text(
    "SELECT (c.created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS asked,"  # noqa: S608 - our own words
    f" count(*) FILTER (WHERE {BEGUN}) AS begun"
    f" FROM charging_session c WHERE c.created_at >= :since AND {COUNTS} GROUP BY 1"
)
_BY_NETWORK_DAY = text(
    "SELECT (c.created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS asked,"  # noqa: S608 - our own words
    f" count(*) FILTER (WHERE {BEGUN}) AS begun"
    f" FROM charging_session c WHERE c.created_at >= :since AND c.partner_id = :partner AND {COUNTS_FOR_NETWORK}"
    " GROUP BY 1"
)
_BY_NETWORK = text(
    "SELECT p.id, p.name, s.* FROM partner p JOIN (SELECT c.partner_id,"  # noqa: S608 - our own words
    " count(*) FILTER (WHERE c.created_at >= :since) AS asked,"
    f" count(*) FILTER (WHERE c.created_at >= :since AND {BEGUN}) AS begun,"
    " count(*) FILTER (WHERE c.created_at < :since) AS asked_before,"
    f" count(*) FILTER (WHERE c.created_at < :since AND {BEGUN}) AS begun_before"
    f" FROM charging_session c WHERE c.created_at >= :before AND c.created_at <= :now AND {COUNTS_FOR_NETWORK}"
    " GROUP BY 1) s ON s.partner_id = p.id ORDER BY s.asked DESC, p.name"
)
_WORST = text(
    "SELECT s.*, p.name AS partner, e.evse_id, coalesce(l.name, l.address) AS place FROM (SELECT c.evse_key,"  # noqa: S608 - our own words
    " max(c.location_key) AS location_key, max(c.partner_id) AS partner_id, count(*) AS asked,"
    f" count(*) FILTER (WHERE {BEGUN}) AS begun,"
    f" mode() WITHIN GROUP (ORDER BY c.failure_code) FILTER (WHERE NOT {BEGUN}) AS failure"
    f" FROM charging_session c WHERE c.created_at >= :since AND {COUNTS_FOR_NETWORK}"
    f" GROUP BY 1 HAVING count(*) >= {FEWEST} AND count(*) > count(*) FILTER (WHERE {BEGUN})) s"
    " JOIN partner p ON p.id = s.partner_id LEFT JOIN evse e ON e.key = s.evse_key"
    " LEFT JOIN location l ON l.key = s.location_key"
    " ORDER BY s.begun::numeric / s.asked, s.asked DESC, s.evse_key LIMIT :most"
)


async def starts_by_day(
    *, db: AsyncSession, first: date, days: int, now: datetime, partner_id: str | None = None
) -> list[DayOfStarts]:
    """Return so many days from ``first`` on, those without a start too: of the house, or of one network."""
    values: dict[str, object] = {"since": datetime.combine(first, datetime.min.time(), now.tzinfo)}
    statement = _BY_DAY if partner_id is None else _BY_NETWORK_DAY
    values |= {} if partner_id is None else {"partner": partner_id}
    rows = await (await db.connection()).execute(statement, values)
    counted: Mapping[date, Starts] = {row.day: Starts(row.asked, row.begun) for row in rows}
    every = [first + timedelta(days=each) for each in range(days)]
    return [DayOfStarts(day, counted.get(day, Starts(0, 0))) for day in every]


async def starts_by_network(
    *, db: AsyncSession, now: datetime, lately: timedelta, before: timedelta | None = None
) -> list[NetworkStarts]:
    """Return the networks that somebody started at, the busiest first, with the time before to compare with."""
    since = now - lately
    values = {"since": since, "before": since - (before or lately), "now": now}
    return [
        NetworkStarts(row.id, row.name, Starts(row.asked, row.begun), Starts(row.asked_before, row.begun_before))
        for row in await (await db.connection()).execute(_BY_NETWORK, values)
    ]


async def worst_evses(*, db: AsyncSession, now: datetime, lately: timedelta, most: int = 25) -> list[EvseStarts]:
    """Return the EVSEs where starts fail most often, of those at which there were a few."""
    values = {"since": now - lately, "most": most}
    return [
        EvseStarts(
            row.evse_key,
            row.evse_id,
            row.location_key,
            row.place,
            row.partner_id,
            row.partner,
            Starts(row.asked, row.begun),
            row.failure,
        )
        for row in await (await db.connection()).execute(_WORST, values)
    ]
