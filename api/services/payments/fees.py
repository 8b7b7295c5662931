"""The processor's fee of a captured hold: booked once, from whichever news tells it first."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import processor_fee
from api.domain.money import Money
from api.models.payment import HoldRow
from api.ports import Ports
from api.services.payments.ledger import book


async def book_fee_of_hold(*, db: AsyncSession, ports: Ports, now: datetime, hold: HoldRow, fee: Money) -> bool:
    """Keep and book the fee of a locked hold; False where it is known already. A fee of nothing is known too."""
    if hold.fee_minor is not None:
        return False
    hold.fee_minor = fee.minor
    db.add(hold)
    await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.PROCESSOR_FEE,
        cause=("hold", hold.id),
        postings=processor_fee(fee),
        charging_session_id=hold.charging_session_id,
    )
    return True
