"""Reading wallets for their drivers."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.finance.wallet import Standing
from api.models.wallet import Wallet, WalletPayout, WalletRefund
from api.services.wallet.account import standing_of, wallets_of


class UnknownWalletRefund(NotFound):
    """No such request of this driver."""


async def standings_of(*, db: AsyncSession, driver_id: str) -> list[tuple[Wallet, Standing]]:
    """Return a driver's wallets with what is in them."""
    wallets = await wallets_of(db=db, driver_id=driver_id)
    return [(each, await standing_of(db=db, driver_id=driver_id, currency=each.currency)) for each in wallets]


async def refund_of_driver(
    *, db: AsyncSession, driver_id: str, refund_id: str
) -> tuple[WalletRefund, list[WalletPayout]]:
    """Return one request of one driver with its pay-outs; raises UnknownWalletRefund."""
    refund = await db.get(WalletRefund, refund_id)
    if refund is None or refund.driver_id != driver_id:
        raise UnknownWalletRefund("unknown_wallet_refund")
    query = select(WalletPayout).where(WalletPayout.wallet_refund_id == refund_id)
    return refund, list(await db.exec(query.order_by(col(WalletPayout.created_at), col(WalletPayout.id))))
