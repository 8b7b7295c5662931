"""Planning a hold: the row and its first operation, in the transaction that accepts the quote.

For a charge that a pass began, in the one that first hears of it.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HoldStatus
from api.domain.errors import Conflict
from api.domain.finance.hold_totals import HoldEventKind
from api.domain.finance.payer import PSP_OF, Payer, Psp
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.payment import HoldRow
from api.ports import Ports
from api.services.payments.availability import require_processor
from api.services.payments.operations import OperationKind, note_event, plan_operation


class NoCardSaved(Conflict):
    """The driver has no card to hold money on."""


async def plan_hold(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    driver: Driver,
    amount: Money,
    payer_id: str | None = None,
    on_session: bool = True,
) -> HoldRow:
    """Write the hold of a charge, kept by whoever pays for it, and defer its placement.

    Off session nobody waits for it: a processor that is away is asked when it is back. Raises NoCardSaved,
    PaymentUnavailable.
    """
    psp = PSP_OF[Payer(charge.payer_type)]
    if psp is Psp.STRIPE and on_session:
        await require_processor(db=db, now=now)
    if psp is Psp.STRIPE and not (driver.processor_customer_id and driver.payment_method_id):
        raise NoCardSaved("no_card_saved")
    hold = await _new_hold(db, ports, now, charge, driver, amount, payer_id, on_session=on_session)
    await plan_operation(db=db, ports=ports, now=now, hold=hold, kind=OperationKind.PLACE, amount=amount)
    return hold


async def refuse_hold(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    driver: Driver,
    amount: Money,
    payer_id: str | None,
    code: str,
) -> HoldRow:
    """Write down that nothing can be held for a charge that runs all the same, and why; nobody is asked."""
    hold = await _new_hold(db, ports, now, charge, driver, amount, payer_id, on_session=False)
    await note_event(db=db, now=now, hold=hold, kind=HoldEventKind.PLACE_FAILED, detail={"code": code})
    return hold


async def _new_hold(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    driver: Driver,
    amount: Money,
    payer_id: str | None,
    *,
    on_session: bool,
) -> HoldRow:
    """Store the row of a hold that nobody was asked for yet."""
    psp = PSP_OF[Payer(charge.payer_type)]
    card = psp is Psp.STRIPE
    hold = HoldRow(
        id=ports.randomness.new_id(Prefix.HOLD),
        charging_session_id=charge.id,
        driver_id=driver.id,
        psp=psp,
        payer_id=payer_id,
        customer_id=(card and driver.processor_customer_id) or "",
        payment_method_id=(card and driver.payment_method_id) or "",
        on_session=on_session,
        currency=amount.currency,
        amount_minor=amount.minor,
        status=HoldStatus.PENDING,
        created_at=now,
        updated_at=now,
    )
    db.add(hold)
    await db.flush()
    return hold
