"""Favorites: locations that the driver wants at hand."""

from fastapi import APIRouter, Response

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, conditional
from api.routes.app.location_shapes import SHOWN_LOCATION_EXAMPLE, ShownLocation, shown_locations
from api.routes.app.place_shapes import location_key_of
from api.routes.app.shapes import PublicId, Shape, example, signed_in
from api.services.charging.queries import active_charge_id
from api.services.finding.favorites import add_favorite, favorites_of_driver, remove_favorite

router = APIRouter(tags=["Finding a charger"])


class Favorites(Shape):
    """The driver's favorites with their status of now, the newest first."""

    model_config = example({"locations": [SHOWN_LOCATION_EXAMPLE], "active_charging_session_id": None})
    locations: list[ShownLocation]
    active_charging_session_id: str | None


@router.get(
    "/favorites",
    operation_id="listFavorites",
    summary="List the favorites",
    response_model=Favorites,
    responses=NOT_MODIFIED | signed_in(),
)
async def get_favorites(
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    if_none_match: IfNoneMatch = None,
) -> Favorites | Response:
    """Return the favorites; one that its operator hides at present comes back with it."""
    async with work() as db:
        found = await favorites_of_driver(db=db, policy=ports.policy, now=now, driver_id=driver.driver_id)
        active = await active_charge_id(db=db, driver_id=driver.driver_id)
    shown = Favorites(locations=shown_locations(found, ports.policy.issuer, now), active_charging_session_id=active)
    return conditional(shown, response, if_none_match)


@router.put(
    "/favorites/{location_id}",
    operation_id="addFavorite",
    summary="Make a location a favorite",
    status_code=204,
    responses=signed_in(unknown_location=404, too_many_favorites=409),
)
async def put_favorite(location_id: PublicId, work: Work, now: Now, driver: CurrentDriver) -> None:
    """Keep a location, once; harmless to repeat."""
    key = location_key_of(location_id)
    async with work() as db:
        await add_favorite(db=db, now=now, driver_id=driver.driver_id, location_key=key)


@router.delete(
    "/favorites/{location_id}",
    operation_id="removeFavorite",
    summary="Forget a favorite",
    status_code=204,
    responses=signed_in(unknown_location=404),
)
async def delete_favorite(location_id: PublicId, work: Work, driver: CurrentDriver) -> None:
    """Forget a location; harmless to repeat, and works for one that its operator removed."""
    key = location_key_of(location_id)
    async with work() as db:
        await remove_favorite(db=db, driver_id=driver.driver_id, location_key=key)
