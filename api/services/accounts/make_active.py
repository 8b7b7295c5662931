"""Making an account that waits the one of its address: whoever follows a link to an address has it."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.driver import Driver
from api.services.accounts.forget import forget_pending
from api.services.accounts.links import TAKEN, LinkGone, Purpose, end_links
from api.services.drivers.signup import account_at, pending_accounts_at
from api.services.drivers.standing import AccountStatus, set_standing


async def make_active(*, db: AsyncSession, now: datetime, driver: Driver, address: str) -> None:
    """Make a locked account active, whose address is locked, and forget the others that waited; raises LinkGone."""
    if driver.status != AccountStatus.PENDING or await account_at(db=db, email=address) is not None:
        raise LinkGone(TAKEN)
    set_standing(driver, AccountStatus.ACTIVE)
    driver.activated_at = now
    db.add(driver)
    await db.flush()
    await end_links(db=db, now=now, driver_id=driver.id, purposes=(Purpose.ACTIVATE,))
    for other in await pending_accounts_at(db=db, email=address):
        await forget_pending(db=db, now=now, driver=other)
