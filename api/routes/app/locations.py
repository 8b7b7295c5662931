"""Lists of locations, one location, the search by words, and the search for the connector in front of the driver."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.routes.app.connector_shapes import CONNECTOR_EXAMPLE, ShownConnector
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, conditional
from api.routes.app.location_shapes import SHOWN_LOCATION_EXAMPLE, ShownLocation, shown_locations
from api.routes.app.map_filters import BoundingBox, WantedFilters, box_of, filters_of, point_of
from api.routes.app.place_shapes import LOCATION_EXAMPLE, Place, location_key_of
from api.routes.app.shapes import PublicId, Shape, Text, example, signed_in
from api.services.charging.queries import active_charge_id
from api.services.finding.grid import x_of, y_of
from api.services.finding.places import Sort, location_by_key, locations_by_words, locations_in_box
from api.services.roaming.find import Resolution, resolve_connector

router = APIRouter(tags=["Finding a charger"])
MOST_LOCATIONS = 200
MOST_FOUND = 50
Near = Annotated[Text | None, Query(description="latitude,longitude of the phone", examples=["48.89,9.18"])]


class Locations(Shape):
    """Locations in a box, in the order asked for."""

    model_config = example(
        {"locations": [SHOWN_LOCATION_EXAMPLE], "truncated": False, "active_charging_session_id": None}
    )
    locations: list[ShownLocation]
    truncated: bool = Field(description="There are more: ask for a smaller box.")
    active_charging_session_id: str | None = Field(description="The charge that is going on: show the way back to it.")


class FoundLocations(Shape):
    """Locations that have all the words, the nearest first where the app says where it is."""

    model_config = example({"locations": [SHOWN_LOCATION_EXAMPLE]})
    locations: list[ShownLocation]


class ShownCandidate(Shape):
    """A connector that was perhaps meant, how sure that is in percent, and what it was recognized by."""

    connector: ShownConnector
    place: Place
    confidence: int
    why: str
    matched: str


class ShownResolution(Shape):
    """Exactly one connector, or candidates to choose from, or none; never picked silently."""

    model_config = example(
        {
            "outcome": "one",
            "connector": CONNECTOR_EXAMPLE,
            "place": LOCATION_EXAMPLE,
            "candidates": [
                {
                    "connector": CONNECTOR_EXAMPLE,
                    "place": LOCATION_EXAMPLE,
                    "confidence": 80,
                    "why": "evse_id_tail",
                    "matched": "013",
                }
            ],
        }
    )
    outcome: str = Field(description="`one`, `candidates` or `none`.")
    connector: ShownConnector | None = Field(description="Set only for `one`.")
    place: Place | None
    candidates: list[ShownCandidate]


@router.get(
    "/locations",
    operation_id="listLocations",
    summary="List locations in a box of the map",
    response_model=Locations,
    responses=NOT_MODIFIED | signed_in(bad_coordinates=422),
)
async def get_locations(
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    bbox: BoundingBox,
    wanted: WantedFilters,
    *,
    sort: Annotated[Sort, Query(description="`price`: unknown prices last.")] = Sort.DISTANCE,
    limit: Annotated[int, Query(ge=1, le=MOST_LOCATIONS)] = 100,
    if_none_match: IfNoneMatch = None,
) -> Locations | Response:
    """Return published locations of connected partners with their connectors that fit, the nearest to the middle."""
    box, policy = box_of(bbox), ports.policy
    async with work() as db:
        filters = await filters_of(db, wanted)
        found, more = await locations_in_box(
            db=db, policy=policy, now=now, box=box, filters=filters, limit=limit, sort=sort
        )
        active = await active_charge_id(db=db, driver_id=driver.driver_id)
    shown = shown_locations(found, policy.issuer, now)
    answer = Locations(locations=shown, truncated=more, active_charging_session_id=active)
    return conditional(answer, response, if_none_match)


@router.get(
    "/locations/search",
    operation_id="searchLocations",
    summary="Search locations by words",
    response_model=FoundLocations,
    responses=NOT_MODIFIED | signed_in(bad_coordinates=422),
)
async def search_locations(
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,  # noqa: ARG001 - asking for the driver is the check
    wanted: WantedFilters,
    near: Near = None,
    limit: Annotated[int, Query(ge=1, le=MOST_FOUND)] = 20,
    if_none_match: IfNoneMatch = None,
) -> FoundLocations | Response:
    """Return locations that have every word of `q`, or its beginning, or what was probably meant by it."""
    point = point_of(near) if near is not None else None
    middle = (x_of(float(point[1])), y_of(float(point[0]))) if point is not None else None
    async with work() as db:
        filters = await filters_of(db, wanted)
        found = await locations_by_words(
            db=db, policy=ports.policy, now=now, filters=filters, near=middle, limit=limit if filters.terms else 0
        )
    shown = FoundLocations(locations=shown_locations(found, ports.policy.issuer, now))
    return conditional(shown, response, if_none_match)


@router.get(
    "/locations/{location_id}",
    operation_id="getLocation",
    summary="Show one location",
    response_model=ShownLocation,
    responses=NOT_MODIFIED | signed_in(unknown_location=404),
)
async def get_location(
    location_id: PublicId,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,  # noqa: ARG001 - asking for the driver is the check
    if_none_match: IfNoneMatch = None,
) -> ShownLocation | Response:
    """Return one location with all its connectors."""
    key = location_key_of(location_id)
    async with work() as db:
        found = await location_by_key(db=db, policy=ports.policy, now=now, key=key)
    return conditional(ShownLocation.of(found, ports.policy.issuer, now), response, if_none_match)


@router.get(
    "/connectors/resolve",
    operation_id="resolveConnector",
    summary="Find the connector that the post names",
    response_model=ShownResolution,
    responses=NOT_MODIFIED | signed_in(unknown_location=404, bad_coordinates=422),
)
async def get_resolution(
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,  # noqa: ARG001 - asking for the driver is the check
    visual_id: Annotated[Text, Query(min_length=1, description="What the post shows.", examples=["#13"])],
    location_id: Annotated[PublicId | None, Query(description="Where the driver is, if known.")] = None,
    near: Near = None,
    if_none_match: IfNoneMatch = None,
) -> ShownResolution | Response:
    """Return one connector when the text names exactly one beyond doubt, else what it may mean."""
    point = point_of(near) if near is not None else None
    location_key = location_key_of(location_id) if location_id is not None else None
    async with work() as db:
        found = await resolve_connector(
            db=db, policy=ports.policy, now=now, visual_id=visual_id, location_key=location_key, near=point
        )
    candidates = [
        ShownCandidate(
            connector=ShownConnector.of(each.found, now),
            place=Place.of(each.found, ports.policy.issuer),
            confidence=each.match.confidence,
            why=each.match.visual_id.source,
            matched=each.match.visual_id.text,
        )
        for each in found.candidates
    ]
    return conditional(_resolution(found, candidates), response, if_none_match)


def _resolution(found: Resolution, candidates: list[ShownCandidate]) -> ShownResolution:
    one = candidates[0] if found.outcome == "one" else None
    return ShownResolution(
        outcome=found.outcome,
        connector=one.connector if one else None,
        place=one.place if one else None,
        candidates=candidates,
    )
