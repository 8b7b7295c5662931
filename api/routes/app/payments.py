"""Paying what a charge's hold did not cover, and what the driver usually pays with."""

from typing import Literal

from fastapi import APIRouter, Response

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.models.wallet import Payin
from api.routes.app.guards import IdempotencyKey
from api.routes.app.shapes import Amount, PublicId, Shape, example, signed_in
from api.routes.app.wallet_shapes import TOP_UP_EXAMPLE, PaymentRequest, ShownPayment
from api.services.charging.pay_link import pay_url
from api.services.charging.pay_rest import open_amount, pay_rest, payins_of_charge
from api.services.charging.queries import charge_of_driver
from api.services.drivers.paying import choose_payer
from api.services.drivers.repeats import begin_once, finish_once
from api.services.payments.payins import PayinMethod, PayinSource

router = APIRouter(tags=["Charging"])
_PATH = "/charging-sessions/{charging_session_id}/payments"


class Payments(Shape):
    """What is still open of a charge, the link by which anybody may pay it, and the payments so far."""

    model_config = example(
        {
            "open": {"amount_minor": 1210, "currency": "EUR"},
            "url": "https://example.com/pay/r/chs_0a1b.5f2c",
            "payments": [TOP_UP_EXAMPLE],
        }
    )
    open: Amount
    url: str | None
    payments: list[ShownPayment]


class PayWith(Shape):
    """What pays for charges unless the driver says otherwise at the start, and for what a hold did not cover."""

    model_config = example({"pay_with": "wallet", "later_charges": False})
    pay_with: Literal["card", "wallet", "fleet"]
    later_charges: bool = False
    """Whether the saved card may be charged, once and without the driver, for what a hold did not cover."""


@router.get(
    _PATH,
    operation_id="listChargePayments",
    summary="Show what is open and what was paid beside the hold",
    response_model=Payments,
    responses=signed_in(unknown_charging_session=404),
)
async def get_payments(charging_session_id: PublicId, work: Work, ports: PortsDep, driver: CurrentDriver) -> Payments:
    """Return the open amount, its payment link, and every payment or attempt."""
    async with work() as db:
        charge = await charge_of_driver(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
        found = await payins_of_charge(db=db, charging_session_id=charge.id)
    owed = open_amount(charge)
    url = pay_url(ports.policy, charge.id) if owed.minor else None
    return Payments(open=Amount.of(owed), url=url, payments=[ShownPayment.of(each) for each in found])


@router.post(
    _PATH,
    operation_id="payChargeRest",
    summary="Pay what is open",
    status_code=201,
    response_model=ShownPayment,
    responses=signed_in(
        idempotency_key_missing=400,
        no_card_saved=402,
        unknown_charging_session=404,
        nothing_to_pay=409,
        payment_in_progress=409,
        request_in_flight=409,
        idempotency_key_reused=422,
    ),
)
async def post_payment(
    charging_session_id: PublicId,
    body: PaymentRequest,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    idempotency_key: IdempotencyKey,
) -> ShownPayment:
    """Pay all that is open with the saved or a new card; the payment under way is answered to any repetition."""
    request = f"POST {charging_session_id}/payments\n{body.model_dump_json()}"
    once = {"driver_id": driver.driver_id, "key": idempotency_key, "request": request}
    async with work() as db:
        await charge_of_driver(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
        known = await begin_once(db=db, **once)
        payin = None if known is None else await db.get_one(Payin, known)
    if payin is None:
        payin = await pay_rest(
            work=work,
            ports=ports,
            charging_session_id=charging_session_id,
            driver_id=driver.driver_id,
            method=PayinMethod(body.method),
            source=PayinSource.DRIVER,
        )
        async with work() as db:
            await finish_once(db=db, now=now, resource_id=payin.id, **once)
    return ShownPayment.of(payin)


@router.put(
    "/me/pay-with",
    operation_id="choosePayer",
    summary="Choose what usually pays",
    status_code=204,
    response_class=Response,
    responses=signed_in(),
)
async def put_pay_with(body: PayWith, work: Work, now: Now, driver: CurrentDriver) -> None:
    """Choose who usually pays; each start may say otherwise."""
    async with work() as db:
        await choose_payer(
            db=db, now=now, driver_id=driver.driver_id, pay_with=body.pay_with, later_charges=body.later_charges
        )
