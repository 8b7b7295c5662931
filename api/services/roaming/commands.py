"""Commands on disk: planned before they are sent, answered at once, resulted later (OCPI 2.2.1 chapter 13).

The address for the result ends in a secret that is derived from our key and the command's id: unguessable, of no use to
another partner, and the same again when a crash makes us send after all. Only its digest is stored. Sending is in
``services/charging``.
"""

from datetime import datetime
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.ids import Prefix
from api.domain.roaming.command import CommandAnswer, CommandResult
from api.models.charging import ChargingSession
from api.models.partner import Partner
from api.models.roaming import CommandRow
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.roaming.partners import PartnerNotConnected, partner_by_id
from api.services.roaming.sealing import derived_secret, digest
from api.services.roaming.urls import module_url

START, STOP = "start", "stop"
RESERVE, CANCEL_RESERVATION, UNLOCK = "reserve", "cancel_reservation", "unlock"
URL_WORDS = {
    START: "START_SESSION",
    STOP: "STOP_SESSION",
    RESERVE: "RESERVE_NOW",
    CANCEL_RESERVATION: "CANCEL_RESERVATION",
    UNLOCK: "UNLOCK_CONNECTOR",
}
"""How a kind of command is spelled in the address of its result."""


class UnknownCommand(NotFound):
    """No command of this partner has this secret."""


async def plan_command(
    *, db: AsyncSession, ports: Ports, now: datetime, kind: str, charge: ChargingSession
) -> tuple[CommandRow, str]:
    """Write a command (``start`` or ``stop``) to disk; return it and the URL for its result.

    A charge has one start: planning it again returns the first. Raises PartnerNotConnected.
    """
    partner = await partner_by_id(db, charge.partner_id)
    row = await _planned_start(db, charge.id) if kind == START else None
    if row is None:
        row = await _new_command(db, ports, now, kind, partner, charging_session_id=charge.id)
    return row, response_url(row, partner, ports.policy)


async def plan_remote_command(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    kind: str,
    partner: Partner,
    charging_session_id: str | None = None,
    reservation_id: str | None = None,
) -> CommandRow:
    """Write a command that is for a reservation, or for a charge without moving it, to disk; return it."""
    return await _new_command(
        db, ports, now, kind, partner, charging_session_id=charging_session_id, reservation_id=reservation_id
    )


async def _new_command(
    db: AsyncSession, ports: Ports, now: datetime, kind: str, partner: Partner, **of: Any
) -> CommandRow:
    """Insert a command with a secret of its own."""
    command_id = ports.randomness.new_id(Prefix.COMMAND)
    row = CommandRow(
        id=command_id,
        kind=kind,
        partner_id=partner.id,
        response_secret_hash=digest(_secret(ports.policy, command_id)),
        created_at=now,
        **of,
    )
    db.add(row)
    await db.flush()
    return row


def response_url(row: CommandRow, partner: Partner, policy: ServicePolicy) -> str:
    """Return where the partner posts the result of a command; raises PartnerNotConnected."""
    if partner.version is None:
        raise PartnerNotConnected("partner_not_connected", partner_id=partner.id)
    base = module_url(policy, partner.version, "commands")
    return f"{base}/{URL_WORDS[row.kind]}/{_secret(policy, row.id)}"


async def record_answer(*, db: AsyncSession, now: datetime, command_id: str, answer: CommandAnswer) -> CommandRow:
    """Keep the partner's synchronous answer. Raises UnknownCommand."""
    row = await db.get(CommandRow, command_id, with_for_update=True)
    if row is None:
        raise UnknownCommand("command_unknown")
    row.answer, row.answer_message, row.answered_at = answer.kind.value, answer.message, now
    await db.flush()
    return row


async def store_command_result(
    *, db: AsyncSession, now: datetime, partner: Partner, secret: str, result: CommandResult
) -> CommandRow:
    """Keep the first result of a command of this partner; later ones change nothing. Raises UnknownCommand."""
    query = (
        select(CommandRow)
        .where(CommandRow.response_secret_hash == digest(secret), CommandRow.partner_id == partner.id)
        .with_for_update()
    )
    row = (await db.exec(query)).first()
    if row is None:
        raise UnknownCommand("command_unknown")
    if row.result is None:
        row.result, row.result_message, row.result_at = result.kind.value, result.message, now
        await db.flush()
    return row


async def _planned_start(db: AsyncSession, charging_session_id: str) -> CommandRow | None:
    """Return the start of a charge if it was planned before."""
    query = select(CommandRow).where(CommandRow.charging_session_id == charging_session_id, CommandRow.kind == START)
    return (await db.exec(query)).first()


def _secret(policy: ServicePolicy, command_id: str) -> str:
    """Return the last part of the response URL of a command."""
    return derived_secret(policy.sealing_key, f"command:{command_id}")
