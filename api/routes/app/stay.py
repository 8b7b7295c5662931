"""What staying plugged in costs from now on, for a charge that goes on."""

from fastapi import APIRouter
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.routes.app.estimate_shapes import ShownStay
from api.routes.app.quote_examples import STAY_EXAMPLE
from api.routes.app.shapes import PublicId, Shape, example, signed_in
from api.services.charging.queries import charge_of_driver
from api.services.charging.stay import stay_of_charge

router = APIRouter(tags=["Charging"])


class ChargeStay(Shape):
    """What it costs not to unplug."""

    model_config = example({"charging_session_id": "chs_0a1b", "time_zone": "Europe/Berlin", "stay": STAY_EXAMPLE})
    charging_session_id: str
    time_zone: str
    stay: ShownStay | None = Field(description="Null: the price is unknown, or the car is not plugged in any more.")


@router.get(
    "/charging-sessions/{charging_session_id}/stay",
    operation_id="getChargingSessionStay",
    summary="Show what staying plugged in costs",
    response_model=ChargeStay,
    responses=signed_in(unknown_charging_session=404),
)
async def get_stay(
    charging_session_id: PublicId, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver
) -> ChargeStay:
    """Return the prices of the next 24 hours, as if no more energy flowed from now on."""
    async with work() as db:
        charge = await charge_of_driver(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
        stay = await stay_of_charge(db=db, policy=ports.policy, now=now, charge=charge)
    shown = None if stay is None else ShownStay.of(stay)
    return ChargeStay(charging_session_id=charge.id, time_zone=charge.time_zone, stay=shown)
