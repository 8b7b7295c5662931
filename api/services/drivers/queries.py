"""Reads about drivers."""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Unauthenticated
from api.models.driver import Driver
from api.services.drivers.standing import AccountStatus


class DriverGone(Unauthenticated):
    """The access token is genuine, but its driver has no account any more."""


async def driver_by_id(db: AsyncSession, driver_id: str) -> Driver:
    """Return the driver; raises ``DriverGone``."""
    driver = (await db.exec(select(Driver).where(Driver.id == driver_id))).first()
    if driver is None or driver.status == AccountStatus.CLOSED:
        raise DriverGone("driver_gone")
    return driver
