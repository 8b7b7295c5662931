"""Reserving an EVSE for a driver: on disk first, sent once, moved by answers and results (OCPI 2.2.1 chapter 13).

Asked for by staff for a driver. A reservation may cost money, and no hold secures it: its session and its CDR are taken
in without a charge and told to finance with the reservation's id (``observe.py``). A reservation that was perhaps sent
is never sent again (``reservation_run.py``). It ends at its time whatever the partner says; 2.1.1 cannot cancel one.
"""

import hashlib
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid, NotFound
from api.domain.roaming.location import Capability
from api.domain.roaming.reservation import ENDED, ReservationStatus
from api.domain.roaming.token import TokenType, Whitelist
from api.models.driver import Driver
from api.models.remote import ReservationRow
from api.models.roaming import CommandRow, DriverTokenRow
from api.ports import Ports
from api.ports.remote_control import CommandNotInVersion
from api.services.charging.approvals import named, note_action
from api.services.charging.quote_place import NotStartable, Place, startable_place
from api.services.deferral import Job, defer_job
from api.services.roaming.commands import CANCEL_RESERVATION, plan_remote_command
from api.services.roaming.partners import partner_by_id
from api.services.roaming.remote_results import move_reservation
from api.services.roaming.rows import load_locked
from api.services.roaming.tokens import group_of, retire_token
from api.services.work import Work

LONGEST = timedelta(hours=24)
ASKED_AGAIN_AFTER = timedelta(minutes=2)
"""Longer than any call to a partner takes: a command without an answer after that has nobody waiting for one."""
_WITHOUT_CANCEL = "2.1.1"


class UnknownReservation(NotFound):
    """No reservation has this id."""


class ReservationUnusable(Invalid):
    """It would end in the past or too late, or for nobody. Fact: ``reason``."""


class ReservationEnded(Conflict):
    """There is nothing left to cancel. Fact: ``status``."""


async def reserve(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver_id: str,
    connector_public_id: str,
    expires_at: datetime,
    by: str,
) -> ReservationRow:
    """Plan a reservation and have it sent.

    Raises UnknownConnector, NotStartable, ReservationUnusable, PersonUnnamed.
    """
    person, place = named(by), await startable_place(db=db, now=now, connector_public_id=connector_public_id)
    driver = await db.get(Driver, driver_id)
    if driver is None:
        raise ReservationUnusable("reservation_unusable", reason="driver: unknown")
    if not now < expires_at <= now + LONGEST:
        raise ReservationUnusable("reservation_unusable", reason="expires_at: in the past or after more than a day")
    if Capability.RESERVABLE not in place.evse.capabilities:
        raise NotStartable("not_startable", reason="not_reservable")
    token = DriverTokenRow(
        uid=ports.randomness.token_uid().upper(),
        type=TokenType.APP_USER.value,
        driver_id=driver.id,
        contract_id=driver.contract_id,
        group_id=group_of(driver),
        whitelist=Whitelist.NEVER.value,
        language=driver.language,
        last_updated=now,
    )
    db.add(token)
    await db.flush()
    row = _row(now, place, token, expires_at, person, await _free_number(db, token.uid))
    db.add(row)
    await db.flush()
    await _log(db, now, person, "reservation_asked", row)
    await defer_job(db, Job.SEND_RESERVATION, reservation_id=row.id)
    return row


def _row(
    now: datetime, place: Place, token: DriverTokenRow, expires_at: datetime, by: str, number: str
) -> ReservationRow:
    """Return the new reservation with what it needs of the place, whatever the partner changes later."""
    location = place.location
    return ReservationRow(
        id=number,
        partner_id=location.partner_id,
        driver_id=token.driver_id,
        token_uid=token.uid,
        connector_key=place.connector.key,
        evse_key=place.evse.key,
        location_id=location.id,
        evse_uid=place.evse.uid,
        country_code=location.country_code,
        party_id=location.party_id,
        expires_at=expires_at,
        status=ReservationStatus.PLANNED.value,
        by=by,
        created_at=now,
        updated_at=now,
    )


