"""A bill above a wallet's reservation: the rest is taken from the wallet too, down to its floor (payments.md 4.29).

The posting is never lost: what was booked as owed is settled by the wallet in the same books, and only what the floor
does not allow stays a receivable. A wallet below zero starts nothing until it is topped up. A fleet owes all of it.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import Posting, receivable_of_fleet, receivable_prepaid
from api.domain.finance.payer import Payer
from api.domain.finance.wallet import affordable
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.wallet import Payin
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.afterwards import tell_afterwards
from api.services.charging.carry import hold_of
from api.services.charging.rest import tell_payment_due
from api.services.charging.stored_state import state_of
from api.services.payments.ledger import book
from api.services.payments.payins import PayinMethod, PayinPurpose, PayinSource, PayinStatus
from api.services.wallet.account import lock_wallet, note_movement, standing_of
from api.services.work import Work


async def pay_from_wallet(*, work: Work, ports: Ports, charging_session_id: str) -> None:
    """Take what a wallet's or fleet's charge still owes from its payer; repeating it takes nothing more."""
    now = ports.clock.now()
    async with work() as db:
        charge = await lock_charge(db=db, charging_session_id=charging_session_id)
        owed = state_of(charge).receivable
        if not owed.minor:
            return
        if charge.payer_type == Payer.WALLET:
            await _from_wallet(db, ports, now, charge, owed)
        elif charge.payer_type == Payer.FLEET:
            hold = await hold_of(db, charge)
            postings = receivable_of_fleet(charge.driver_id, hold.payer_id or "", owed)
            await _take(db, ports, now, charge, owed, postings, PayinMethod.FLEET)
            await tell_afterwards(db=db, ports=ports, now=now, charge=charge)


async def _from_wallet(db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, owed: Money) -> None:
    """Take as much as the floor allows, and tell the driver what is left to pay."""
    wallet = await lock_wallet(db=db, now=now, driver_id=charge.driver_id, currency=charge.currency)
    standing = await standing_of(db=db, driver_id=charge.driver_id, currency=charge.currency)
    taken = affordable(standing, ports.policy.wallet.floor_of(charge.currency), owed)
    if taken.minor:
        postings = receivable_prepaid(charge.driver_id, taken)
        await _take(db, ports, now, charge, taken, postings, PayinMethod.WALLET)
        await note_movement(db=db, ports=ports, now=now, wallet=wallet)
        await tell_afterwards(db=db, ports=ports, now=now, charge=charge)
    if taken < owed:
        await tell_payment_due(db=db, ports=ports, now=now, charge=charge, amount=owed - taken)


async def _take(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    amount: Money,
    postings: tuple[Posting, ...],
    method: PayinMethod,
) -> None:
    """Write a payment that no processor makes and book it."""
    payin = Payin(
        id=ports.randomness.new_id(Prefix.PAYIN),
        purpose=PayinPurpose.RECEIVABLE,
        method=method,
        source=PayinSource.AUTOMATIC,
        driver_id=charge.driver_id,
        charging_session_id=charge.id,
        currency=amount.currency,
        amount_minor=amount.minor,
        customer_id="",
        status=PayinStatus.SUCCEEDED,
        received_minor=amount.minor,
        created_at=now,
        expires_at=now,
        looked_at=now,
        finished_at=now,
    )
    db.add(payin)
    await db.flush()
    await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.RECEIVABLE_PAID,
        cause=("payin", payin.id),
        postings=postings,
        charging_session_id=charge.id,
    )
