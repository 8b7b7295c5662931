"""Results of commands that are for no charge's progress: reservations, their ends, and unlocking.

The first result of a command is kept with it. A reservation also hears later ones: the operator may cancel it.
"""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.command import AnswerKind, CommandResult
from api.domain.roaming.reservation import ReservationStatus, after_answer, after_cancel_result, after_result
from api.models.partner import Partner
from api.models.remote import ReservationRow
from api.models.roaming import CommandRow
from api.services.deferral import Job, defer_job
from api.services.roaming.commands import RESERVE, UNLOCK, UnknownCommand, store_command_result
from api.services.roaming.rows import load_locked
from api.services.roaming.sealing import digest


async def note_remote_result(
    *, db: AsyncSession, now: datetime, partner: Partner, secret: str, result: CommandResult
) -> None:
    """Keep a result and move its reservation; repeated, nothing happens. Raises UnknownCommand.

    The reservation is locked before the command, as where the answer is recorded.
    """
    query = select(CommandRow).where(
        CommandRow.response_secret_hash == digest(secret), CommandRow.partner_id == partner.id
    )
    command = (await db.exec(query)).first()
    if command is None:
        raise UnknownCommand("command_unknown")
    reservation = await load_locked(db, ReservationRow, command.reservation_id) if command.reservation_id else None
    await store_command_result(db=db, now=now, partner=partner, secret=secret, result=result)
    if command.kind == UNLOCK:
        await defer_job(db, Job.TELL_UNLOCK, command_id=command.id)
    if reservation is None or command.kind == UNLOCK:
        return
    before = ReservationStatus(reservation.status)
    moved = after_result if command.kind == RESERVE else after_cancel_result
    move_reservation(reservation, moved(before, result.kind), now=now, reason=result.message or result.kind.value)
    await db.flush()


def note_answer(reservation: ReservationRow, answer: AnswerKind | None, *, now: datetime, reason: str | None) -> None:
    """Move a locked reservation by the partner's answer to RESERVE_NOW, None where it gave none that is clear."""
    move_reservation(reservation, after_answer(ReservationStatus(reservation.status), answer), now=now, reason=reason)


def move_reservation(
    reservation: ReservationRow, status: ReservationStatus, *, now: datetime, reason: str | None
) -> None:
    """Write where a locked reservation stands, if that changed; the reason is kept where it is not as wished."""
    if reservation.status == status:
        return
    wished = status in {ReservationStatus.ASKED, ReservationStatus.RESERVED}
    reservation.status, reservation.updated_at = status, now
    reservation.reason = None if wished else (reason or "")[:200] or None
