"""What a hold did not cover, asked for by policy: out of the wallet, once from the saved card, or by a link.

Runs in the transaction that booked the receivable. Does not live here: paying it (``pay_rest.py``, ``run_payin.py``).
"""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.payer import Payer
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.wallet import Payin
from api.ports import Ports
from api.services.charging.pay_link import pay_url
from api.services.charging.stored_state import state_of
from api.services.deferral import Job, defer_job
from api.services.notices.tell import tell_driver
from api.services.payments.payins import OPEN, PayinMethod, PayinPurpose, PayinSource, plan_payin


async def ask_for_rest(*, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession) -> None:
    """See to what a locked charge owes beside its hold, whoever pays for it; a fleet finds it on its invoice."""
    if charge.payer_type == Payer.WALLET:
        await defer_job(db, Job.PAY_FROM_WALLET, lock=charge.id, charging_session_id=charge.id)
    elif charge.payer_type == Payer.CARD and not await _charge_card(db, ports, now, charge):
        await tell_payment_due(db=db, ports=ports, now=now, charge=charge, amount=state_of(charge).receivable)


async def tell_payment_due(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, amount: Money
) -> None:
    """Tell the driver what is open, with the link to pay it."""
    await tell_driver(
        db=db,
        ports=ports,
        now=now,
        driver_id=charge.driver_id,
        message="payment_due",
        charging_session_id=charge.id,
        detail={
            "amount_minor": amount.minor,
            "currency": amount.currency,
            "url": pay_url(ports.policy, charge.id),
        },
    )


async def _charge_card(db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession) -> bool:
    """Plan the one automatic payment of a charge, where policy and driver allow it; say whether one is under way."""
    driver = await db.get_one(Driver, charge.driver_id)
    agreed = driver.later_charges_at is not None and driver.payment_method_id and driver.processor_customer_id
    if not (ports.policy.receivable_off_session and agreed):
        return False
    query = select(Payin).where(Payin.charging_session_id == charge.id, Payin.purpose == PayinPurpose.RECEIVABLE)
    earlier = list(await db.exec(query))
    if any(each.source == PayinSource.AUTOMATIC or each.status in OPEN for each in earlier):
        return False
    _, operation = await plan_payin(
        db=db,
        ports=ports,
        now=now,
        driver=driver,
        amount=state_of(charge).receivable,
        purpose=PayinPurpose.RECEIVABLE,
        method=PayinMethod.CARD,
        source=PayinSource.AUTOMATIC,
        charging_session_id=charge.id,
    )
    await defer_job(db, Job.RUN_PAYIN, lock=charge.id, operation_id=operation.id)
    return True
