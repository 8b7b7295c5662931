"""Paying what a charge's hold did not cover: by its driver, or by anybody who has the link."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.finance.payer import Payer
from api.domain.money import Money
from api.domain.pricing.hold_rule import minimum_charge
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.wallet import Payin, PayinOperation
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.run_payin import run_payin
from api.services.charging.stored_state import state_of
from api.services.deferral import Job, defer_job
from api.services.drivers.customer import ensure_customer
from api.services.payments.payins import (
    OPEN,
    PayinKind,
    PayinMethod,
    PayinPurpose,
    PayinSource,
    plan_call,
    plan_payin,
)
from api.services.payments.place import NoCardSaved
from api.services.work import Work


class NothingToPay(Conflict):
    """The charge owes nothing that a driver could pay. Facts: ``reason``."""


class PaymentInProgress(Conflict):
    """A payment of another amount is being made or taken back: ask again shortly."""


def open_amount(charge: ChargingSession) -> Money:
    """Return what a driver may pay for a charge now; a fleet's charges are on its invoice."""
    zero = Money.zero(charge.currency)
    return zero if charge.payer_type == Payer.FLEET else state_of(charge).receivable


async def begin_payment(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charging_session_id: str,
    method: PayinMethod,
    source: PayinSource,
) -> tuple[Payin, PayinOperation | None]:
    """Plan the payment of all that a charge owes; the one under way is returned as it is, for there is one at a time.

    Raises UnknownCharge, NothingToPay, NoCardSaved, PaymentInProgress.
    """
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    amount = open_amount(charge)
    under_way = await open_payment(db=db, charging_session_id=charge.id)
    if under_way is not None and under_way.amount_minor == amount.minor:
        return under_way, None
    if under_way is not None:
        raise PaymentInProgress("payment_in_progress", payment_id=under_way.id)
    if not amount.minor:
        raise NothingToPay("nothing_to_pay", reason="nothing_owed")
    if amount < minimum_charge(amount.currency, ports.policy.minimum_charges):
        raise NothingToPay("nothing_to_pay", reason="too_small", owed=amount)
    driver = await db.get_one(Driver, charge.driver_id)
    if method is PayinMethod.CARD and not driver.payment_method_id:
        raise NoCardSaved("no_card_saved")
    return await plan_payin(
        db=db,
        ports=ports,
        now=now,
        driver=driver,
        amount=amount,
        purpose=PayinPurpose.RECEIVABLE,
        method=method,
        source=source,
        charging_session_id=charge.id,
    )


async def open_payment(*, db: AsyncSession, charging_session_id: str) -> Payin | None:
    """Return the payment of a charge's receivable that is under way."""
    query = select(Payin).where(
        Payin.charging_session_id == charging_session_id,
        Payin.purpose == PayinPurpose.RECEIVABLE,
        col(Payin.status).in_(OPEN),
    )
    return (await db.exec(query)).first()


async def drop_stale_payment(*, db: AsyncSession, ports: Ports, now: datetime, charging_session_id: str) -> None:
    """Take back a payment that nobody confirmed and whose amount is no longer what is owed: the bill changed."""
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    stale = await open_payment(db=db, charging_session_id=charge.id)
    if stale is not None and stale.amount_minor != open_amount(charge).minor:
        call = await plan_call(db=db, ports=ports, now=now, payin=stale, kind=PayinKind.CANCEL)
        await defer_job(db, Job.RUN_PAYIN, lock=charge.id, operation_id=call.id)


async def payins_of_charge(*, db: AsyncSession, charging_session_id: str) -> list[Payin]:
    """Return what was paid, or tried, beside a charge's hold, oldest first."""
    query = select(Payin).where(
        Payin.charging_session_id == charging_session_id, Payin.purpose == PayinPurpose.RECEIVABLE
    )
    return list(await db.exec(query.order_by(col(Payin.created_at), col(Payin.id))))


async def pay_rest(
    *, work: Work, ports: Ports, charging_session_id: str, driver_id: str, method: PayinMethod, source: PayinSource
) -> Payin:
    """Pay what a charge owes and return the payment as far as it has come: the app or page may have to confirm it.

    Raises what ``begin_payment`` raises, and OutcomeUnknown where the processor does not even know the driver yet.
    """
    by_link = source is PayinSource.LINK  # signed, and good for whoever has it: with an account, without, or no longer
    await ensure_customer(work=work, ports=ports, driver_id=driver_id, also_gone=by_link)
    now = ports.clock.now()
    async with work() as db:
        await drop_stale_payment(db=db, ports=ports, now=now, charging_session_id=charging_session_id)
    async with work() as db:
        payin, operation = await begin_payment(
            db=db, ports=ports, now=now, charging_session_id=charging_session_id, method=method, source=source
        )
    if operation is not None:
        await run_payin(work=work, ports=ports, operation_id=operation.id)
    async with work() as db:
        return await db.get_one(Payin, payin.id)
