"""Reads about drivers."""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Unauthenticated
from api.models.driver import Driver


class DriverGone(Unauthenticated):
    """The access token is genuine, but its driver has no account any more."""


async def driver_by_id(db: AsyncSession, driver_id: str) -> Driver:
    """Return the driver; raises ``DriverGone``."""
    driver = (await db.exec(select(Driver).where(Driver.id == driver_id))).first()
    if driver is None:
        raise DriverGone("driver_gone")
    return driver
