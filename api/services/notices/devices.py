"""The installed apps that drivers are pushed to: registered by the app, gone when the driver signs out of it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, exists
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.language import language_of
from api.models.driver import RefreshToken
from api.models.notice import PushDevice
from api.ports.push import Platform

MOST_DEVICES = 20
"""More of one driver are not kept; the one registered longest ago goes first."""


class UnknownDevice(NotFound):
    """The driver has no such device."""


async def register_device(
    *,
    db: AsyncSession,
    now: datetime,
    driver_id: str,
    family_id: str,
    device_id: str,
    platform: Platform,
    token: str,
    language: str,
    keys: Mapping[str, str] | None = None,
) -> PushDevice:
    """Store how an installed app is reached, anew or changed; a token belongs to whoever registered it last."""
    token_hash = hashlib.sha256(f"{platform}:{token}".encode()).hexdigest()
    other = (col(PushDevice.driver_id) != driver_id) | (col(PushDevice.id) != device_id)
    await db.exec(delete(PushDevice).where(col(PushDevice.token_hash) == token_hash, other))
    device = await db.get(PushDevice, (driver_id, device_id), with_for_update=True)
    if device is None:
        device = PushDevice(
            driver_id=driver_id,
            id=device_id,
            family_id=family_id,
            platform=platform,
            token=token,
            token_hash=token_hash,
            language=language_of(language),
            created_at=now,
            updated_at=now,
        )
    device.family_id, device.platform, device.token, device.token_hash = family_id, platform, token, token_hash
    device.keys = None if keys is None else dict(keys)
    device.language, device.updated_at = language_of(language), now
    db.add(device)
    await db.flush()
    await _drop_the_oldest(db, driver_id)
    return device


async def remove_device(*, db: AsyncSession, driver_id: str, device_id: str) -> None:
    """Forget a device; raises UnknownDevice."""
    device = await db.get(PushDevice, (driver_id, device_id))
    if device is None:
        raise UnknownDevice("unknown_device")
    await db.delete(device)


async def devices_of(*, db: AsyncSession, now: datetime, driver_id: str) -> list[PushDevice]:
    """Return a driver's devices that are still signed in, the newest first."""
    query = select(PushDevice).where(PushDevice.driver_id == driver_id, signed_in(now))
    return list(await db.exec(query.order_by(col(PushDevice.updated_at).desc(), col(PushDevice.id))))


def signed_in(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a device's sign-in still lives."""
    same = col(RefreshToken.family_id) == col(PushDevice.family_id)
    living = col(RefreshToken.revoked_at).is_(None) & (col(RefreshToken.expires_at) > now)
    return exists().where(same, living)


async def drop_signed_out(*, db: AsyncSession, now: datetime) -> None:
    """Forget the devices whose sign-in has ended."""
    await db.exec(delete(PushDevice).where(~signed_in(now)))


async def _drop_the_oldest(db: AsyncSession, driver_id: str) -> None:
    query = select(PushDevice).where(PushDevice.driver_id == driver_id).order_by(col(PushDevice.updated_at).desc())
    for device in list(await db.exec(query))[MOST_DEVICES:]:
        await db.delete(device)
