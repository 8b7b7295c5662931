"""Lists of locations: in a box, by words, by id, each with its connectors and prices in a handful of queries.

Which connectors fit is asked of ``spot``; what is shown of them is read anew from what the partners told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.location import LocationRow
from api.ports.policy import ServicePolicy
from api.services.finding.filters import Filters, Where, far_from
from api.services.finding.grid import EARTH, Frame, frame_of
from api.services.roaming.find import Box, FoundLocation, UnknownLocation, reachable, with_connectors
from api.services.roaming.ladder import connector_of

MOST_SORTED = 200
"""How many locations are priced to sort them: the nearest of the box."""
_WHOLE = Frame(0, EARTH - 1, 0, EARTH - 1)


class Sort(StrEnum):
    """The order of a list."""

    DISTANCE = "distance"
    PRICE = "price"
    """The lowest known price of a kWh first; where none is known last, never as if it were free (P13)."""
    POWER = "power"


async def locations_in_box(
    *,
    db: AsyncSession,
    policy: ServicePolicy,
    now: datetime,
    box: Box,
    filters: Filters,
    limit: int,
    sort: Sort = Sort.DISTANCE,
) -> tuple[list[FoundLocation], bool]:
    """Return at most ``limit`` locations and whether there are more; only connectors that fit are among theirs.

    By distance those nearest to the middle of the box come first; by price or power the nearest 200 are sorted.
    """
    frame = frame_of(box)
    sought = limit if sort is Sort.DISTANCE else MOST_SORTED
    fitting = await fitting_connectors(db, policy, frame, filters, sought + 1)
    keys = list(fitting)[:sought]
    found = await read_locations(db=db, policy=policy, now=now, keys=keys, only=fitting, app_only=filters.app_charging)
    ordered = found if sort is Sort.DISTANCE else sorted(found, key=_price if sort is Sort.PRICE else _power)
    return ordered[:limit], len(fitting) > sought or len(ordered) > limit


async def locations_by_words(
    *,
    db: AsyncSession,
    policy: ServicePolicy,
    now: datetime,
    filters: Filters,
    near: tuple[int, int] | None,
    limit: int,
) -> list[FoundLocation]:
    """Return locations that have all words of ``filters.terms``: nearest to a point of the grid first, else any."""
    fitting = await fitting_connectors(db, policy, _WHOLE, filters, limit, middle=near)
    return await read_locations(db=db, policy=policy, now=now, keys=list(fitting), only=fitting, app_only=False)


async def location_by_key(*, db: AsyncSession, policy: ServicePolicy, now: datetime, key: str) -> FoundLocation:
    """Return one location with all its connectors; raises UnknownLocation also for one that may not be shown."""
    found = await read_locations(db=db, policy=policy, now=now, keys=[key])
    if not found:
        raise UnknownLocation("unknown_location")
    return found[0]


async def fitting_connectors(
    db: AsyncSession,
    policy: ServicePolicy,
    frame: Frame,
    filters: Filters,
    limit: int,
    middle: tuple[int, int] | None = None,
) -> dict[str, list[str]]:
    """Return the connectors (public ids) that fit, by location, the nearest to the middle first."""
    middle_x, middle_y = middle if middle is not None else frame.middle
    where = Where(middle_x, middle_y, limit)
    where.inside(frame)
    where.wanted(filters, passes_offered=policy.passes_enabled)
    statement = f"""SELECT s.location_key, array_agg(s.connector_id) AS connectors
      FROM spot s WHERE {where} GROUP BY s.location_key
      ORDER BY min({far_from("$1", "$2")}), s.location_key
      LIMIT $3"""  # noqa: S608 - conditions of ours
    rows: Iterable[Any] = await (await db.connection()).exec_driver_sql(statement, tuple(where.values))
    return {row[0]: list(row[1]) for row in rows}


async def read_locations(
    *,
    db: AsyncSession,
    policy: ServicePolicy,
    now: datetime,
    keys: Sequence[str],
    only: Mapping[str, Sequence[str]] | None = None,
    app_only: bool = False,
) -> list[FoundLocation]:
    """Return locations in the order of their keys; of those in ``only`` the connectors named there.

    Locations that may not be shown, and those of which no connector is left, are left out.
    """
    rows = {row.key: row for row in await db.exec(reachable().where(col(LocationRow.key).in_(keys)))} if keys else {}
    found = await with_connectors(db, policy, now, [rows[key] for key in keys if key in rows])
    if only is not None:
        wanted = {connector for each in only.values() for connector in each}
        found = [
            replace(
                each,
                connectors=tuple(
                    c for c in each.connectors if c.connector.public_id in wanted and not (app_only and c.refusals)
                ),
            )
            for each in found
        ]
    return [each for each in found if each.connectors or only is None]


def _price(found: FoundLocation) -> tuple[bool, str, object]:
    """Order by the lowest known price; prices in different currencies are not compared but kept apart."""
    prices = [each.energy_price for each in found.connectors if each.energy_price.per_kwh is not None]
    if not prices:
        return True, "", 0
    lowest = min(prices, key=lambda price: (price.currency or "", price.per_kwh))
    return False, lowest.currency or "", lowest.per_kwh


def _power(found: FoundLocation) -> int:
    return -max((connector_of(each.connector).power_w or 0 for each in found.connectors), default=0)
