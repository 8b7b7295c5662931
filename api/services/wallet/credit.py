"""Money that comes into a wallet: a top-up that our server saw succeed, once (payments.md 4.28)."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import topped_up
from api.domain.money import Money
from api.models.wallet import Payin
from api.ports import Ports
from api.services.deferral import Job, defer_job
from api.services.notices.tell import tell_driver
from api.services.payments.ledger import book
from api.services.wallet.account import lock_wallet, note_movement

_OWING = text(
    "SELECT id FROM charging_session WHERE driver_id = :driver AND currency = :currency AND payer_type = 'wallet'"
    " AND CAST(state->'receivable'->>'minor' AS bigint) > 0 ORDER BY created_at, id"
)


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
        await _settle_owed(db, payin.driver_id, received.currency)
    return booked


async def _settle_owed(db: AsyncSession, driver_id: str, currency: str) -> None:
    """Let what the driver's wallet charges still owe be paid, now that there is money again."""
    connection = await db.connection()
    for row in await connection.execute(_OWING, {"driver": driver_id, "currency": currency}):
        await defer_job(db, Job.PAY_FROM_WALLET, lock=row.id, charging_session_id=row.id)
