"""Sending RESERVE_NOW and CANCEL_RESERVATION: plan, perform, record.

A reservation is asked for once. Canceling does no harm twice, so after a crash it is asked again, with the same address
for the result.
"""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import PartyId
from api.domain.roaming.command import CancelReservationCommand, ReserveCommand
from api.domain.roaming.reservation import ENDED, ReservationStatus
from api.domain.roaming.token import DriverToken
from api.models.partner import Partner
from api.models.remote import ReservationRow
from api.models.roaming import CommandRow, DriverTokenRow
from api.ports import Ports
from api.services.charging.remote_call import Told, keep_answer, make_call
from api.services.roaming.client_info import party_away
from api.services.roaming.commands import RESERVE, plan_remote_command, response_url
from api.services.roaming.partners import PartnerNotConnected, partner_by_id
from api.services.roaming.remote_results import move_reservation, note_answer
from api.services.roaming.rows import load_locked
from api.services.roaming.tokens import as_driver_token
from api.services.work import Work

_INTERRUPTED = Told(None, "interrupted")


async def send_reservation(*, work: Work, ports: Ports, reservation_id: str) -> None:
    """Send RESERVE_NOW of a reservation, unless it may have been sent before or its time is over."""
    async with work() as db:
        planned = await _plan(db, ports, reservation_id)
    if planned is None:
        return
    command_id, partner, party, command = planned
    told = await make_call(ports, partner, party, lambda peer: ports.remote_control.send_reserve(peer, command))
    async with work() as db:
        now = ports.clock.now()
        reservation = await load_locked(db, ReservationRow, reservation_id)
        await keep_answer(db=db, now=now, command_id=command_id, told=told)
        if reservation is not None:
            note_answer(reservation, told.kind, now=now, reason=told.reason)


async def _plan(
    db: AsyncSession, ports: Ports, reservation_id: str
) -> tuple[str, Partner, PartyId, ReserveCommand] | None:
    """Write the command as sent and return it, or None where nothing may be sent."""
    now = ports.clock.now()
    row = await load_locked(db, ReservationRow, reservation_id)
    if row is None or row.status != ReservationStatus.PLANNED:
        return None
    sent = select(CommandRow.id).where(CommandRow.reservation_id == row.id, CommandRow.kind == RESERVE)
    if (await db.exec(sent)).first() is not None:
        note_answer(row, _INTERRUPTED.kind, now=now, reason=_INTERRUPTED.reason)  # perhaps sent, perhaps not
        return None
    partner, party = await partner_by_id(db, row.partner_id), PartyId(row.country_code, row.party_id)
    away = await party_away(db, partner.id, party)
    if away is not None or row.expires_at <= now or partner.version is None:
        move_reservation(row, ReservationStatus.REFUSED, now=now, reason=away or "not_sent")
        return None
    command = await plan_remote_command(
        db=db, ports=ports, now=now, kind=RESERVE, partner=partner, reservation_id=row.id
    )
    command.sent_at = now
    token = await db.get_one(DriverTokenRow, row.token_uid)
    return command.id, partner, party, _message(row, as_driver_token(token, ports.policy), command, partner, ports)


def _message(
    row: ReservationRow, token: DriverToken, command: CommandRow, partner: Partner, ports: Ports
) -> ReserveCommand:
    """Return what is sent."""
    return ReserveCommand(
        response_url=response_url(command, partner, ports.policy),
        token=token,
        expires_at=row.expires_at,
        reservation_id=row.id,
        location_id=row.location_id,
        evse_uid=row.evse_uid,
        authorization_reference=row.id,
    )


async def send_reservation_cancel(*, work: Work, ports: Ports, command_id: str) -> None:
    """Send a planned CANCEL_RESERVATION until it was answered; what came of it is told by its result."""
    async with work() as db:
        row = await load_locked(db, CommandRow, command_id)
        if row is None or row.answered_at is not None or row.reservation_id is None:
            return
        reservation = await db.get_one(ReservationRow, row.reservation_id)
        if reservation.status in ENDED:
            return
        partner = await partner_by_id(db, row.partner_id)
        party = PartyId(reservation.country_code, reservation.party_id)
        try:
            url = response_url(row, partner, ports.policy)
        except PartnerNotConnected:
            return
        row.sent_at = ports.clock.now()
        command = CancelReservationCommand(response_url=url, reservation_id=reservation.id)
    told = await make_call(
        ports, partner, party, lambda peer: ports.remote_control.send_cancel_reservation(peer, command)
    )
    async with work() as db:
        await keep_answer(db=db, now=ports.clock.now(), command_id=command_id, told=told)
