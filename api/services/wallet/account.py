"""A wallet's standing, read from the ledger, and the lock under which it changes.

Lock order everywhere: charge, then payin or hold, then wallet. The row of a wallet exists to be locked and to remember
what the driver was told; its balance is the sum of its ledger entries (payments.md 4.28).
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import Account, Layer
from api.domain.finance.wallet import Level, Standing, level_of, worse
from api.domain.money import Money
from api.models.wallet import Wallet
from api.ports import Ports
from api.services.notices.tell import tell_driver

_STANDING = text(
    "SELECT layer, sum(amount_minor) AS total FROM ledger_entry WHERE account_id = :account GROUP BY layer"
)
_NOTICE = {Level.LOW: "wallet_low", Level.BELOW_ZERO: "wallet_below_zero"}


async def lock_wallet(*, db: AsyncSession, now: datetime, driver_id: str, currency: str) -> Wallet:
    """Return a driver's wallet in a currency, opened if need be and locked until the transaction ends."""
    fresh = {
        "driver_id": driver_id,
        "currency": currency,
        "blocked": False,
        "level": Level.LOW,
        "version": 1,
        "created_at": now,
    }
    connection = await db.connection()
    await connection.execute(insert(Wallet).values(**fresh).on_conflict_do_nothing())
    query = select(Wallet).where(Wallet.driver_id == driver_id, Wallet.currency == currency).with_for_update()
    return (await db.exec(query.execution_options(populate_existing=True))).one()


async def standing_of(*, db: AsyncSession, driver_id: str, currency: str) -> Standing:
    """Return what is in a wallet and what of it is reserved; to decide on it, hold its lock."""
    connection = await db.connection()
    rows = await connection.execute(_STANDING, {"account": f"{Account.PREPAID}:{driver_id}:{currency}"})
    totals = {row.layer: int(row.total) for row in rows}
    return Standing(
        posted=Money(-totals.get(Layer.POSTED, 0), currency), reserved=Money(totals.get(Layer.PENDING, 0), currency)
    )


async def wallets_of(*, db: AsyncSession, driver_id: str) -> list[Wallet]:
    """Return a driver's wallets, one for each currency."""
    query = select(Wallet).where(Wallet.driver_id == driver_id).order_by(col(Wallet.currency))
    return list(await db.exec(query))


async def note_movement(*, db: AsyncSession, ports: Ports, now: datetime, wallet: Wallet) -> None:
    """Count a movement of a locked wallet; the driver is told once for each limit that it crossed downwards (EP04)."""
    wallet.version += 1
    await db.flush()
    standing = await standing_of(db=db, driver_id=wallet.driver_id, currency=wallet.currency)
    low = ports.policy.wallet.low_of(wallet.currency, wallet.low_notice_minor)
    level = level_of(standing.posted, low)
    if worse(level, Level(wallet.level)):
        await tell_driver(
            db=db,
            ports=ports,
            now=now,
            driver_id=wallet.driver_id,
            message=_NOTICE[level],
            detail={"balance_minor": standing.posted.minor, "limit_minor": low.minor, "currency": wallet.currency},
        )
    wallet.level = level
    db.add(wallet)


async def choose_low_notice(
    *, db: AsyncSession, ports: Ports, now: datetime, driver_id: str, currency: str, limit_minor: int | None
) -> Wallet:
    """Let a driver choose below what they are warned; what they see now on the screen is not told again."""
    ports.policy.wallet.minimum_of(currency)  # a currency that we have no limits for has no wallet either
    wallet = await lock_wallet(db=db, now=now, driver_id=driver_id, currency=currency)
    wallet.low_notice_minor = limit_minor
    standing = await standing_of(db=db, driver_id=driver_id, currency=currency)
    wallet.level = level_of(standing.posted, ports.policy.wallet.low_of(currency, limit_minor))
    db.add(wallet)
    return wallet
