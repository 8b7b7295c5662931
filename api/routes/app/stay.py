"""What staying plugged in costs from now on, for a charge that goes on."""

from fastapi import APIRouter
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.routes.app.estimate_shapes import ShownStay
from api.routes.app.meter_shapes import METER_EXAMPLE, ShownMeter
from api.routes.app.quote_examples import STAY_EXAMPLE
from api.routes.app.shapes import PublicId, Shape, example, signed_in
from api.services.charging.queries import charge_of_driver
from api.services.charging.stay import stay_of_charge
from api.services.charging.unplug import meter_of_charge
from api.services.drivers.queries import driver_by_id
from api.services.notices.preferences import choice_of

router = APIRouter(tags=["Charging"])


class ChargeStay(Shape):
    """What it costs not to unplug."""

    model_config = example(
        {"charging_session_id": "chs_0a1b", "time_zone": "Europe/Berlin", "stay": STAY_EXAMPLE, "meter": METER_EXAMPLE}
    )
    charging_session_id: str
    time_zone: str
    stay: ShownStay | None = Field(description="Null: the price is unknown, or the car is not plugged in any more.")
    meter: ShownMeter | None = Field(description="The same at a glance; null with `stay`.")


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
        meter = await meter_of_charge(db=db, ports=ports, now=now, charge=charge)
        mine = await driver_by_id(db, driver.driver_id)
        choice, _ = await choice_of(db=db, policy=ports.policy, driver=mine)
    return ChargeStay(
        charging_session_id=charge.id,
        time_zone=charge.time_zone,
        stay=None if stay is None else ShownStay.of(stay),
        meter=None if meter is None else ShownMeter.of(meter, choice.walking),
    )
