"""Sending START_SESSION and STOP_SESSION: on disk first, sent once, the answer stored as a fact.

A start that was perhaps sent is never sent again: its outcome is unknown, and the lifecycle waits for a late session
(ocpi.md 4.1, 4.2). A stop may be repeated; it does no harm.
"""

from datetime import datetime, timedelta

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging import facts as fact
from api.domain.charging.facts import Fact, Timer
from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.ids import PartyId
from api.domain.roaming.command import AnswerKind, CommandAnswer, ResultKind, StartCommand, StopCommand
from api.domain.roaming.location import Capability
from api.models.charging import ChargingSession
from api.models.location import EvseRow
from api.models.partner import Partner
from api.models.roaming import CommandRow, DriverTokenRow
from api.ports import Ports
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.services.charging.advance import apply_facts, lock_charge
from api.services.charging.late_stop import is_late, session_to_stop, stop_late_again
from api.services.charging.stored_state import state_of
from api.services.roaming.client_info import party_away
from api.services.roaming.commands import START, STOP, plan_command
from api.services.roaming.partners import PartnerNotConnected, peer_of
from api.services.roaming.tokens import as_driver_token
from api.services.work import Work

REFUSED_BY_CLIENT_ERROR = range(2000, 3000)
"""OCPI status codes that say our request itself was refused: nothing will happen."""
NOT_PASSED_ON = frozenset({4001, 4003})
"""A hub's codes for a receiver that it does not know or cannot reach: certainly not sent on, unlike its time-out."""

_Planned = tuple[str, Partner, PartyId, StartCommand]
"""A start on disk: its id, through whom it goes, to which party, and what it says."""


async def send_start(*, work: Work, ports: Ports, charging_session_id: str) -> None:
    """Send the start of a charge whose hold stands; a start that may have been sent before becomes unknown."""
    async with work() as db:
        planned, found = await _plan_start(db, ports, charging_session_id)
        if planned is None:
            now = ports.clock.now()
            charge = await lock_charge(db=db, charging_session_id=charging_session_id)
            await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=found)
            return
    ports.checkpoints.reach("start.planned")
    command_id, partner, party, command = planned
    answer, found = await _call_start(ports, partner, party, command)
    ports.checkpoints.reach("start.performed")
    async with work() as db:
        await _record(db, ports, charging_session_id, command_id, answer, found)
    ports.checkpoints.reach("start.recorded")


async def _plan_start(db: AsyncSession, ports: Ports, charging_session_id: str) -> tuple[_Planned | None, list[Fact]]:
    """Write the command as sent and return it; or None and the facts to tell instead of sending."""
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    waits = charge.status == ChargingStatus.STARTING
    known = select(CommandRow).where(CommandRow.charging_session_id == charge.id, CommandRow.kind == START)
    if (await db.exec(known)).first() is not None:
        # Perhaps sent, perhaps not; a charge that went on since then knows more than we do.
        return None, [fact.StartOutcomeUnknown("interrupted")] if waits else []
    if not waits or charge.hold_status != HoldStatus.PLACED:
        # Given up, or its hold is gone, before this was its turn: it was not sent and never will be.
        return None, [fact.StartRejected(charge.failure_code or "canceled")]
    party = PartyId(charge.country_code, charge.party_id)
    if await party_away(db, charge.partner_id, party) is not None:
        return None, [fact.StartRejected("charger_offline")]  # its hub said so since the driver tapped
    if ports.clock.now() - charge.created_at > _longest_wait(ports):
        # The clock that gives such a charge up waits behind other jobs: the driver left, another car may be plugged.
        return None, [fact.StartRejected("payment_unavailable")]
    return await _written_start(db, ports, charge), []


def _longest_wait(ports: Ports) -> timedelta:
    """Return how old a tap may be: both clocks of the hold used up, the processor's and the bank's."""
    return 2 * ports.policy.timers[Timer.DRIVER_ACTION]


async def _written_start(db: AsyncSession, ports: Ports, charge: ChargingSession) -> _Planned:
    """Write the command to disk, and return what to send to whom."""
    now = ports.clock.now()
    command, response_url = await plan_command(db=db, ports=ports, now=now, kind=START, charge=charge)
    command.sent_at = now
    token = await db.get_one(DriverTokenRow, charge.token_uid)
    partner = await db.get_one(Partner, charge.partner_id)
    evse = await db.get(EvseRow, charge.evse_key)
    wants_connector = evse is not None and Capability.CONNECTOR_REQUIRED in evse.capabilities
    start = StartCommand(
        response_url=response_url,
        token=as_driver_token(token, ports.policy),
        location_id=charge.location_id,
        evse_uid=charge.evse_uid,
        connector_id=charge.connector_id if wants_connector else None,
        authorization_reference=charge.id,
    )
    return command.id, partner, PartyId(charge.country_code, charge.party_id), start


