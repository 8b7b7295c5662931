"""Money that comes into a wallet: a top-up that our server saw succeed, once (payments.md 4.28)."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.ledger import JournalKind, topped_up
from api.domain.money import Money
from api.models.wallet import Payin
from api.ports import Ports
from api.services.notices.tell import tell_driver
from api.services.payments.ledger import book
from api.services.wallet.account import lock_wallet, note_movement


async def credit_top_up(
    *, db: AsyncSession, ports: Ports, now: datetime, payin: Payin, received: Money, cause: tuple[str, str]
) -> bool:
    """Book money of a top-up into its wallet and tell the driver; False: that was done before."""
    wallet = await lock_wallet(db=db, now=now, driver_id=payin.driver_id, currency=received.currency)
    booked = await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.TOPPED_UP,
        cause=cause,
        postings=topped_up(payin.driver_id, received),
    )
    if booked:
        await note_movement(db=db, ports=ports, now=now, wallet=wallet)
        await tell_driver(
            db=db,
            ports=ports,
            now=now,
            driver_id=payin.driver_id,
            message="wallet_topped_up",
            detail={"amount_minor": received.minor, "currency": received.currency, "top_up_id": payin.id},
        )
    return booked
