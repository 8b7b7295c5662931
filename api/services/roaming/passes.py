"""Drivers' passes as staff handle them: cards by which partners know a driver without the app (OCPI 2.2.1 chapter 12).

A pass is a token that was made for no single charge. Partners may never accept one without asking us (whitelist
``never``): what it may do is decided in ``services/charging/authorize.py``. Each change is told to every partner that
takes tokens, by jobs deferred in the same transaction (``pass_push.py``). What drivers do with theirs is in
``driver_passes.py``, and where a pass may go from where in ``domain/passes.py``.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid, NotFound
from api.domain.passes import PassStatus, PassStep
from api.domain.roaming.token import TokenType, Whitelist
from api.models.driver import Driver
from api.models.passes import DriverPass
from api.models.roaming import DriverTokenRow
from api.ports import Ports
from api.services.roaming.pass_code import code_hash, fresh_code
from api.services.roaming.pass_push import ask_for_pushes
from api.services.roaming.pass_steps import UnknownPass, locked_pass, move_pass, pass_of_token
from api.services.roaming.rows import load_locked
from api.services.roaming.tokens import PASS_TYPES, group_of

MAX_UID = 36
BY_STAFF = "by_staff"


class PassTaken(Conflict):
    """A token with this uid is there already, whoever has it."""


class PassUnusable(Invalid):
    """The uid, kind or number of a pass is none that OCPI allows. Fact: ``reason``."""


class UnknownDriver(NotFound):
    """No driver has this id."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it is made: what readers read from it, what is printed on it, and until when it is good."""

    uid: str
    visual_number: str | None = None
    valid_until: datetime | None = None
    token_type: TokenType = TokenType.RFID


async def add_pass(
    *,
    db: AsyncSession,
    now: datetime,
    driver_id: str,
    uid: str,
    token_type: TokenType = TokenType.RFID,
    visual_number: str | None = None,
) -> DriverTokenRow:
    """Give a driver a pass, active at once, and have partners told; raises UnknownDriver, PassUnusable, PassTaken."""
    driver = await db.get(Driver, driver_id)
    if driver is None:
        raise UnknownDriver("driver_unknown", driver_id=driver_id)
    token = await _new_token(db, now, driver, Card(uid, visual_number, None, token_type), valid=True)
    db.add(
        DriverPass(
            id=f"pas_{hashlib.sha256(token.uid.encode()).hexdigest()[:32]}",
            driver_id=driver.id,
            token_uid=token.uid,
            status=PassStatus.ACTIVE.value,
            ordered_at=now,
            shipped_at=now,
            received_at=now,
            activated_at=now,
            updated_at=now,
        )
    )
    await db.flush()
    await ask_for_pushes(db=db)
    return token


async def ship_pass(
    *, db: AsyncSession, ports: Ports, now: datetime, pass_id: str, card: Card
) -> tuple[DriverPass, str]:
    """Send an ordered pass out as this card; return it with the code to print, which is shown this once.

    Partners learn of it as a card that may not be used yet. Raises UnknownPass, PassStepRefused, PassUnusable,
    PassTaken.
    """
    row = await locked_pass(db=db, pass_id=pass_id)
    if card.valid_until is not None and card.valid_until <= now:
        raise PassUnusable("pass_unusable", reason="valid_until: not in the future")
    code = fresh_code(ports)
    if row.status == PassStatus.ORDERED:
        driver = await db.get_one(Driver, row.driver_id)
        row.token_uid = (await _new_token(db, now, driver, card, valid=False)).uid
        row.code_hash, row.valid_until = code_hash(row.id, code), card.valid_until
        await move_pass(db=db, now=now, row=row, step=PassStep.SHIP)
        await ask_for_pushes(db=db)
        return row, code
    raise PassTaken("pass_shipped", pass_id=row.id, status=row.status)


