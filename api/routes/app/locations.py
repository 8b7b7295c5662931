"""The map, and the search for the connector in front of the driver."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.errors import Invalid
from api.routes.app.place_shapes import (
    CONNECTOR_EXAMPLE,
    LOCATION_EXAMPLE,
    Place,
    ShownConnector,
    location_key_of,
)
from api.routes.app.shapes import PublicId, Shape, Text, example, signed_in
from api.services.roaming.find import Box, Resolution, locations_in_box, resolve_connector

router = APIRouter(tags=["Finding a charger"])
MOST_LOCATIONS = 200
_CENTIMETER = Decimal("1e-7")
"""Degrees; nobody is located more exactly, and no database takes a number of any exponent."""


class BadCoordinates(Invalid):
    """Coordinates that are no numbers or not on the earth."""


class ShownLocation(Shape):
    """A location with its connectors."""

    place: Place
    connectors: list[ShownConnector]


class Locations(Shape):
    """Locations in a box, nearest to its middle first."""

    model_config = example(
        {"locations": [{"place": LOCATION_EXAMPLE, "connectors": [CONNECTOR_EXAMPLE]}], "truncated": False}
    )
    locations: list[ShownLocation]
    truncated: bool = Field(description="There are more: ask for a smaller box.")


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
    responses=signed_in(bad_coordinates=422),
)
async def get_locations(
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,  # noqa: ARG001 - asking for the driver is the check
    bbox: Annotated[str, Query(description="west,south,east,north in degrees", examples=["9.1,48.8,9.3,48.9"])],
    *,
    app_charging: Annotated[bool, Query(description="Only where the app can start a charge.")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST_LOCATIONS)] = 100,
) -> Locations:
    """Return published locations of connected partners, nearest to the middle of the box first."""
    west, south, east, north = _numbers(bbox, 4)
    _check_point(south, west)
    _check_point(north, east)
    if south > north:
        raise BadCoordinates("bad_coordinates", given=bbox)
    async with work() as db:
        box = Box(west, south, east, north)
        found, more = await locations_in_box(
            db=db, policy=ports.policy, now=now, box=box, app_charging=app_charging, limit=limit
        )
    shown = [
        ShownLocation(place=Place.of(each), connectors=[ShownConnector.of(c, now) for c in each.connectors])
        for each in found
    ]
    return Locations(locations=shown, truncated=more)


@router.get(
    "/connectors/resolve",
    operation_id="resolveConnector",
    summary="Find the connector that the post names",
    response_model=ShownResolution,
    responses=signed_in(unknown_location=404, bad_coordinates=422),
)
async def get_resolution(
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,  # noqa: ARG001 - asking for the driver is the check
    visual_id: Annotated[Text, Query(min_length=1, description="What the post shows.", examples=["#13"])],
    location_id: Annotated[PublicId | None, Query(description="Where the driver is, if known.")] = None,
    near: Annotated[Text | None, Query(description="latitude,longitude of the phone", examples=["48.89,9.18"])] = None,
) -> ShownResolution:
    """Return one connector when the text names exactly one beyond doubt, else what it may mean."""
    point = None
    if near is not None:
        latitude, longitude = _numbers(near, 2)
        _check_point(latitude, longitude)
        point = (latitude, longitude)
    location_key = location_key_of(location_id) if location_id is not None else None
    async with work() as db:
        found = await resolve_connector(
            db=db, policy=ports.policy, now=now, visual_id=visual_id, location_key=location_key, near=point
        )
    candidates = [
        ShownCandidate(
            connector=ShownConnector.of(each.found, now),
            place=Place.of(each.found),
            confidence=each.match.confidence,
            why=each.match.visual_id.source,
            matched=each.match.visual_id.text,
        )
        for each in found.candidates
    ]
    return _resolution(found, candidates)


def _resolution(found: Resolution, candidates: list[ShownCandidate]) -> ShownResolution:
    one = candidates[0] if found.outcome == "one" else None
    return ShownResolution(
        outcome=found.outcome,
        connector=one.connector if one else None,
        place=one.place if one else None,
        candidates=candidates,
    )


def _numbers(text: str, count: int) -> list[Decimal]:
    """Return ``count`` numbers separated by commas; raises ``BadCoordinates``."""
    try:
        numbers = [Decimal(part.strip()).quantize(_CENTIMETER) for part in text.split(",")]
    except InvalidOperation as error:
        raise BadCoordinates("bad_coordinates", given=text[:100]) from error
    if len(numbers) != count or not all(number.is_finite() for number in numbers):
        raise BadCoordinates("bad_coordinates", given=text[:100])
    return numbers


def _check_point(latitude: Decimal, longitude: Decimal) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise BadCoordinates("bad_coordinates", latitude=latitude, longitude=longitude)
