"""The map: a part of the earth as clusters from afar or as single locations from near.

The answer is written straight from the rows, past the shapes that describe it, since maps are asked for at every
movement of a thumb (performance.md B6); most of them come by ``map_shortcut.py``. A test checks that what is written
fits the shapes.
"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.db import UnitOfWork
from api.deps import CurrentDriver, PortsDep, Work
from api.ports.policy import ServicePolicy
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, cache_headers, etag_of, matches
from api.routes.app.map_filters import BoundingBox, WantedFilters, box_of, filters_of
from api.routes.app.place_shapes import location_id_of
from api.routes.app.shapes import Shape, example, signed_in
from api.services.finding.grid import DEEPEST, frame_of
from api.services.finding.map_view import Cluster, MapAnswer, MapPlace, View, map_of

router = APIRouter(tags=["Finding a charger"])
POLL_AFTER_S = 30


class ShownMapPlace(Shape):
    """One location on the map; its connectors are at `/locations/{location_id}`."""

    id: str
    name: str | None
    latitude: str
    longitude: str
    operator: str | None
    connectors: int = Field(description="How many fit the filters.")
    available: int
    occupied: int
    broken: int = Field(description="Out of order, which is not the same as occupied.")
    max_power_w: int | None
    standards: list[str]
    app_charging: bool = Field(description="Whether the app can start a charge at one of them at least.")


class ShownCluster(Shape):
    """Connectors near each other; `location_id` is set when they are all at one location."""

    latitude: str
    longitude: str
    connectors: int
    available: int
    location_id: str | None


class ShownMap(Shape):
    """Locations or clusters, never both."""

    model_config = example(
        {
            "zoom": 13,
            "locations": [
                {
                    "id": "loc_cHJ0Lzc",
                    "name": "Harbor",
                    "latitude": "48.77",
                    "longitude": "9.18",
                    "operator": "Harbor Energy",
                    "connectors": 4,
                    "available": 2,
                    "occupied": 1,
                    "broken": 1,
                    "max_power_w": 150000,
                    "standards": ["iec_62196_t2_combo"],
                    "app_charging": True,
                }
            ],
            "clusters": [],
            "active_charging_session_id": None,
            "poll_after_s": 30,
        }
    )
    zoom: int = Field(description="The level at which clusters were made.")
    locations: list[ShownMapPlace]
    clusters: list[ShownCluster]
    active_charging_session_id: str | None = Field(description="The charge that is going on: show the way back to it.")
    poll_after_s: int


@router.get(
    "/map",
    operation_id="getMap",
    summary="Show a part of the map",
    response_model=ShownMap,
    responses=NOT_MODIFIED | signed_in(bad_coordinates=422),
)
async def get_map(
    work: Work,
    ports: PortsDep,
    driver: CurrentDriver,
    bbox: BoundingBox,
    wanted: WantedFilters,
    zoom: Annotated[int | None, Query(ge=0, le=DEEPEST, description="Of the map; by default what fits.")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return what is in the box: single locations from near, at most 300, else clusters on a fixed grid."""
    frame, filters = frame_of(box_of(bbox)), wanted.filters
    if wanted.words:
        async with work() as db:
            filters = await filters_of(db, wanted)
    return await answer_map(work, ports.policy, driver.driver_id, View(frame, zoom, filters), if_none_match)


async def answer_map(
    work: UnitOfWork, policy: ServicePolicy, driver_id: str, view: View, if_none_match: str | None
) -> Response:
    """Return the answer to a driver's look at the map."""
    async with work.statements() as on:
        found = await map_of(on=on, policy=policy, driver_id=driver_id, view=view)
    body = _written(found)
    headers = cache_headers(etag_of(body))
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _written(found: MapAnswer) -> bytes:
    return msgspec.json.encode(
        {
            "zoom": found.zoom,
            "locations": [_place(each) for each in found.places],
            "clusters": [_cluster(each) for each in found.clusters],
            "active_charging_session_id": found.active_id,
            "poll_after_s": POLL_AFTER_S,
        }
    )


def _place(place: MapPlace) -> dict[str, object]:
    return {
        "id": location_id_of(place.location_key),
        "name": place.name,
        "latitude": _degrees(place.latitude),
        "longitude": _degrees(place.longitude),
        "operator": place.operator_name,
        "connectors": place.connectors,
        "available": place.available,
        "occupied": place.occupied,
        "broken": place.broken,
        "max_power_w": place.max_power_w or None,
        "standards": place.standards,
        "app_charging": place.app_charging,
    }


def _cluster(cluster: Cluster) -> dict[str, object]:
    return {
        "latitude": _degrees(cluster.latitude),
        "longitude": _degrees(cluster.longitude),
        "connectors": cluster.connectors,
        "available": cluster.available,
        "location_id": location_id_of(cluster.location_key) if cluster.location_key is not None else None,
    }


def _degrees(value: float) -> str:
    """Return a coordinate as plain text, to a decimeter."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
