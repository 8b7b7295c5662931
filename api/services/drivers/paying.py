"""What a driver usually pays with, and whether the saved card may be charged later without them."""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.payer import Payer
from api.models.driver import Driver


async def choose_payer(
    *, db: AsyncSession, now: datetime, driver_id: str, pay_with: str, later_charges: bool
) -> Driver:
    """Store both choices; the moment of the agreement to later charges is kept, and gone when it is taken back."""
    driver = (await db.exec(select(Driver).where(Driver.id == driver_id).with_for_update())).one()
    driver.pay_with = Payer(pay_with)
    driver.later_charges_at = (driver.later_charges_at or now) if later_charges else None
    db.add(driver)
    return driver
