"""The price before the start: quotes."""

from fastapi import APIRouter

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.routes.app.languages import AcceptLanguage
from api.routes.app.quote_answers import shown_quote
from api.routes.app.quote_shapes import QuoteRequest, ShownQuote
from api.routes.app.shapes import signed_in
from api.services.charging.quote import quote_charge
from api.services.charging.quote_plan import ChargeWish
from api.services.drivers.queries import driver_by_id

router = APIRouter(tags=["Charging"])


@router.post(
    "/quotes",
    operation_id="createQuote",
    summary="Ask what a charge would cost",
    status_code=201,
    response_model=ShownQuote,
    responses=signed_in(
        unknown_connector=404,
        unknown_vehicle_model=404,
        not_startable=409,
        pass_not_activated=409,
        percent_invalid=422,
        driver_cap_too_low=422,
        no_hold_for_currency=422,
    ),
)
async def post_quote(
    body: QuoteRequest,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    accept_language: AcceptLanguage = None,
) -> ShownQuote:
    """Return every price in legal order, an estimate, what staying plugged costs, and the amount to be held.

    With a car or an energy the hold is sized by the estimate; without, by the rule of the charger.
    """
    wish = ChargeWish(
        energy_kwh=body.energy_kwh,
        vehicle_model_id=body.vehicle_model_id,
        from_percent=body.from_percent,
        to_percent=body.to_percent,
        idle_minutes=body.idle_minutes,
        hold_cap_minor=body.hold_cap_minor,
    )
    async with work() as db:
        who = await driver_by_id(db, driver.driver_id)
        quote = await quote_charge(
            db=db,
            ports=ports,
            now=now,
            driver=who,
            connector_public_id=body.connector_id,
            visual_id=body.visual_id,
            wish=wish,
        )
        return await shown_quote(
            db=db,
            ports=ports,
            driver=who,
            quote=quote,
            connector_id=body.connector_id,
            accept_language=accept_language,
        )
