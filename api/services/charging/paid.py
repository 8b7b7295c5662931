"""What a driver paid for a charge beside its hold: by card, by link, or out of the wallet; told to the lifecycle.

The total is a fold over stored payments, so that news of it may come twice. Other totals of ``Afterwards`` are left as
they are: whoever changes those folds them.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import MoneyMovedAfterwards
from api.domain.finance.ledger import JournalKind, hold_captured, receivable_paid
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.wallet import Payin
from api.ports import Ports
from api.services.charging.advance import apply_facts
from api.services.charging.bill import tax_of_charge
from api.services.charging.stored_state import state_of
from api.services.payments.ledger import book
from api.services.payments.payins import PayinPurpose


async def paid_beside_hold(*, db: AsyncSession, charge: ChargingSession) -> Money:
    """Return what came of all payments of a charge's receivable, whatever they were made with."""
    query = select(func.coalesce(func.sum(col(Payin.received_minor)), 0)).where(
        Payin.charging_session_id == charge.id, Payin.purpose == PayinPurpose.RECEIVABLE
    )
    return Money(int((await db.exec(query)).one()), charge.currency)


async def tell_paid(*, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession) -> None:
    """Tell the lifecycle of a locked charge what was paid so far beside its hold."""
    await db.flush()
    paid = await paid_beside_hold(db=db, charge=charge)
    totals = replace(state_of(charge).afterwards, paid=paid)
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[MoneyMovedAfterwards(totals)])


async def book_payment(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, payin: Payin, received: Money
) -> None:
    """Book a payment at the processor: of what is owed, and as income what was paid above it (the bill fell since).

    To be called with the charge locked and before ``tell_paid``, which lowers what is owed.
    """
    owed = min(received, state_of(charge).receivable)
    extra = received - owed
    taxed = hold_captured(extra, tax_of_charge(charge)(extra)) if extra.minor else ()
    for kind, postings in (
        (JournalKind.RECEIVABLE_PAID, receivable_paid(charge.driver_id, owed)),
        (JournalKind.HOLD_CAPTURED, taxed),
    ):
        await book(
            db=db,
            ports=ports,
            now=now,
            kind=kind,
            cause=("payin", payin.id),
            postings=postings,
            charging_session_id=charge.id,
        )
