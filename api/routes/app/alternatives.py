"""Where else to charge: near a connector that is occupied or does not work, or near the driver."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.finance.issuer import Issuer
from api.routes.app.connector_shapes import CONNECTOR_EXAMPLE, ShownConnector
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, conditional
from api.routes.app.map_filters import Standard, Watts, point_of
from api.routes.app.place_shapes import LOCATION_EXAMPLE, Place
from api.routes.app.shapes import PublicId, Shape, Text, example, signed_in
from api.services.finding.alternatives import Alternative, Point, alternatives_to, startable_near
from api.services.finding.filters import Filters

router = APIRouter(tags=["Finding a charger"])
MOST_ALTERNATIVES = 20
Limit = Annotated[int, Query(ge=1, le=MOST_ALTERNATIVES)]


class ShownAlternative(Shape):
    """A connector that the app can start and that is not known to be occupied."""

    connector: ShownConnector
    place: Place
    distance_m: int
    same_site: bool = Field(description="Within 300 m: no need to drive.")


class Alternatives(Shape):
    """Startable connectors, those of the same site first, then by distance."""

    model_config = example(
        {
            "alternatives": [
                {"connector": CONNECTOR_EXAMPLE, "place": LOCATION_EXAMPLE, "distance_m": 20, "same_site": True}
            ]
        }
    )
    alternatives: list[ShownAlternative]


@router.get(
    "/connectors/{connector_id}/alternatives",
    operation_id="listAlternatives",
    summary="Find another connector near one",
    response_model=Alternatives,
    responses=NOT_MODIFIED | signed_in(unknown_connector=404),
)
async def get_alternatives(
    connector_id: PublicId,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,  # noqa: ARG001 - asking for the driver is the check
    *,
    any_standard: Annotated[bool, Query(description="Not only of the same plug.")] = False,
    limit: Limit = 5,
    if_none_match: IfNoneMatch = None,
) -> Alternatives | Response:
    """Return where else the same car can charge; the post itself is left out."""
    async with work() as db:
        found = await alternatives_to(
            db=db, policy=ports.policy, now=now, connector_id=connector_id, any_standard=any_standard, limit=limit
        )
    return conditional(_shown(found, ports.policy.issuer, now), response, if_none_match)


@router.get(
    "/connectors/nearby",
    operation_id="listNearbyConnectors",
    summary="Find connectors near the driver that can be started",
    response_model=Alternatives,
    responses=NOT_MODIFIED | signed_in(bad_coordinates=422),
)
async def get_nearby(
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,  # noqa: ARG001 - asking for the driver is the check
    near: Annotated[Text, Query(description="latitude,longitude of the phone", examples=["48.89,9.18"])],
    standard: Annotated[list[Standard], Query(description="Any of these plugs.", max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    min_power_w: Watts = None,
    limit: Limit = 10,
    if_none_match: IfNoneMatch = None,
) -> Alternatives | Response:
    """Return startable connectors that are free, or whose status nobody knows, the nearest first."""
    latitude, longitude = point_of(near)
    here = Point(float(latitude), float(longitude))
    filters = Filters(standards=tuple(standard), min_power_w=min_power_w)
    async with work() as db:
        found = await startable_near(db=db, policy=ports.policy, now=now, here=here, filters=filters, limit=limit)
    return conditional(_shown(found, ports.policy.issuer, now), response, if_none_match)


def _shown(found: Iterable[Alternative], issuer: Issuer, now: datetime) -> Alternatives:
    return Alternatives(
        alternatives=[
            ShownAlternative(
                connector=ShownConnector.of(each.found, now),
                place=Place.of(each.found, issuer),
                distance_m=each.distance_m,
                same_site=each.same_site,
            )
            for each in found
        ]
    )
