"""What drivers do with their passes: order one, say that it came, activate it, block one that is lost, look at it."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid
from api.domain.ids import Prefix
from api.domain.passes import NextStep, PassStatus, PassStep, next_step
from api.models.driver import Driver
from api.models.location import LocationRow
from api.models.passes import DriverPass, PassAuthorization
from api.models.roaming import DriverTokenRow, PartnerSessionRow
from api.ports import Ports
from api.services.roaming.pass_code import code_hash
from api.services.roaming.pass_steps import UnknownPass, locked_pass, move_pass
from api.services.work import Work

MOST_WRONG_CODES = 10
MOST_PASSES = 20


class BlockReason(StrEnum):
    """Why a driver blocks a pass."""

    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"


class PassCodeWrong(Invalid):
    """That is not the code on this pass. Fact: ``tries_left``."""


class PassCodeLocked(Conflict):
    """Too many wrong codes: the hotline can give another one."""


class TooManyPasses(Conflict):
    """The driver had as many passes as anybody gets without asking. Fact: ``most``."""


@dataclass(frozen=True, slots=True)
class LastUse:
    """Where and when a pass was seen last, and whether we let it charge."""

    at: datetime
    allowed: bool
    reason: str | None
    place: str | None


@dataclass(frozen=True, slots=True)
class PassView:
    """A pass as its driver sees it; ``refusals`` is empty exactly when it can charge."""

    row: DriverPass
    visual_number: str | None
    status: PassStatus
    next_step: NextStep | None
    refusals: tuple[str, ...]
    last_use: LastUse | None = None


async def order_pass(*, db: AsyncSession, ports: Ports, now: datetime, driver_id: str) -> PassView:
    """Order a pass; while one waits to be shipped, asking again returns that one. Raises TooManyPasses."""
    await db.get_one(Driver, driver_id, with_for_update=True)
    rows = list(await db.exec(select(DriverPass).where(DriverPass.driver_id == driver_id)))
    waiting = next((row for row in rows if row.status == PassStatus.ORDERED), None)
    if waiting is None and len(rows) >= MOST_PASSES:
        raise TooManyPasses("too_many_passes", most=MOST_PASSES)
    if waiting is None:
        waiting = DriverPass(
            id=ports.randomness.new_id(Prefix.PASS),
            driver_id=driver_id,
            status=PassStatus.ORDERED.value,
            ordered_at=now,
            updated_at=now,
        )
        db.add(waiting)
        await db.flush()
    return _view(ports, now, waiting, None)


async def passes_of_driver(*, db: AsyncSession, ports: Ports, now: datetime, driver_id: str) -> list[PassView]:
    """Return a driver's passes, the newest order first."""
    token = col(DriverTokenRow.uid) == col(DriverPass.token_uid)
    query = select(DriverPass, DriverTokenRow).join(DriverTokenRow, token, isouter=True)
    query = query.where(DriverPass.driver_id == driver_id)
    rows = await db.exec(query.order_by(col(DriverPass.ordered_at).desc(), DriverPass.id))
    return [_view(ports, now, row, token) for row, token in rows]


async def look_at_pass(*, db: AsyncSession, ports: Ports, now: datetime, driver_id: str, pass_id: str) -> PassView:
    """Return a pass with where it was seen last (CK20); raises UnknownPass."""
    row = await db.get(DriverPass, pass_id)
    if row is None or row.driver_id != driver_id:
        raise UnknownPass("pass_unknown")
    token = await db.get(DriverTokenRow, row.token_uid) if row.token_uid else None
    return _view(ports, now, row, token, await _last_use(db, row.token_uid) if row.token_uid else None)


async def confirm_receipt(*, db: AsyncSession, now: datetime, driver_id: str, pass_id: str) -> DriverPass:
    """Note that a pass came; raises UnknownPass, PassStepRefused."""
    row = await locked_pass(db=db, pass_id=pass_id, driver_id=driver_id)
    return await move_pass(db=db, now=now, row=row, step=PassStep.RECEIVE)


async def block_own_pass(
    *, db: AsyncSession, now: datetime, driver_id: str, pass_id: str, reason: BlockReason
) -> DriverPass:
    """Block a pass that its driver has no more; raises UnknownPass, PassStepRefused."""
    row = await locked_pass(db=db, pass_id=pass_id, driver_id=driver_id)
    return await move_pass(db=db, now=now, row=row, step=PassStep.BLOCK, reason=reason.value)


async def activate_pass(*, work: Work, now: datetime, driver_id: str, pass_id: str, code: str) -> None:
    """Activate a pass by the code printed on it; a wrong one is counted, and the count is kept.

    Raises UnknownPass, PassStepRefused, PassCodeWrong, PassCodeLocked.
    """
    async with work() as db:
        row = await locked_pass(db=db, pass_id=pass_id, driver_id=driver_id)
        if row.wrong_codes >= MOST_WRONG_CODES:
            raise PassCodeLocked("pass_code_locked")
        if row.code_hash is None or hmac.compare_digest(row.code_hash, code_hash(row.id, code)):
            await move_pass(db=db, now=now, row=row, step=PassStep.ACTIVATE)
            row.wrong_codes = 0
            return
        row.wrong_codes += 1
        db.add(row)
        left = MOST_WRONG_CODES - row.wrong_codes
    raise PassCodeWrong("pass_code_wrong", tries_left=left)


def status_at(row: DriverPass, now: datetime) -> PassStatus:
    """Return where a pass is: one whose time has come has expired, swept or not."""
    over = row.valid_until is not None and row.valid_until <= now
    return PassStatus.EXPIRED if over else PassStatus(row.status)


def _view(
    ports: Ports, now: datetime, row: DriverPass, token: DriverTokenRow | None, last_use: LastUse | None = None
) -> PassView:
    """Return a pass as it is at ``now``."""
    status = status_at(row, now)
    refusals = [] if status is PassStatus.ACTIVE else [f"pass_{status}"]
    if not ports.policy.passes_enabled:
        refusals.append("passes_off")
    number = token.visual_number if token else None
    return PassView(row, number, status, next_step(status), tuple(refusals), last_use)


async def _last_use(db: AsyncSession, uid: str) -> LastUse | None:
    """Return when a charger last asked about a card, or told of a session with it, whichever was later."""
    asked_last = col(PassAuthorization.at).desc()
    asked = select(PassAuthorization).where(PassAuthorization.token_uid == uid).order_by(asked_last).limit(1)
    query = (await db.exec(asked)).first()
    used = select(PartnerSessionRow).where(func.upper(PartnerSessionRow.token_uid) == uid)
    session = (await db.exec(used.order_by(col(PartnerSessionRow.first_seen_at).desc()).limit(1))).first()
    if session is not None and (query is None or session.first_seen_at > query.at):
        place = await _name_of(db, session.partner_id, str(session.document.get("location_id") or ""))
        return LastUse(session.first_seen_at, allowed=True, reason=None, place=place)
    if query is None:
        return None
    place = await _name_of(db, query.partner_id, query.location_id or "")
    return LastUse(query.at, allowed=query.allowed == "allowed", reason=query.reason, place=place)


async def _name_of(db: AsyncSession, partner_id: str, location_id: str) -> str | None:
    """Return what people call a location, where we know it."""
    query = select(LocationRow).where(
        LocationRow.partner_id == partner_id, func.upper(col(LocationRow.id)) == location_id.upper()
    )
    row = (await db.exec(query.limit(1))).first()
    return f"{row.name or row.address}, {row.city}" if row is not None else None
