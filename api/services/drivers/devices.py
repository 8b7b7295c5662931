"""The devices that a driver is signed in on: each is a family of refresh tokens, and may be signed out from another.

Access tokens already given out live on for their minutes (``access_token_seconds``): they are checked without a
database, so what ends a device is that it gets no new ones.
"""

from datetime import datetime

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.models.driver import Device, RefreshToken
from api.models.notice import PushDevice


class UnknownDevice(NotFound):
    """The driver is not signed in on such a device."""


async def devices_of_driver(*, db: AsyncSession, now: datetime, driver_id: str) -> list[Device]:
    """Return where a driver is signed in, the last seen first."""
    query = select(Device).where(
        Device.driver_id == driver_id, col(Device.signed_out_at).is_(None), Device.expires_at > now
    )
    return list(await db.exec(query.order_by(col(Device.last_seen_at).desc(), Device.id)))


async def sign_out_device(*, db: AsyncSession, now: datetime, driver_id: str, device_id: str) -> None:
    """Sign a driver out on one device; raises ``UnknownDevice``, also for somebody else's."""
    if device_id not in {each.id for each in await devices_of_driver(db=db, now=now, driver_id=driver_id)}:
        raise UnknownDevice("unknown_device")
    await close_family(db=db, now=now, family_id=device_id)


async def sign_out_everywhere(*, db: AsyncSession, now: datetime, driver_id: str, but: str | None = None) -> None:
    """Sign a driver out on all devices, or on all but one."""
    devices = (col(Device.driver_id) == driver_id) & col(Device.signed_out_at).is_(None)
    tokens = (col(RefreshToken.driver_id) == driver_id) & col(RefreshToken.revoked_at).is_(None)
    pushed = col(PushDevice.driver_id) == driver_id
    if but is not None:
        devices, tokens = devices & (col(Device.id) != but), tokens & (col(RefreshToken.family_id) != but)
        pushed = pushed & (col(PushDevice.family_id) != but)
    await db.exec(update(RefreshToken).where(tokens).values(revoked_at=now))
    await db.exec(update(Device).where(devices).values(signed_out_at=now))
    await db.exec(delete(PushDevice).where(pushed))


async def close_family(*, db: AsyncSession, now: datetime, family_id: str) -> None:
    """Let no token of a family work any more, and push nothing to what signed in with it."""
    living = (col(RefreshToken.family_id) == family_id) & col(RefreshToken.revoked_at).is_(None)
    await db.exec(update(RefreshToken).where(living).values(revoked_at=now))
    open_device = (col(Device.id) == family_id) & col(Device.signed_out_at).is_(None)
    await db.exec(update(Device).where(open_device).values(signed_out_at=now))
    await db.exec(delete(PushDevice).where(col(PushDevice.family_id) == family_id))


async def see_device(*, db: AsyncSession, now: datetime, family_id: str) -> None:
    """Note that a device is in use."""
    await db.exec(update(Device).where(col(Device.id) == family_id).values(last_seen_at=now))
