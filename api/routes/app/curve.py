"""The curve of a charge: energy and power over time, thinned to what a phone can show."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.deps import CurrentDriver, Work
from api.domain.charging.curve import CurvePoint, curve_of
from api.domain.pricing.periods import Reading
from api.models.charging import ChargingSession
from api.routes.app.etags import IfNoneMatch, matches, not_modified
from api.routes.app.shapes import Moment, PublicId, Shape, example, signed_in
from api.services.charging.queries import charge_of_driver, readings_of_charge

router = APIRouter(tags=["Charging"])
_POLL_S = 30
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "Nothing new."}}


class ShownPoint(Shape):
    """One moment of a charge."""

    at: Moment
    energy_wh: int = Field(description="Delivered so far.")
    power_w: int | None = Field(description="Mean power since the point before; null at the first one.")
    flowing: bool = Field(description="False: plugged in, no energy flows from here on.")


class Curve(Shape):
    """Energy and power over time, oldest first."""

    model_config = example(
        {
            "charging_session_id": "chs_0a1b",
            "time_zone": "Europe/Berlin",
            "readings": 2,
            "peak_power_w": 10800,
            "points": [
                {"at": "2026-03-02T09:00:00Z", "energy_wh": 0, "power_w": None, "flowing": True},
                {"at": "2026-03-02T09:10:00Z", "energy_wh": 1800, "power_w": 10800, "flowing": True},
            ],
        }
    )
    charging_session_id: str
    time_zone: str
    readings: int = Field(description="How many the operator sent; more than points: the curve is thinned.")
    peak_power_w: int | None
    points: list[ShownPoint]


@router.get(
    "/charging-sessions/{charging_session_id}/curve",
    operation_id="getChargingSessionCurve",
    summary="Show power and energy over time",
    response_model=Curve,
    responses=_NOT_MODIFIED | signed_in(unknown_charging_session=404),
)
async def get_curve(
    charging_session_id: PublicId,
    response: Response,
    work: Work,
    driver: CurrentDriver,
    points: Annotated[int, Query(ge=3, le=500, description="The most points that are wanted.")] = 120,
    if_none_match: IfNoneMatch = None,
) -> Curve | Response:
    """Return the curve so far; both ends are always in it, and the area under it is the energy."""
    async with work() as db:
        row = await charge_of_driver(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
        etag = f'W/"{row.id}-{row.version}-{points}"'
        if matches(if_none_match, etag):
            return not_modified(etag, _POLL_S)
        readings = [
            Reading(each.at, each.kwh, each.charging)
            for each in await readings_of_charge(db=db, charging_session_id=row.id)
        ]
    response.headers["ETag"] = etag
    return _shown(row, len(readings), curve_of(readings, points))


def _shown(row: ChargingSession, readings: int, curve: tuple[CurvePoint, ...]) -> Curve:
    return Curve(
        charging_session_id=row.id,
        time_zone=row.time_zone,
        readings=readings,
        peak_power_w=max((each.power_w for each in curve if each.power_w is not None), default=None),
        points=[
            ShownPoint(at=each.at, energy_wh=each.energy_wh, power_w=each.power_w, flowing=each.flowing)
            for each in curve
        ],
    )