async def _call_start(
    ports: Ports, partner: Partner, party: PartyId, command: StartCommand
) -> tuple[CommandAnswer | None, list[Fact]]:
    """Make the call to the operator's party, which may be behind a hub, and read its answer as facts."""
    try:
        answer = await ports.roaming.send_start(peer_of(partner, ports).towards(party), command)
    except PartnerNotConnected:
        return None, [fact.StartRejected("partner_refused")]  # there is nobody to send it to
    except PartnerUnreachable:
        return None, [fact.StartOutcomeUnknown("partner_unreachable")]
    except PartnerAnsweredBadly as bad:
        if bad.facts.get("ocpi_status") in REFUSED_BY_CLIENT_ERROR:
            return None, [fact.StartRejected("partner_refused")]
        if bad.facts.get("ocpi_status") in NOT_PASSED_ON:
            return None, [fact.StartRejected("charger_offline")]
        return None, [fact.StartOutcomeUnknown("partner_error")]
    if answer.kind is AnswerKind.ACCEPTED:
        return answer, [fact.StartAccepted()]
    return answer, [fact.StartRejected(_rejection(answer.kind.value))]


async def send_stop(*, work: Work, ports: Ports, charging_session_id: str) -> None:
    """Send a stop for the partner's session of a charge; without a session there is nothing to stop yet."""
    async with work() as db:
        charge = await lock_charge(db=db, charging_session_id=charging_session_id)
        session = await session_to_stop(db, charge)
        wanted = is_late(charge, session) or state_of(charge).stop_sent
        if session is None or not wanted or charge.status == ChargingStatus.STOP_ACCEPTED:
            return  # nothing to stop yet, a late session was adopted before this stop's turn, or another was taken
        now = ports.clock.now()
        row, response_url = await plan_command(db=db, ports=ports, now=now, kind=STOP, charge=charge)
        row.sent_at = now
        partner = await db.get_one(Partner, charge.partner_id)
        party = PartyId(session.country_code, session.party_id)
        command = StopCommand(response_url=response_url, session_id=session.id)
    answer: CommandAnswer | None = None
    try:
        answer = await ports.roaming.send_stop(peer_of(partner, ports).towards(party), command)
        accepted = answer.kind is AnswerKind.ACCEPTED
        found: list[Fact] = [fact.StopAccepted() if accepted else fact.StopFailed(_rejection(answer.kind.value))]
    except (PartnerUnreachable, PartnerAnsweredBadly, PartnerNotConnected) as failed:
        found = [fact.StopFailed(failed.code)]
    async with work() as db:
        charge = await _record(db, ports, charging_session_id, row.id, answer, found)
        for failed_stop in (each for each in found if isinstance(each, fact.StopFailed)):
            now = ports.clock.now()
            await stop_late_again(db=db, ports=ports, now=now, charge=charge, reason=failed_stop.code)


async def _record(
    db: AsyncSession,
    ports: Ports,
    charging_session_id: str,
    command_id: str | None,
    answer: CommandAnswer | None,
    found: list[Fact],
) -> ChargingSession:
    """Store the answer with its command, advance the charge and return it."""
    now: datetime = ports.clock.now()
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    if command_id is not None:
        row = await db.get_one(CommandRow, command_id, populate_existing=True)
        row.answer = answer.kind.value if answer else "none"
        row.answer_message = answer.message if answer else None
        row.answered_at = now
        db.add(row)
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=found)
    return charge


UNCERTAIN_RESULTS = frozenset({ResultKind.TIMEOUT, ResultKind.FAILED})
"""Results after which the car may charge anyway (ocpi#475)."""


def facts_of_start_result(kind: ResultKind) -> list[Fact]:
    """Return what an asynchronous result of START_SESSION tells the lifecycle."""
    if kind is ResultKind.ACCEPTED:
        return [fact.StartAccepted()]
    if kind in UNCERTAIN_RESULTS:
        return [fact.StartOutcomeUnknown(kind.value)]
    return [fact.StartRejected(_rejection(kind.value))]


def facts_of_stop_result(kind: ResultKind) -> list[Fact]:
    """Return what an asynchronous result of STOP_SESSION tells the lifecycle."""
    return [fact.StopAccepted()] if kind is ResultKind.ACCEPTED else [fact.StopFailed(_rejection(kind.value))]


def _rejection(word: str) -> str:
    """Return our closed list's word for a partner's refusal (CK13)."""
    return {
        "evse_occupied": "connector_occupied",
        "evse_inoperative": "charger_out_of_order",
        "not_supported": "not_supported_here",
        "unknown_session": "session_unknown_to_operator",
        "timeout": "charger_offline",
        "failed": "charger_failed",
    }.get(word, "rejected_by_operator")
