"""Drivers' passes: RFID cards by which partners know a driver without the app (OCPI 2.2.1 chapter 12).

A pass is a token that was made for no single charge. Partners may never accept one without asking us (whitelist
``never``): what it may do is decided in ``services/charging/authorize.py``. Each change is told to every partner that
takes tokens, by jobs deferred in the same transaction (``pass_push.py``).
"""

from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid, NotFound
from api.domain.roaming.token import TokenType, Whitelist
from api.models.driver import Driver
from api.models.roaming import DriverTokenRow
from api.services.roaming.pass_push import ask_for_pushes
from api.services.roaming.rows import load_locked
from api.services.roaming.tokens import PASS_TYPES

MAX_UID = 36


class PassTaken(Conflict):
    """A token with this uid is there already, whoever has it."""


class PassUnusable(Invalid):
    """The uid, kind or number of a pass is none that OCPI allows. Fact: ``reason``."""


class UnknownPass(NotFound):
    """No pass has this uid."""


class UnknownDriver(NotFound):
    """No driver has this id."""


async def add_pass(
    *,
    db: AsyncSession,
    now: datetime,
    driver_id: str,
    uid: str,
    token_type: TokenType = TokenType.RFID,
    visual_number: str | None = None,
) -> DriverTokenRow:
    """Give a driver a pass and have partners told; raises UnknownDriver, PassUnusable, PassTaken."""
    driver = await db.get(Driver, driver_id)
    if driver is None:
        raise UnknownDriver("driver_unknown", driver_id=driver_id)
    uid = _checked_uid(uid)
    if token_type not in PASS_TYPES:
        raise PassUnusable("pass_unusable", reason="type: neither rfid nor other")
    if visual_number is not None and not (0 < len(visual_number) <= 64 and visual_number.isprintable()):
        raise PassUnusable("pass_unusable", reason="visual_number: empty, too long or not printable")
    if await load_locked(db, DriverTokenRow, uid) is not None:
        raise PassTaken("pass_taken", uid=uid)
    row = DriverTokenRow(
        uid=uid,
        type=token_type.value,
        driver_id=driver.id,
        contract_id=driver.contract_id,
        whitelist=Whitelist.NEVER.value,
        visual_number=visual_number,
        language=driver.language,
        last_updated=now,
    )
    db.add(row)
    await db.flush()
    await ask_for_pushes(db=db)
    return row


async def block_pass(*, db: AsyncSession, now: datetime, uid: str) -> DriverTokenRow:
    """Block a pass, also for good where it was given back; blocked already, nothing happens. Raises UnknownPass."""
    return await _set_valid(db, now, uid, valid=False)


async def unblock_pass(*, db: AsyncSession, now: datetime, uid: str) -> DriverTokenRow:
    """Let a blocked pass be used again; raises UnknownPass."""
    return await _set_valid(db, now, uid, valid=True)


async def list_passes(*, db: AsyncSession, driver_id: str | None = None) -> list[DriverTokenRow]:
    """Return all passes, or those of one driver, by uid."""
    query = select(DriverTokenRow).where(col(DriverTokenRow.type).in_(PASS_TYPES)).order_by(DriverTokenRow.uid)
    if driver_id is not None:
        query = query.where(DriverTokenRow.driver_id == driver_id)
    return list((await db.exec(query)).all())


async def _set_valid(db: AsyncSession, now: datetime, uid: str, *, valid: bool) -> DriverTokenRow:
    """Change whether a pass may be used; its moment always moves on, or partners would take the change for old."""
    row = await load_locked(db, DriverTokenRow, uid.strip().upper())
    if row is None or row.type not in PASS_TYPES:
        raise UnknownPass("pass_unknown", uid=uid)
    if row.valid != valid:
        row.valid, row.last_updated = valid, max(now, row.last_updated + timedelta(seconds=1))
        db.add(row)
        await db.flush()
        await ask_for_pushes(db=db)
    return row


def _checked_uid(uid: str) -> str:
    """Return the uid as stored; raises PassUnusable."""
    stored = uid.strip().upper()
    if not 0 < len(stored) <= MAX_UID or not stored.isascii() or not stored.isprintable():
        raise PassUnusable("pass_unusable", reason="uid: empty, longer than 36 or not printable ASCII")
    return stored
