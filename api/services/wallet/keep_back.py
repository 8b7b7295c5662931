"""Keeping back money of a wallet whose top-up was taken back: by the driver's bank, or by hand at the processor.

It stays the driver's on paper until staff decide, but it can start no charge and not be paid out: it is gone.
"""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import prepaid_reserved
from api.domain.money import Money
from api.models.wallet import Payin
from api.ports import Ports
from api.services.payments.ledger import book
from api.services.wallet.account import lock_wallet, note_movement


async def keep_back(
    *, db: AsyncSession, ports: Ports, now: datetime, payment_intent_id: str, amount: Money, cause: tuple[str, str]
) -> None:
    """Reserve what was taken back of a top-up in its wallet, or free it where ``amount`` is negative; once a cause."""
    payin = (await db.exec(select(Payin).where(Payin.payment_intent_id == payment_intent_id))).one()
    wallet = await lock_wallet(db=db, now=now, driver_id=payin.driver_id, currency=amount.currency)
    kind = JournalKind.PREPAID_RESERVED if amount.minor > 0 else JournalKind.PREPAID_UNRESERVED
    booked = await book(
        db=db, ports=ports, now=now, kind=kind, cause=cause, postings=prepaid_reserved(payin.driver_id, amount)
    )
    if booked:
        await note_movement(db=db, ports=ports, now=now, wallet=wallet)
