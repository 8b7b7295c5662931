"""UNLOCK_CONNECTOR: for agents alone (OCPI 2.2.1 chapter 13.1).

No driver's request may lead here; a test holds the faces to that. Agents do, by themselves or when they approve what
a driver asked for (``services/support/unlock_decide.py``). Who asked is in the log of what staff did. Unlocking
moves no charge: whether the cable is out is told by the partner's session and EVSE.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.ids import PartyId
from api.domain.roaming.command import UnlockCommand
from api.models.charging import ChargingSession
from api.models.partner import Partner
from api.models.roaming import CommandRow
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.approvals import named, note_action
from api.services.charging.remote_call import keep_answer, make_call
from api.services.deferral import Job, defer_job
from api.services.roaming.client_info import party_away
from api.services.roaming.commands import UNLOCK, plan_remote_command, response_url
from api.services.roaming.partners import PartnerNotConnected, PartnerStatus, partner_by_id
from api.services.roaming.rows import load_locked
from api.services.work import Work


class OperatorAway(Conflict):
    """The hub of the operator says that it cannot be reached. Fact: ``status``."""


async def ask_unlock(
    *, db: AsyncSession, ports: Ports, now: datetime, charging_session_id: str, by: str, reason: str = ""
) -> CommandRow:
    """Plan to unlock the connector of a charge and have it sent; each call is one command, and logged.

    Raises PersonUnnamed, UnknownCharge, OperatorAway, PartnerNotConnected.
    """
    person = named(by)
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    partner = await partner_by_id(db, charge.partner_id)
    if partner.status != PartnerStatus.CONNECTED:
        raise PartnerNotConnected("partner_not_connected", partner_id=partner.id)
    away = await party_away(db, partner.id, PartyId(charge.country_code, charge.party_id))
    if away is not None:
        raise OperatorAway("operator_away", status=away)
    command = await plan_remote_command(
        db=db, ports=ports, now=now, kind=UNLOCK, partner=partner, charging_session_id=charge.id
    )
    await note_action(
        db=db,
        now=now,
        by=person,
        action="connector_unlock_asked",
        subject_id=command.id,
        charging_session_id=charge.id,
        reason=reason,
        after={"evse_uid": charge.evse_uid, "connector_id": charge.connector_id},
    )
    await defer_job(db, Job.SEND_UNLOCK, command_id=command.id)
    return command


async def send_unlock(*, work: Work, ports: Ports, command_id: str) -> None:
    """Send a planned UNLOCK_CONNECTOR once; one that was perhaps sent before is not sent again."""
    async with work() as db:
        planned = await _plan(db, ports, command_id)
    if planned is None:
        return
    partner, party, command = planned
    told = await make_call(ports, partner, party, lambda peer: ports.remote_control.send_unlock(peer, command))
    async with work() as db:
        await keep_answer(db=db, now=ports.clock.now(), command_id=command_id, told=told)
        await defer_job(db, Job.TELL_UNLOCK, command_id=command_id)


async def _plan(db: AsyncSession, ports: Ports, command_id: str) -> tuple[Partner, PartyId, UnlockCommand] | None:
    """Mark the command as sent and return it, or None where it may not be sent."""
    row = await load_locked(db, CommandRow, command_id)
    if row is None or row.sent_at is not None or row.charging_session_id is None:
        return None
    charge = await db.get_one(ChargingSession, row.charging_session_id)
    partner = await partner_by_id(db, row.partner_id)
    try:
        url = response_url(row, partner, ports.policy)
    except PartnerNotConnected:
        return None
    row.sent_at = ports.clock.now()
    command = UnlockCommand(url, charge.location_id, charge.evse_uid, charge.connector_id)
    return partner, PartyId(charge.country_code, charge.party_id), command
