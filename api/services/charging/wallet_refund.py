"""Giving money of a charge back into the wallet that paid it: at once, and by nobody but our own books."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import Income, fleet_refunded, prepaid_refunded
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.ports import Ports
from api.services.charging.receivable import earned_by
from api.services.charging.refund_told import tell_refund_made
from api.services.payments.ledger import book
from api.services.wallet.account import lock_wallet, note_movement

_NOTHING = Income(0, 0, 0)


async def refund_to_wallet(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, amount: Money, cause: tuple[str, str]
) -> bool:
    """Book ``amount`` of a locked charge back into its driver's wallet, with the tax that the bill leaves.

    The same cause gives back once; False: it was given before.
    """
    wallet = await lock_wallet(db=db, now=now, driver_id=charge.driver_id, currency=amount.currency)
    taken_back = _NOTHING - await earned_by(db, ports, charge, -amount)
    booked = await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.PREPAID_REFUNDED,
        cause=cause,
        postings=prepaid_refunded(charge.driver_id, taken_back, amount.currency),
        charging_session_id=charge.id,
    )
    if booked:
        told = ":".join(cause)
        await tell_refund_made(db=db, ports=ports, now=now, charge=charge, amount=amount, cause=told)
        await note_movement(db=db, ports=ports, now=now, wallet=wallet)
    return booked


async def refund_to_fleet(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    fleet_account_id: str,
    amount: Money,
    cause: tuple[str, str],
) -> bool:
    """Book ``amount`` of a locked charge as owed by its fleet no more; the next invoice carries the credit note."""
    taken_back = _NOTHING - await earned_by(db, ports, charge, -amount)
    return await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.REFUNDED,
        cause=cause,
        postings=fleet_refunded(fleet_account_id, taken_back, amount.currency),
        charging_session_id=charge.id,
    )