async def _free_number(db: AsyncSession, token_uid: str) -> str:
    """Return an id that is a number, as 2.1.1 wants it, fits 31 bits and says nothing of how many there are."""
    for attempt in range(10):
        seed = hashlib.sha256(f"{token_uid}:{attempt}".encode()).digest()
        number = str(10**8 + int.from_bytes(seed[:8], "big") % (2 * 10**9))
        if await db.get(ReservationRow, number) is None:
            return number
    raise ReservationUnusable("reservation_unusable", reason="id: none free")


async def cancel_reservation(
    *, db: AsyncSession, ports: Ports, now: datetime, reservation_id: str, by: str
) -> ReservationRow:
    """Have a reservation canceled; asked a moment ago, nothing more happens.

    One that was asked for and never answered, because a process died over it, is sent again.

    Raises UnknownReservation, ReservationEnded, PersonUnnamed, CommandNotInVersion (2.1.1: it ends at its time).
    """
    person, row = named(by), await _locked(db, reservation_id)
    if row.status in ENDED:
        raise ReservationEnded("reservation_ended", status=row.status)
    partner = await partner_by_id(db, row.partner_id)
    if partner.version == _WITHOUT_CANCEL:
        raise CommandNotInVersion("command_not_in_version", version=partner.version, message="CANCEL_RESERVATION")
    query = select(CommandRow).where(
        CommandRow.reservation_id == row.id,
        CommandRow.kind == CANCEL_RESERVATION,
        col(CommandRow.answered_at).is_(None),
    )
    command = (await db.exec(query)).first()
    if command is not None and now - (command.sent_at or command.created_at) < ASKED_AGAIN_AFTER:
        return row
    command = command or await plan_remote_command(
        db=db, ports=ports, now=now, kind=CANCEL_RESERVATION, partner=partner, reservation_id=row.id
    )
    await _log(db, now, person, "reservation_cancel_asked", row)
    await defer_job(db, Job.SEND_RESERVATION_CANCEL, command_id=command.id)
    return row


async def list_reservations(*, db: AsyncSession, limit: int = 100) -> list[ReservationRow]:
    """Return the newest reservations."""
    query = select(ReservationRow).order_by(col(ReservationRow.created_at).desc(), ReservationRow.id)
    return list((await db.exec(query.limit(limit))).all())


async def sweep_reservations(*, work: Work, ports: Ports) -> int:
    """End reservations whose time is over, whatever was heard of them; return how many."""
    now = ports.clock.now()
    async with work() as db:
        query = select(ReservationRow).where(
            col(ReservationRow.expires_at) <= now, col(ReservationRow.status).not_in([each.value for each in ENDED])
        )
        rows = (await db.exec(query.limit(500).with_for_update(skip_locked=True))).all()
        for row in rows:
            move_reservation(row, ReservationStatus.EXPIRED, now=now, reason=None)
            db.add(row)
        for row in rows:
            await retire_token(db=db, now=now, uid=row.token_uid)
    return len(rows)


async def _locked(db: AsyncSession, reservation_id: str) -> ReservationRow:
    """Return a reservation, locked; raises UnknownReservation."""
    row = await load_locked(db, ReservationRow, reservation_id)
    if row is None:
        raise UnknownReservation("reservation_unknown", reservation_id=reservation_id)
    return row


async def _log(db: AsyncSession, now: datetime, by: str, action: str, row: ReservationRow) -> None:
    """Append to the log of what staff did."""
    after = {"driver_id": row.driver_id, "evse_uid": row.evse_uid, "expires_at": row.expires_at.isoformat()}
    await note_action(
        db=db, now=now, by=by, action=action, subject_id=row.id, charging_session_id=None, reason="", after=after
    )