async def renew_code(*, db: AsyncSession, ports: Ports, now: datetime, pass_id: str) -> str:
    """Give a pass another code, for a driver who cannot read it or tried too often; raises UnknownPass."""
    row = await locked_pass(db=db, pass_id=pass_id)
    code = fresh_code(ports)
    row.code_hash, row.wrong_codes, row.updated_at = code_hash(row.id, code), 0, now
    db.add(row)
    return code


async def block_pass(*, db: AsyncSession, now: datetime, uid: str) -> DriverTokenRow:
    """Block a pass, also for good where it was given back; blocked already, nothing happens. Raises UnknownPass."""
    return await _step_by_uid(db, now, uid, PassStep.BLOCK)


async def unblock_pass(*, db: AsyncSession, now: datetime, uid: str) -> DriverTokenRow:
    """Let a blocked pass go on from where it was; raises UnknownPass, PassStepRefused."""
    return await _step_by_uid(db, now, uid, PassStep.UNBLOCK)


async def expire_pass(*, db: AsyncSession, now: datetime, pass_id: str) -> DriverPass:
    """End a pass for good; raises UnknownPass."""
    row = await locked_pass(db=db, pass_id=pass_id)
    return await move_pass(db=db, now=now, row=row, step=PassStep.EXPIRE)


async def list_passes(
    *, db: AsyncSession, driver_id: str | None = None, status: str | None = None
) -> list[tuple[DriverPass, DriverTokenRow | None]]:
    """Return all passes with their tokens, or those of one driver or status, oldest order first."""
    token = col(DriverTokenRow.uid) == col(DriverPass.token_uid)
    query = select(DriverPass, DriverTokenRow).join(DriverTokenRow, token, isouter=True)
    if driver_id is not None:
        query = query.where(DriverPass.driver_id == driver_id)
    if status is not None:
        query = query.where(DriverPass.status == status)
    rows = await db.exec(query.order_by(col(DriverPass.ordered_at), DriverPass.id))
    return [(row, token) for row, token in rows]


async def _new_token(db: AsyncSession, now: datetime, driver: Driver, card: Card, *, valid: bool) -> DriverTokenRow:
    """Add the token of a card, of one group with all of the driver's; raises PassUnusable, PassTaken."""
    uid = _checked_uid(card.uid)
    if card.token_type not in PASS_TYPES:
        raise PassUnusable("pass_unusable", reason="type: neither rfid nor other")
    number = card.visual_number
    if number is not None and not (0 < len(number) <= 64 and number.isprintable()):
        raise PassUnusable("pass_unusable", reason="visual_number: empty, too long or not printable")
    if await load_locked(db, DriverTokenRow, uid) is not None:
        raise PassTaken("pass_taken", uid=uid)
    row = DriverTokenRow(
        uid=uid,
        type=card.token_type.value,
        driver_id=driver.id,
        contract_id=driver.contract_id,
        group_id=group_of(driver),
        valid=valid,
        whitelist=Whitelist.NEVER.value,
        visual_number=number,
        language=driver.language,
        last_updated=now,
    )
    db.add(row)
    await db.flush()
    return row


async def _step_by_uid(db: AsyncSession, now: datetime, uid: str, step: PassStep) -> DriverTokenRow:
    """Take a step with the pass of a token."""
    row = await pass_of_token(db, uid.strip().upper())
    if row is None or row.token_uid is None:
        raise UnknownPass("pass_unknown", uid=uid)
    await move_pass(db=db, now=now, row=row, step=step, reason=BY_STAFF if step is PassStep.BLOCK else None)
    return await db.get_one(DriverTokenRow, row.token_uid)


def _checked_uid(uid: str) -> str:
    """Return the uid as stored; raises PassUnusable."""
    stored = uid.strip().upper()
    if not 0 < len(stored) <= MAX_UID or not stored.isascii() or not stored.isprintable():
        raise PassUnusable("pass_unusable", reason="uid: empty, longer than 36 or not printable ASCII")
    return stored
