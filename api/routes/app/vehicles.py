"""The catalogue of car models, in which a driver finds their own."""

import hashlib
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.deps import CurrentDriver, Work
from api.domain.quantities import kwh_to_wh
from api.models.vehicle import VehicleModelRow
from api.routes.app.etags import IfNoneMatch, cache_headers, matches
from api.routes.app.shapes import Shape, Text, example, signed_in
from api.services.drivers.vehicles import find_vehicle_models, vehicle_of

router = APIRouter(tags=["Cars"])
MOST_MODELS = 100
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The catalogue says the same as before."}}


class VehicleModel(Shape):
    """One model of a car and what decides how fast it charges."""

    id: str
    brand: str
    model: str
    variant: str | None
    release_year: int | None
    kind: str = Field(description="`bev` or `phev`; new values may come.")
    usable_wh: int = Field(description="What the battery holds from 0 to 100 percent.")
    ac_power_w: int = Field(description="The most from an AC connector; 0: none.")
    dc_power_w: int | None = Field(description="The most from a DC connector; null: it has none.")


class VehicleModels(Shape):
    """The cars that match, by brand, model, variant and year."""

    model_config = example(
        {
            "vehicle_models": [
                {
                    "id": "vhm_5b1e07",
                    "brand": "Nordwind",
                    "model": "Fjord",
                    "variant": "Long Range",
                    "release_year": 2024,
                    "kind": "bev",
                    "usable_wh": 77000,
                    "ac_power_w": 11000,
                    "dc_power_w": 175000,
                }
            ],
            "truncated": False,
        }
    )
    vehicle_models: list[VehicleModel]
    truncated: bool = Field(description="There are more: ask with more words.")


@router.get(
    "/vehicle-models",
    operation_id="listVehicleModels",
    summary="Find a car model",
    response_model=VehicleModels,
    responses=_NOT_MODIFIED | signed_in(),
)
async def get_vehicle_models(
    response: Response,
    work: Work,
    driver: CurrentDriver,  # noqa: ARG001 - asking for the driver is the check
    q: Annotated[Text, Query(description="Words of brand, model, variant or year.", examples=["nordwind fjord"])] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_MODELS)] = 20,
    if_none_match: IfNoneMatch = None,
) -> VehicleModels | Response:
    """Return the models whose names hold every word, whatever their case and accents; without words, the first."""
    async with work() as db:
        rows, more = await find_vehicle_models(db=db, words=q, limit=limit)
    shown = VehicleModels(vehicle_models=[_shown(row) for row in rows], truncated=more)
    headers = cache_headers(_etag(shown))
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return shown


def _shown(row: VehicleModelRow) -> VehicleModel:
    curve = vehicle_of(row).dc_curve
    return VehicleModel(
        id=row.id,
        brand=row.brand,
        model=row.model,
        variant=row.variant or None,
        release_year=row.release_year,
        kind=row.kind,
        usable_wh=kwh_to_wh(row.usable_kwh),
        ac_power_w=_watts(row.ac_power_kw),
        dc_power_w=_watts(max(point.power_kw for point in curve)) if curve else None,
    )


def _watts(power_kw: Decimal) -> int:
    return int(power_kw * 1000)


def _etag(shown: VehicleModels) -> str:
    return f'W/"{hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:32]}"'
