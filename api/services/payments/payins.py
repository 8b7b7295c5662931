"""Payments beside a hold, planned: the row and its operation are on disk before the processor is asked.

Does not live here: the call (``payin_perform.py``), what comes of it (``services/charging/run_payin.py``).
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.driver import Driver
from api.models.wallet import Payin, PayinOperation
from api.ports import Ports
from api.services.calls import has_rested
from api.services.payments.operations import UNFINISHED, OperationState


class PayinPurpose(StrEnum):
    """What the money is for."""

    TOP_UP = "top_up"
    RECEIVABLE = "receivable"


class PayinMethod(StrEnum):
    """How it is paid: with the saved card, with whatever the app confirms, out of the wallet, or by a fleet."""

    CARD = "card"
    NEW = "new"
    WALLET = "wallet"
    FLEET = "fleet"


class PayinSource(StrEnum):
    """Who asked for it."""

    DRIVER = "driver"
    LINK = "link"
    AUTOMATIC = "automatic"


class PayinStatus(StrEnum):
    """How far it has come; only ``succeeded`` is money."""

    PENDING = "pending"
    ACTION_REQUIRED = "action_required"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELED = "canceled"


class PayinKind(StrEnum):
    """What is asked of the processor."""

    TAKE = "take"
    CANCEL = "cancel"


OPEN = (PayinStatus.PENDING, PayinStatus.ACTION_REQUIRED, PayinStatus.PROCESSING)


async def plan_payin(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver: Driver,
    amount: Money,
    purpose: PayinPurpose,
    method: PayinMethod,
    source: PayinSource,
    charging_session_id: str | None = None,
) -> tuple[Payin, PayinOperation]:
    """Write a payment and the operation that takes it; run it after the commit. The driver is a customer already."""
    payin = Payin(
        id=ports.randomness.new_id(Prefix.PAYIN),
        purpose=purpose,
        method=method,
        source=source,
        driver_id=driver.id,
        charging_session_id=charging_session_id,
        currency=amount.currency,
        amount_minor=amount.minor,
        customer_id=driver.processor_customer_id or "",
        payment_method_id=driver.payment_method_id if method is PayinMethod.CARD else None,
        on_session=source is not PayinSource.AUTOMATIC,
        status=PayinStatus.PENDING,
        received_minor=0,
        created_at=now,
        expires_at=now + ports.policy.payin_patience,
        looked_at=now,
    )
    db.add(payin)
    await db.flush()
    return payin, await plan_call(db=db, ports=ports, now=now, payin=payin, kind=PayinKind.TAKE)


async def plan_call(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    payin: Payin,
    kind: PayinKind,
    replaces_id: str | None = None,
) -> PayinOperation:
    """Write an operation; an unfinished one of the same kind is returned as it is."""
    open_one = await unfinished_call(db=db, payin_id=payin.id, kind=kind)
    if open_one is not None:
        return open_one
    operation = PayinOperation(
        id=ports.randomness.new_id(Prefix.OPERATION),
        payin_id=payin.id,
        kind=kind,
        state=OperationState.PENDING,
        replaces_id=replaces_id,
        created_at=now,
    )
    db.add(operation)
    await db.flush()
    return operation


async def unfinished_call(*, db: AsyncSession, payin_id: str, kind: PayinKind) -> PayinOperation | None:
    """Return the operation of this kind that is still under way for a payment."""
    query = select(PayinOperation).where(
        PayinOperation.payin_id == payin_id,
        PayinOperation.kind == kind,
        col(PayinOperation.state).in_(UNFINISHED),
    )
    return (await db.exec(query)).first()


async def due_calls(*, db: AsyncSession, now: datetime, pause: timedelta) -> list[str]:
    """Return unfinished operations that rested long enough, like those of holds."""
    query = select(PayinOperation).where(col(PayinOperation.state).in_(UNFINISHED))
    return [each.id for each in await db.exec(query) if has_rested(each, now, pause)]
