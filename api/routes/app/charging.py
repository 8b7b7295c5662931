"""Starting, stopping and giving up a charge. The start answers at once: the charger takes its time (A08)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from api.db import UnitOfWork
from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.finance.payer import Payer
from api.models.charging import ChargingSession
from api.ports import Ports
from api.routes.app.charging_shapes import ShownCharge, shown_charge
from api.routes.app.guards import IdempotencyKey
from api.routes.app.languages import AcceptLanguage
from api.routes.app.quote_answers import with_fresh_quote
from api.routes.app.shapes import Amount, Moment, PublicId, Shape, example, signed_in
from api.services.charging.queries import charge_of_driver, hold_of_charge
from api.services.charging.start import QuoteExpired, start_charging
from api.services.charging.stop import cancel_start, stop_charging
from api.services.drivers.queries import driver_by_id
from api.services.drivers.repeats import begin_once, finish_once

router = APIRouter(tags=["Charging"])
_PATH = "/charging-sessions"


class Consent(Shape):
    """The amount that the driver agreed to have held; exactly the quote's (PSD2 Art. 75)."""

    amount_minor: Annotated[int, Field(ge=0, le=10_000_000_00)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class StartRequest(Shape):
    """The accepted quote."""

    model_config = example({"quote_id": "quo_77aa", "consent": {"amount_minor": 5000, "currency": "EUR"}})
    quote_id: PublicId
    consent: Consent
    accept_unknown_price: bool = Field(default=False, description="The driver agrees though no price is known.")
    pay_with: Payer | None = Field(default=None, description="Null: what the driver usually pays with.")


class Started(Shape):
    """The charge was taken on. Only what never changes is told, so that a repetition gets the very same body."""

    model_config = example(
        {
            "id": "chs_0a1b",
            "status": "start_requested",
            "quote_id": "quo_77aa",
            "hold": {"amount_minor": 5000, "currency": "EUR"},
            "created_at": "2026-03-02T08:59:30Z",
            "url": "/v1/charging-sessions/chs_0a1b",
            "events_url": "/v1/charging-sessions/chs_0a1b/events",
            "poll_after_s": 1,
        }
    )
    id: str
    status: str = "start_requested"
    quote_id: str
    hold: Amount
    created_at: Moment
    url: str
    events_url: str
    poll_after_s: int = 1


class StopRequest(Shape):
    """The driver's confirmation."""

    model_config = example({"confirm": True})
    confirm: bool = False


@router.post(
    _PATH,
    operation_id="startChargingSession",
    summary="Start charging",
    status_code=202,
    response_model=Started,
    responses=signed_in(
        idempotency_key_missing=400,
        no_card_saved=402,
        price_unknown=403,
        account_not_activated=403,
        unknown_quote=404,
        account_closing=409,
        quote_expired=409,
        connector_busy=409,
        driver_busy=409,
        not_startable=409,
        pass_not_activated=409,
        receivable_open=409,
        wallet_too_low=409,
        wallet_below_zero=409,
        wallet_blocked=409,
        no_wallet_for_currency=409,
        not_a_fleet_member=409,
        request_in_flight=409,
        consent_differs=422,
        idempotency_key_reused=422,
        payment_unavailable=503,
    ),
)
async def post_charge(
    body: StartRequest,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    idempotency_key: IdempotencyKey,
    accept_language: AcceptLanguage = None,
) -> Started:
    """Take on a charge: place the hold, then start the charger. However often it is sent, one key makes one charge.

    A quote that ran out is answered with a fresh one in `facts.quote`, ready to be shown and accepted.
    """
    who = Starter(work, ports, now, driver.driver_id, idempotency_key)
    try:
        charge, replayed = await _taken_on(who, body)
    except QuoteExpired as expired:
        raise await with_fresh_quote(
            expired,
            work=work,
            ports=ports,
            now=now,
            driver_id=driver.driver_id,
            quote_id=body.quote_id,
            accept_language=accept_language,
        ) from expired
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return _started(charge, response)


@router.post(
    f"{_PATH}/{{charging_session_id}}/stop",
    operation_id="stopChargingSession",
    summary="Stop charging",
    status_code=202,
    response_model=ShownCharge,
    responses=signed_in(unknown_charging_session=404, confirmation_required=409, nothing_to_stop=409),
)
async def post_stop(
    charging_session_id: PublicId, body: StopRequest, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver
) -> ShownCharge:
    """Ask the charger to stop, once the driver confirmed; repeating it does no harm."""
    async with work() as db:
        charge = await stop_charging(
            db=db,
            ports=ports,
            now=now,
            driver_id=driver.driver_id,
            charging_session_id=charging_session_id,
            confirmed=body.confirm,
        )
        hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    return shown_charge(charge, hold, now)


@router.post(
    f"{_PATH}/{{charging_session_id}}/cancel",
    operation_id="cancelChargingSession",
    summary="Give up before it starts",
    status_code=202,
    response_model=ShownCharge,
    responses=signed_in(unknown_charging_session=404),
)
async def post_cancel(
    charging_session_id: PublicId, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver
) -> ShownCharge:
    """Give up a start; the hold is released as soon as no late session can come. Does nothing once it charges.

    After a failed start it says that there will be no other try: the hold, kept for one, is released at once.
    """
    async with work() as db:
        charge = await cancel_start(
            db=db, ports=ports, now=now, driver_id=driver.driver_id, charging_session_id=charging_session_id
        )
        hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    return shown_charge(charge, hold, now)


@dataclass(frozen=True, slots=True)
class Starter:
    """Who sends a start, when, and under which key."""

    work: UnitOfWork
    ports: Ports
    now: datetime
    driver_id: str
    key: str


async def _taken_on(who: Starter, body: StartRequest) -> tuple[ChargingSession, bool]:
    """Return the charge that this request makes, or made before, and whether it was before."""
    request = f"POST {_PATH}\n{body.model_dump_json()}"
    async with who.work() as db:
        known = await begin_once(db=db, driver_id=who.driver_id, key=who.key, request=request)
        if known is not None:
            return await charge_of_driver(db=db, driver_id=who.driver_id, charging_session_id=known), True
        charge = await start_charging(
            db=db,
            ports=who.ports,
            now=who.now,
            driver=await driver_by_id(db, who.driver_id),
            quote_id=body.quote_id,
            consent_amount_minor=body.consent.amount_minor,
            consent_currency=body.consent.currency,
            accept_unknown_price=body.accept_unknown_price,
            pay_with=body.pay_with,
        )
        await finish_once(
            db=db, now=who.now, driver_id=who.driver_id, key=who.key, request=request, resource_id=charge.id
        )
    return charge, False


def _started(charge: ChargingSession, response: Response) -> Started:
    url = f"/v1{_PATH}/{charge.id}"
    response.headers["Location"] = url
    return Started(
        id=charge.id,
        quote_id=charge.quote_id,
        hold=Amount(amount_minor=charge.hold_minor, currency=charge.currency),
        created_at=charge.created_at,
        url=url,
        events_url=f"{url}/events",
    )
