"""Trying again: the price of another try, and moving a start to the post where the cable really is."""

from fastapi import APIRouter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.language import language_of
from api.models.driver import Driver
from api.ports import Ports
from api.routes.app.guide_texts import say
from api.routes.app.quote_answers import shown_quote
from api.routes.app.quote_examples import QUOTE_EXAMPLE
from api.routes.app.quote_shapes import ShownQuote
from api.routes.app.shapes import Amount, PublicId, Shape, example, signed_in
from api.services.charging.restart import Restart, quote_restart, switch_connector
from api.services.drivers.queries import driver_by_id

router = APIRouter(tags=["Charging"])
_PATH = "/charging-sessions/{charging_session_id}"


class RestartRequest(Shape):
    """Where to try again."""

    model_config = example({"connector_id": None})
    connector_id: PublicId | None = Field(None, description="Another connector of the site; null: the same one.")


class ShownRestart(Shape):
    """The price of another try; one tap on it is `startChargingSession` with this quote and its amount."""

    model_config = example(
        {
            "charging_session_id": "chs_0a1b",
            "quote": QUOTE_EXAMPLE,
            "reuses_hold": True,
            "hold_note": "reused",
            "hold_text": "What is reserved already is used: nothing more is reserved.",
            "earlier_hold": None,
            "start_fee": True,
            "start_fee_again": False,
        }
    )
    charging_session_id: str = Field(description="The charge before.")
    quote: ShownQuote
    reuses_hold: bool = Field(description="The hold that stands is used: nothing more is reserved on the card.")
    hold_note: str = Field(
        description="`reused`; `replaced`: a failed start's hold goes when this starts; `beside`: the hold of the "
        "charge before stands until its bill is settled; `new`. More may come."
    )
    hold_text: str = Field(description="The same for people: show it beside the amount that they agree to.")
    earlier_hold: Amount | None = Field(description="What stays reserved for the charge before, until its bill.")
    start_fee: bool | None = Field(description="Whether a start costs something here; null: no price is known.")
    start_fee_again: bool | None = Field(description="Whether that fee is due a second time.")


@router.post(
    f"{_PATH}/restart-quotes",
    operation_id="createRestartQuote",
    summary="Ask what another try would cost",
    status_code=201,
    response_model=ShownRestart,
    responses=signed_in(
        unknown_charging_session=404,
        unknown_connector=404,
        still_going_on=409,
        not_startable=409,
        not_at_this_site=422,
        no_hold_for_currency=422,
    ),
)
async def post_restart_quote(
    charging_session_id: PublicId,
    body: RestartRequest,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
) -> ShownRestart:
    """Return a quote for the same connector, or another of the site, after a charge that stopped or never began."""
    async with work() as db:
        who = await driver_by_id(db, driver.driver_id)
        restart = await quote_restart(
            db=db,
            ports=ports,
            now=now,
            driver=who,
            charging_session_id=charging_session_id,
            connector_public_id=body.connector_id,
        )
        return await _shown(db, ports, who, charging_session_id, restart)


@router.post(
    f"{_PATH}/switch",
    operation_id="switchConnector",
    summary="Move a start to the post with the cable",
    status_code=201,
    response_model=ShownRestart,
    responses=signed_in(
        unknown_charging_session=404,
        unknown_connector=404,
        nothing_to_switch=409,
        not_startable=409,
        no_hold_for_currency=422,
    ),
)
async def post_switch(
    charging_session_id: PublicId, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver
) -> ShownRestart:
    """Give up the start here and quote the connector of the hint `wrong_connector`, within the hold that stands."""
    async with work() as db:
        who = await driver_by_id(db, driver.driver_id)
        restart = await switch_connector(
            db=db, ports=ports, now=now, driver=who, charging_session_id=charging_session_id
        )
        return await _shown(db, ports, who, charging_session_id, restart)


async def _shown(
    db: AsyncSession, ports: Ports, who: Driver, charging_session_id: str, restart: Restart
) -> ShownRestart:
    quote = await shown_quote(
        db=db, ports=ports, driver=who, quote=restart.quote, connector_id=restart.connector_id, accept_language=None
    )
    return ShownRestart(
        charging_session_id=charging_session_id,
        quote=quote,
        reuses_hold=restart.reuses_hold,
        hold_note=restart.note,
        hold_text=say(f"hold_{restart.note}", language_of(who.language)),
        earlier_hold=None if restart.earlier is None else Amount.of(restart.earlier),
        start_fee=restart.start_fee,
        start_fee_again=restart.start_fee_again,
    )
