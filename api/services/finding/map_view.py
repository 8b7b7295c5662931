"""The map: clusters from afar, single locations from near, in one statement each, with the driver's running charge.

Everything is counted from ``spot`` (``api/models/finding.py``) in the database; rows come back ready to be written, for
a map is moved often and must cost little more than its statement (performance.md B6).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.ports.policy import ServicePolicy
from api.services.finding.filters import APP, Filters, Where, far_from
from api.services.finding.grid import BITS, TILE_BITS, Frame, cell_shift, latitude_of, longitude_of, zoom_of
from api.services.work import Statements

PLACES_FROM = 12
"""From this zoom level on single locations are drawn, unless there are too many."""
MOST_PLACES = 300

_ACTIVE = """(SELECT id FROM charging_session
  WHERE driver_id = $1 AND freed_at IS NULL AND final_at IS NULL ORDER BY created_at DESC LIMIT 1) AS active"""
_BY_TILE = f"s.tile >> ({TILE_BITS} + $2::integer), (s.tile & {(1 << TILE_BITS) - 1}) >> $2::integer"
"""The same cells by the tile, of which the database knows how few there are: then it counts instead of sorting."""
_COUNTED = """count(*) AS connectors, count(*) FILTER (WHERE s.status = 1) AS available,
    count(*) FILTER (WHERE s.status = 2) AS occupied, count(*) FILTER (WHERE s.status = 3) AS broken"""


@dataclass(frozen=True, slots=True)
class View:
    """What a map shows: a part of the earth at a zoom level (None: whatever fits), filtered."""

    frame: Frame
    zoom: int | None
    filters: Filters


@dataclass(frozen=True, slots=True)
class MapPlace:
    """One location on the map. Powers in watts, 0 unknown."""

    location_key: str
    name: str | None
    latitude: float
    longitude: float
    operator_name: str | None
    connectors: int
    available: int
    occupied: int
    broken: int
    max_power_w: int
    standards: Sequence[str]
    app_charging: bool


@dataclass(frozen=True, slots=True)
class Cluster:
    """Connectors that are near each other; ``location_key`` when they are all at one location."""

    latitude: float
    longitude: float
    connectors: int
    available: int
    location_key: str | None


@dataclass(frozen=True, slots=True)
class MapAnswer:
    """Locations or clusters, never both, and the charge of the driver that is going on (CM16)."""

    zoom: int
    places: Sequence[MapPlace]
    clusters: Sequence[Cluster]
    active_id: str | None


async def map_of(*, on: Statements, policy: ServicePolicy, driver_id: str, view: View) -> MapAnswer:
    """Return what a map shows at a driver's view of it."""
    zoom = zoom_of(view.frame, view.zoom)
    if zoom >= PLACES_FROM:
        statement, values = places_statement(view, policy, driver_id)
        rows = await on.all(statement, *values)
        if len(rows) <= MOST_PLACES:
            return MapAnswer(zoom, _places(rows), (), rows[0]["active"])
    statement, values = clusters_statement(view, policy, driver_id)
    rows = await on.all(statement, *values)
    return MapAnswer(zoom, (), _clusters(rows), rows[0]["active"])


def clusters_statement(view: View, policy: ServicePolicy, driver_id: str) -> tuple[str, list[object]]:
    """Return the statement that counts connectors by cells of the grid, with its values."""
    shift = cell_shift(zoom_of(view.frame, view.zoom))
    by_tile = shift >= BITS - TILE_BITS
    where = Where(driver_id, shift - (BITS - TILE_BITS) if by_tile else shift)
    where.inside(view.frame)
    where.wanted(view.filters, passes_offered=policy.passes_enabled)
    return (
        f"""SELECT found.*, charge.active FROM (SELECT {_ACTIVE}) charge LEFT JOIN (
          SELECT avg(s.x)::integer AS x, avg(s.y)::integer AS y, count(*) AS connectors,
            count(*) FILTER (WHERE s.status = 1) AS available, min(s.location_key) AS first, max(s.location_key) AS last
          FROM spot s WHERE {where} GROUP BY {_BY_TILE if by_tile else "s.x >> $2, s.y >> $2"}
        ) found ON true""",  # noqa: S608 - conditions of ours
        where.values,
    )


def places_statement(view: View, policy: ServicePolicy, driver_id: str) -> tuple[str, list[object]]:
    """Return the statement that finds the locations nearest to the middle, with its values: one more than may be."""
    middle_x, middle_y = view.frame.middle
    where = Where(driver_id, middle_x, middle_y, MOST_PLACES + 1)
    where.inside(view.frame)
    where.wanted(view.filters, passes_offered=policy.passes_enabled)
    return (
        f"""SELECT found.*, l.name, l.latitude, l.longitude, l.operator_name, charge.active
        FROM (SELECT {_ACTIVE}) charge LEFT JOIN (
          SELECT s.location_key, {_COUNTED}, max(s.power_w) AS max_power_w, array_agg(DISTINCT s.standard) AS standards,
            bool_or({APP}) AS app_charging,
            min({far_from("$2", "$3")}) AS far
          FROM spot s WHERE {where} GROUP BY s.location_key ORDER BY far, s.location_key LIMIT $4
        ) found ON true LEFT JOIN location l ON l.key = found.location_key
        ORDER BY found.far, found.location_key""",  # noqa: S608 - as above
        where.values,
    )


def _places(rows: Sequence[Mapping[str, Any]]) -> list[MapPlace]:
    return [
        MapPlace(
            row["location_key"],
            row["name"],
            row["latitude"],
            row["longitude"],
            row["operator_name"],
            row["connectors"],
            row["available"],
            row["occupied"],
            row["broken"],
            row["max_power_w"],
            row["standards"],
            row["app_charging"],
        )
        for row in rows
        if row["location_key"] is not None
    ]


def _clusters(rows: Sequence[Mapping[str, Any]]) -> list[Cluster]:
    return [
        Cluster(
            latitude_of(row["y"]),
            longitude_of(row["x"]),
            row["connectors"],
            row["available"],
            row["first"] if row["first"] == row["last"] else None,
        )
        for row in rows
        if row["connectors"] is not None
    ]
