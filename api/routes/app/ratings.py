"""Ratings: what a driver thinks of a charge, and what many think of a network or a charger (CM28)."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints

from api.deps import CurrentDriver, Now, Work
from api.models.rating import Rating
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, conditional
from api.routes.app.shapes import Moment, PublicId, Shape, decimal_text, example, signed_in
from api.services.history.ratings import (
    CHANGEABLE,
    FEWEST_DRIVERS,
    LONGEST_COMMENT,
    Average,
    average_at_connector,
    average_of_network,
    rate_charge,
    rating_of,
)
from api.services.roaming.networks import network_of

router = APIRouter(tags=["Charging"])
Comment = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=LONGEST_COMMENT, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
    ),
]


class NewRating(Shape):
    """What the driver thinks."""

    model_config = example({"score": 4, "comment": "Easy to find."})
    score: int = Field(ge=1, le=5, description="5 is best.")
    comment: Comment | None = None


class ShownRating(Shape):
    """What the driver thinks of one charge."""

    model_config = example(
        {
            "charging_session_id": "chs_0a1b",
            "score": 4,
            "comment": "Easy to find.",
            "created_at": "2026-03-02T12:00:00Z",
            "updated_at": "2026-03-02T12:00:00Z",
            "changeable_until": "2026-04-01T12:00:00Z",
        }
    )
    charging_session_id: str
    score: int
    comment: str | None
    created_at: Moment
    updated_at: Moment
    changeable_until: Moment

    @classmethod
    def of(cls, row: Rating) -> "ShownRating":
        """Return the shape of a rating."""
        same = {name: getattr(row, name) for name in ("score", "comment", "created_at", "updated_at")}
        return cls(charging_session_id=row.subject_id, changeable_until=row.created_at + CHANGEABLE, **same)


class AverageRating(Shape):
    """What many drivers think."""

    model_config = example({"average": "4.2", "count": 31})
    average: str | None = Field(
        description=f"1 to 5 with one decimal place; null: fewer than {FEWEST_DRIVERS} drivers said something."
    )
    count: int | None = Field(description="How many ratings; null with the average.")

    @classmethod
    def of(cls, average: Average | None) -> "AverageRating":
        """Return the shape of an average, or of there being too few for one."""
        if average is None:
            return cls(average=None, count=None)
        return cls(average=decimal_text(average.score), count=average.count)


@router.put(
    "/charging-sessions/{charging_session_id}/rating",
    operation_id="rateChargingSession",
    summary="Rate a charge",
    response_model=ShownRating,
    responses=signed_in(guests_do_not_rate=403, unknown_charging_session=404, rating_too_early=409, rating_closed=409),
)
async def put_rating(
    charging_session_id: PublicId, body: NewRating, work: Work, now: Now, driver: CurrentDriver
) -> ShownRating:
    """Keep one rating of a charge that is over; it may be changed for 30 days."""
    whose = {"driver_id": driver.driver_id, "charging_session_id": charging_session_id}
    async with work() as db:
        row = await rate_charge(db=db, now=now, score=body.score, comment=body.comment, **whose)
    return ShownRating.of(row)


@router.get(
    "/charging-sessions/{charging_session_id}/rating",
    operation_id="getRating",
    summary="Show the rating of a charge",
    response_model=ShownRating,
    responses=NOT_MODIFIED | signed_in(unknown_charging_session=404, unknown_rating=404),
)
async def get_rating(
    charging_session_id: PublicId,
    response: Response,
    work: Work,
    driver: CurrentDriver,
    if_none_match: IfNoneMatch = None,
) -> ShownRating | Response:
    """Return what the driver thinks of the charge."""
    async with work() as db:
        row = await rating_of(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
    return conditional(ShownRating.of(row), response, if_none_match)


@router.get(
    "/networks/{network_id}/rating",
    operation_id="getNetworkRating",
    summary="Show what drivers think of a network",
    response_model=AverageRating,
    responses=signed_in(unknown_network=404),
)
async def get_network_rating(
    network_id: PublicId,
    work: Work,
    driver: CurrentDriver,  # noqa: ARG001 - asking for the driver is the check
) -> AverageRating:
    """Return the average of all ratings of charges there, unless they are too few."""
    async with work() as db:
        row = (await network_of(db=db, public_id=network_id)).row
        average = await average_of_network(db=db, country_code=row.country_code, party_id=row.party_id)
    return AverageRating.of(average)


@router.get(
    "/connectors/{connector_id}/rating",
    operation_id="getConnectorRating",
    summary="Show what drivers think of a charger",
    response_model=AverageRating,
    responses=signed_in(unknown_connector=404),
)
async def get_connector_rating(
    connector_id: PublicId,
    work: Work,
    driver: CurrentDriver,  # noqa: ARG001 - asking for the driver is the check
) -> AverageRating:
    """Return the average of all ratings of charges at the connector's EVSE, unless they are too few."""
    async with work() as db:
        average = await average_at_connector(db=db, connector_public_id=connector_id)
    return AverageRating.of(average)
