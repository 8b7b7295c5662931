"""The driver's wallets: balance, movements, topping up, getting money back."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CurrentDriver, Now, PortsDep, SettingsDep, Work
from api.domain.money import Money
from api.models.wallet import Payin
from api.routes.app.cursors import read_cursor, write_cursor
from api.routes.app.guards import IdempotencyKey
from api.routes.app.shapes import PublicId, signed_in
from api.routes.app.wallet_shapes import (
    LowNotice,
    Movements,
    RefundWish,
    ShownMovement,
    ShownPayment,
    ShownWallet,
    ShownWalletRefund,
    TopUpRequest,
    Wallets,
)
from api.services.charging.run_payin import run_payin
from api.services.drivers.customer import ensure_customer
from api.services.drivers.queries import driver_by_id
from api.services.drivers.repeats import begin_once, finish_once
from api.services.payments.payins import PayinMethod
from api.services.wallet.account import choose_low_notice, standing_of
from api.services.wallet.movements import movements_of
from api.services.wallet.payout import request_refund
from api.services.wallet.queries import refund_of_driver, standings_of
from api.services.wallet.top_up import request_top_up, top_up_of_driver
from api.services.wallet.words import word_for

router = APIRouter(tags=["Wallet"])
_TOP_UPS, _REFUNDS = "/wallet/top-ups", "/wallet/refund-requests"


@router.get(
    "/wallet", operation_id="getWallet", summary="Show the wallet", response_model=Wallets, responses=signed_in()
)
async def get_wallet(work: Work, ports: PortsDep, driver: CurrentDriver) -> Wallets:
    """Return what is in the driver's wallets, and what of it is reserved."""
    async with work() as db:
        found = await standings_of(db=db, driver_id=driver.driver_id)
    rules = ports.policy.wallet
    return Wallets(wallets=[ShownWallet.of(wallet, standing, rules) for wallet, standing in found])


@router.put(
    "/wallet/low-notice",
    operation_id="chooseLowNotice",
    summary="Choose when to be warned",
    response_model=ShownWallet,
    responses=signed_in(no_hold_for_currency=422),
)
async def put_low_notice(body: LowNotice, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> ShownWallet:
    """Choose the balance below which the driver is told, once for each time it is crossed."""
    who, currency = driver.driver_id, body.currency
    async with work() as db:
        wallet = await choose_low_notice(
            db=db, ports=ports, now=now, driver_id=who, currency=currency, limit_minor=body.limit_minor
        )
        standing = await standing_of(db=db, driver_id=who, currency=currency)
    return ShownWallet.of(wallet, standing, ports.policy.wallet)


@router.get(
    "/wallet/movements",
    operation_id="listWalletMovements",
    summary="List what went in and out",
    response_model=Movements,
    responses=signed_in(cursor_refused=400),
)
async def get_movements(
    work: Work,
    settings: SettingsDep,
    driver: CurrentDriver,
    currency: Annotated[str, Query(pattern="^[A-Z]{3}$")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Movements:
    """Return movements with the balance after each, newest first."""
    key = settings.secret_key.get_secret_value()
    before = None if cursor is None else int(read_cursor(cursor, key=key)[1])
    async with work() as db:
        language = (await driver_by_id(db, driver.driver_id)).language
        found = await movements_of(db=db, driver_id=driver.driver_id, currency=currency, limit=limit + 1, before=before)
    page, last = found[:limit], found[limit - 1] if len(found) > limit else None
    return Movements(
        movements=[ShownMovement.of(each, word_for(each.kind, language)) for each in page],
        next_cursor=None if last is None else write_cursor(last.at, str(last.id), key=key),
    )


@router.post(
    _TOP_UPS,
    operation_id="topUpWallet",
    summary="Top the wallet up",
    status_code=201,
    response_model=ShownPayment,
    responses=signed_in(
        idempotency_key_missing=400,
        no_card_saved=402,
        account_not_activated=403,
        request_in_flight=409,
        account_closing=409,
        idempotency_key_reused=422,
        top_up_out_of_bounds=422,
        no_hold_for_currency=422,
    ),
)
async def post_top_up(
    body: TopUpRequest,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    idempotency_key: IdempotencyKey,
) -> ShownPayment:
    """Pay into the wallet; one key makes one top-up, and a repetition tells how far it has come."""
    once = {"driver_id": driver.driver_id, "key": idempotency_key}
    request = f"POST {_TOP_UPS}\n{body.model_dump_json()}"
    payer = await ensure_customer(work=work, ports=ports, driver_id=driver.driver_id)
    amount, method = Money(body.amount.amount_minor, body.amount.currency), PayinMethod(body.method)
    async with work() as db:
        known = await begin_once(db=db, request=request, **once)
        if known is None:
            payin, call = await request_top_up(db=db, ports=ports, now=now, driver=payer, amount=amount, method=method)
            await finish_once(db=db, now=now, request=request, resource_id=payin.id, **once)
    if known is None:
        await run_payin(work=work, ports=ports, operation_id=call.id)
    async with work() as db:
        stored = await db.get_one(Payin, known or payin.id)
    response.headers["Location"] = f"/v1{_TOP_UPS}/{stored.id}"
    return ShownPayment.of(stored)


@router.get(
    f"{_TOP_UPS}/{{top_up_id}}",
    operation_id="getTopUp",
    summary="See how far a top-up has come",
    response_model=ShownPayment,
    responses=signed_in(unknown_top_up=404),
)
async def get_top_up(top_up_id: PublicId, work: Work, driver: CurrentDriver) -> ShownPayment:
    """Return a top-up; it counts once it succeeded."""
    async with work() as db:
        payin = await top_up_of_driver(db=db, driver_id=driver.driver_id, top_up_id=top_up_id)
    return ShownPayment.of(payin)


@router.post(
    _REFUNDS,
    operation_id="requestWalletRefund",
    summary="Get money of the wallet back",
    status_code=202,
    response_model=ShownWalletRefund,
    responses=signed_in(
        idempotency_key_missing=400, request_in_flight=409, not_refundable=409, idempotency_key_reused=422
    ),
)
async def post_refund(
    body: RefundWish, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver, idempotency_key: IdempotencyKey
) -> ShownWalletRefund:
    """Pay money back to the cards that it came from, the newest top-up first; what is reserved stays."""
    who, currency = driver.driver_id, body.currency
    once = {"driver_id": who, "key": idempotency_key, "request": f"POST {_REFUNDS}\n{body.model_dump_json()}"}
    amount = None if body.amount_minor is None else Money(body.amount_minor, currency)
    async with work() as db:
        known = await begin_once(db=db, **once)
        if known is None:
            refund, _ = await request_refund(
                db=db, ports=ports, now=now, driver_id=who, currency=currency, amount=amount
            )
            await finish_once(db=db, now=now, resource_id=refund.id, **once)
        shown = await refund_of_driver(db=db, driver_id=who, refund_id=known or refund.id)
    return ShownWalletRefund.of(*shown)


@router.get(
    f"{_REFUNDS}/{{refund_id}}",
    operation_id="getWalletRefund",
    summary="See what became of a pay-out",
    response_model=ShownWalletRefund,
    responses=signed_in(unknown_wallet_refund=404),
)
async def get_refund(refund_id: PublicId, work: Work, driver: CurrentDriver) -> ShownWalletRefund:
    """Return a request and where its money is."""
    async with work() as db:
        shown = await refund_of_driver(db=db, driver_id=driver.driver_id, refund_id=refund_id)
    return ShownWalletRefund.of(*shown)
