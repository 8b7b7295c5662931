"""Watches: tell the driver once when a charger becomes free."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Response
from pydantic import Field, model_validator

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.models.finding import Watch
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, conditional
from api.routes.app.place_shapes import location_id_of, location_key_of
from api.routes.app.shapes import Moment, PublicId, Shape, example, signed_in
from api.services.finding.watches import add_watch, end_watch, place_of_connector, watches_of_driver

router = APIRouter(tags=["Finding a charger"])
LONGEST_MINUTES = 12 * 60
_EXAMPLE = {
    "id": "wch_5d5d",
    "location_id": "loc_cHJ0Lzc",
    "connector_id": None,
    "state": "waiting",
    "created_at": "2026-03-02T09:00:00Z",
    "expires_at": "2026-03-02T11:00:00Z",
    "told_at": None,
    "free_connector_id": None,
}


class NewWatch(Shape):
    """What to wait for: one connector, or any startable one of a location; exactly one of the two."""

    model_config = example({"location_id": "loc_cHJ0Lzc", "minutes": 120})
    location_id: PublicId | None = None
    connector_id: PublicId | None = None
    minutes: int = Field(default=120, ge=5, le=LONGEST_MINUTES, description="How long to wait at most.")

    @model_validator(mode="after")
    def name_one(self) -> "NewWatch":
        """Refuse none and both."""
        if (self.location_id is None) == (self.connector_id is None):
            raise ValueError("name a location or a connector")
        return self


class ShownWatch(Shape):
    """A watch; it ends when it was told or has expired."""

    model_config = example(_EXAMPLE)
    id: str
    location_id: str
    connector_id: str | None
    state: str = Field(description="`waiting`, `told` or `expired`.")
    created_at: Moment
    expires_at: Moment
    told_at: Moment | None
    free_connector_id: str | None = Field(description="What was free when we told.")

    @classmethod
    def of(cls, row: Watch, now: datetime) -> "ShownWatch":
        """Return the shape of a watch."""
        waiting = "waiting" if row.expires_at > now else "expired"
        return cls(
            id=row.id,
            location_id=location_id_of(row.location_key),
            connector_id=row.connector_id,
            state=waiting if row.told_at is None else "told",
            created_at=row.created_at,
            expires_at=row.expires_at,
            told_at=row.told_at,
            free_connector_id=row.told_connector_id,
        )


class Watches(Shape):
    """The driver's watches, the newest first; those that ended lately too."""

    model_config = example({"watches": [_EXAMPLE]})
    watches: list[ShownWatch]


@router.post(
    "/watches",
    operation_id="addWatch",
    summary="Be told when a charger becomes free",
    status_code=201,
    response_model=ShownWatch,
    responses=signed_in(unknown_location=404, already_free=409, nothing_to_wait_for=409, too_many_watches=409),
)
async def post_watch(body: NewWatch, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> ShownWatch:
    """Begin to wait; a notice `connector_free` is written once, within seconds of the operator's word."""
    async with work() as db:
        connector_id = body.connector_id
        key = (
            await place_of_connector(db=db, connector_id=connector_id)
            if connector_id is not None
            else location_key_of(body.location_id or "")
        )
        watch = await add_watch(
            db=db,
            ports=ports,
            now=now,
            driver_id=driver.driver_id,
            location_key=key,
            connector_id=connector_id,
            lifetime=timedelta(minutes=body.minutes),
        )
    return ShownWatch.of(watch, now)


@router.get(
    "/watches",
    operation_id="listWatches",
    summary="List what the driver waits for",
    response_model=Watches,
    responses=NOT_MODIFIED | signed_in(),
)
async def get_watches(
    response: Response, work: Work, now: Now, driver: CurrentDriver, if_none_match: IfNoneMatch = None
) -> Watches | Response:
    """Return the watches."""
    async with work() as db:
        rows = await watches_of_driver(db=db, driver_id=driver.driver_id)
    return conditional(Watches(watches=[ShownWatch.of(row, now) for row in rows]), response, if_none_match)


@router.delete(
    "/watches/{watch_id}",
    operation_id="endWatch",
    summary="Wait no longer",
    status_code=204,
    responses=signed_in(unknown_watch=404),
)
async def delete_watch(watch_id: PublicId, work: Work, driver: CurrentDriver) -> None:
    """End a watch."""
    async with work() as db:
        await end_watch(db=db, driver_id=driver.driver_id, watch_id=watch_id)
