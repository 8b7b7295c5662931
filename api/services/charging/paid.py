"""Booking what a driver paid for a charge beside its hold. The lifecycle is told by ``afterwards.py``."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import hold_captured, receivable_paid
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.wallet import Payin
from api.ports import Ports
from api.services.charging.bill import tax_of_charge
from api.services.charging.stored_state import state_of
from api.services.payments.ledger import book


async def book_payment(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, payin: Payin, received: Money
) -> None:
    """Book a payment at the processor: of what is owed, and as income what was paid above it (the bill fell since).

    To be called with the charge locked and before ``tell_afterwards``, which lowers what is owed.
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
