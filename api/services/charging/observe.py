"""What partners tell of charges, turned into facts: the receivers' use cases.

The partner's object is stored and the lifecycle advanced in one transaction, in the request itself (engine.md); only
what follows is deferred. A session or CDR of no charge of ours is kept and told to finance, never billed to a guess.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging import facts as fact
from api.domain.charging.facts import Fact, StopCause
from api.domain.charging.state import ChargingStatus
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.command import CommandResult, ResultKind
from api.domain.roaming.location import EvseStatus
from api.domain.roaming.session import Session, SessionPatch, SessionStatus
from api.models.charging import ChargingSession
from api.models.location import EvseRow
from api.models.partner import Partner
from api.models.roaming import CdrRow, CommandRow
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.charging.advance import announce, apply_facts, lock_charge
from api.services.charging.by_pass import adopt_cdr, adopt_session
from api.services.charging.commands import facts_of_start_result, facts_of_stop_result
from api.services.charging.end_reason import why_it_ended
from api.services.charging.estimate import stated_price
from api.services.charging.findings import close_findings, open_finding
from api.services.charging.guidance import PLUGGED, note_occupied
from api.services.charging.late_stop import stop_late_again
from api.services.charging.meter import is_idle, note_meter
from api.services.charging.queries import live_charges_at_evse
from api.services.charging.running import refresh_running_cost
from api.services.charging.several import speaks_for_charge, take_over
from api.services.charging.still_plugged import is_still_plugged
from api.services.charging.stored_state import state_of
from api.services.charging.two_charges import look_at_bills_of, tell_of_two_charges
from api.services.deferral import Job, defer_job
from api.services.roaming.cdrs import StoredCdr, store_cdr
from api.services.roaming.claims import claim_cdrs_of_session, claim_credits, claim_session_of_cdr
from api.services.roaming.commands import START, STOP, UnknownCommand, store_command_result
from api.services.roaming.documents import read_session
from api.services.roaming.messages import How
from api.services.roaming.remote_results import note_remote_result
from api.services.roaming.sealing import digest
from api.services.roaming.sessions import StoredSession, store_session, store_session_patch
from api.services.roaming.tokens import told_of_owner

STRAY_SESSION, STRAY_CDR = "session_of_no_charge", "cdr_without_charge"
"""Findings about what matches no charge of ours; closed when it does."""


async def observe_session(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    partner: Partner,
    session: Session,
    raw: str,
    how: How = How.PUT,
    version: str | None = None,
) -> None:
    """Store a whole session and tell its charge."""
    stored = await store_session(
        db=db, ports=ports, now=now, partner=partner, session=session, raw=raw, how=how, version=version
    )
    await _tell_charge(db, ports, now, partner, stored)


async def observe_session_patch(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    partner: Partner,
    country_code: str,
    party_id: str,
    session_id: str,
    patch: SessionPatch,
    raw: str,
    version: str | None = None,
    undated: bool = False,
) -> None:
    """Merge a change into a stored session and tell its charge; raises UnknownSession."""
    stored = await store_session_patch(
        db=db,
        ports=ports,
        now=now,
        partner=partner,
        country_code=country_code,
        party_id=party_id,
        session_id=session_id,
        patch=patch,
        raw=raw,
        version=version,
        undated=undated,
    )
    await _tell_charge(db, ports, now, partner, stored)


async def _tell_charge(db: AsyncSession, ports: Ports, now: datetime, partner: Partner, stored: StoredSession) -> None:
    """Advance the charge of a stored session, if it changed and has one, or gets one by the pass that began it."""
    if not stored.changed:
        return
    session = stored.session
    if stored.row.charging_session_id is None:
        adopted = await adopt_session(db=db, ports=ports, now=now, partner=partner, row=stored.row, session=session)
        stored = replace(stored, linked=adopted)
    if stored.row.charging_session_id is None:
        detail = await told_of_owner(db, session.cdr_token.uid)
        await open_finding(db=db, ports=ports, now=now, reason=STRAY_SESSION, subject=stored.row.key, detail=detail)
        return
    if stored.linked:
        await _take_home(db, now, await claim_cdrs_of_session(db, stored.row))
        await look_at_bills_of(db=db, ports=ports, now=now, session=stored.row)
        if stored.previous is not None:
            await close_findings(db=db, now=now, reasons=[STRAY_SESSION], subject=stored.row.key)
    elif session.status is SessionStatus.COMPLETED and not _was_over(stored):
        # a bill that names neither token nor session is known by the whole of it, and may have come before
        await _take_home(db, now, await claim_cdrs_of_session(db, stored.row))
    charge = await lock_charge(db=db, charging_session_id=stored.row.charging_session_id)
    speaks = await speaks_for_charge(db, stored)
    if speaks:
        await take_over(db=db, ports=ports, now=now, stored=stored, charge=charge)
    over = session.status is SessionStatus.COMPLETED
    if over and charge.driver_price is not None and not state_of(charge).signed:  # its end bounds the bill
        await defer_job(db, Job.SETTLE, lock=charge.id, charging_session_id=charge.id)
    if charge.driver_price is None and speaks:  # from the bill on, what it says is what was delivered
        live = await note_meter(db=db, now=now, charge=charge, session=session, previous=stored.previous)
        await refresh_running_cost(db=db, policy=ports.policy, now=now, charge=charge, live=live)
    before = charge.version
    cause = await why_it_ended(db=db, now=now, charge=charge, session=session)
    facts = session_facts(session, charge, cause) if speaks else []
    if facts and await is_still_plugged(db=db, now=now, charge=charge, session=session):
        facts = [fact.EnergyEnded(_cause(charge, cause))]  # until the EVSE is free, a clock runs out or the bill comes
    if session.status is SessionStatus.ACTIVE and _nearly_used(session, charge, ports.policy, now):
        facts.append(fact.HoldNearlyUsed())
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=facts)
    if charge.version == before:
        await announce(db=db, charge=charge, now=now)


def _was_over(stored: StoredSession) -> bool:
    """Say whether a session was told to be over before."""
    return stored.previous is not None and stored.previous.status is SessionStatus.COMPLETED


def session_facts(session: Session, charge: ChargingSession, ended_by: StopCause = StopCause.UNKNOWN) -> list[Fact]:
    """Return what a session's present shape says, in the order in which it must have happened.

    ``ended_by`` is who ended it, if it ended, as far as anybody knows.
    """
    if session.status is SessionStatus.INVALID:
        return [fact.SessionInvalidated()]
    if session.status in {SessionStatus.PENDING, SessionStatus.RESERVATION}:
        return []  # not charging yet: PENDING may last forever (ocpi#524)
    if session.status is SessionStatus.COMPLETED:
        return [fact.Unplugged(_cause(charge, ended_by))]
    found: list[Fact] = [fact.SessionSeen(session.kwh, metered=session.kwh > 0 or bool(session.charging_periods))]
    if is_parked(session):
        found.append(fact.EnergyEnded(_cause(charge, StopCause.VEHICLE)))
    elif charge.status == ChargingStatus.IDLE and session.charging_periods:
        found.append(fact.EnergyResumed())
    return found


def _cause(charge: ChargingSession, otherwise: StopCause = StopCause.UNKNOWN) -> StopCause:
    """Return why the energy of a charge ended, as far as that is known."""
    return StopCause(charge.stop_cause) if charge.stop_cause else otherwise


def _nearly_used(session: Session, charge: ChargingSession, policy: ServicePolicy, now: datetime) -> bool:
    """Say whether a charge must be stopped; without a price of ours, what its operator says it costs counts."""
    if charge.running is not None:
        return nearly_used(charge, policy.hold_stop_percent)
    stated = stated_price(session, charge, policy, now)
    return stated is not None and stated.minor * 100 >= charge.hold_minor * policy.hold_stop_percent


def nearly_used(charge: ChargingSession, percent: int) -> bool:
    """Say whether the running cost has come so near the hold that the charge must be stopped."""
    running = (charge.running or {}).get("total_minor")
    return running is not None and int(running) * 100 >= charge.hold_minor * percent


def is_parked(session: Session) -> bool:
    """Say whether the newest charging period is parking: energy ended, cable still plugged."""
    if not session.charging_periods:
        return False
    return is_idle(max(session.charging_periods, key=lambda period: period.starts_at))


async def observe_cdr(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    partner: Partner,
    cdr: Cdr,
    raw: str,
    how: How = How.POST,
    version: str | None = None,
) -> StoredCdr:
    """Store a CDR and defer the settling of its charge; conflicts and strangers become findings."""
    stored = await store_cdr(db=db, ports=ports, now=now, partner=partner, cdr=cdr, raw=raw, how=how, version=version)
    row = stored.row
    if stored.is_new and row.session_id is not None:
        await tell_of_two_charges(db=db, ports=ports, now=now, row=row)
    if stored.conflict:
        of = row.charging_session_id
        await open_finding(db=db, ports=ports, now=now, reason="cdr_conflict", subject=row.key, charging_session_id=of)
    elif row.charging_session_id is None and not await adopt_cdr(
        db=db, ports=ports, now=now, partner=partner, stored=stored, cdr=cdr
    ):
        detail = await told_of_owner(db, cdr.cdr_token.uid)
        await open_finding(db=db, ports=ports, now=now, reason=STRAY_CDR, subject=row.key, detail=detail)
    elif stored.is_new or stored.linked:
        await close_findings(db=db, now=now, reasons=[STRAY_CDR], subject=row.key)
        await _take_home(db, now, await claim_credits(db, row))
        session = await claim_session_of_cdr(db, row)
        if session is not None:
            held = read_session(session.document)
            await close_findings(db=db, now=now, reasons=[STRAY_SESSION], subject=session.key)
            linked = StoredSession(session, held, changed=True, previous=held, linked=True)
            await _tell_charge(db, ports, now, partner, linked)
        await defer_job(db, Job.SETTLE, lock=row.charging_session_id, charging_session_id=row.charging_session_id)
    return stored


async def _take_home(db: AsyncSession, now: datetime, cdrs: Iterable[CdrRow]) -> None:
    """Settle the charges of CDRs that came before anybody knew whose they are, credits of them included."""
    for cdr in cdrs:
        await close_findings(db=db, now=now, reasons=[STRAY_CDR], subject=cdr.key)
        await _take_home(db, now, await claim_credits(db, cdr))
        await defer_job(db, Job.SETTLE, lock=cdr.charging_session_id, charging_session_id=cdr.charging_session_id)


async def observe_command_result(
    *, db: AsyncSession, ports: Ports, now: datetime, partner: Partner, secret: str, result: CommandResult
) -> None:
    """Store the charger's first word on a command and tell its charge; raises UnknownCommand.

    The charge is locked before the command, as where the answer is recorded: the result may come before the answer.
    """
    query = select(CommandRow).where(
        CommandRow.response_secret_hash == digest(secret), CommandRow.partner_id == partner.id
    )
    command = (await db.exec(query)).first()
    if command is None:
        raise UnknownCommand("command_unknown")
    if command.kind not in {START, STOP} or command.charging_session_id is None:
        await note_remote_result(db=db, now=now, partner=partner, secret=secret, result=result)
        return
    charge = await lock_charge(db=db, charging_session_id=command.charging_session_id)
    await db.refresh(command)
    if command.result is not None:
        return
    row = await store_command_result(db=db, now=now, partner=partner, secret=secret, result=result)
    facts = facts_of_start_result(result.kind) if row.kind == START else facts_of_stop_result(result.kind)
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=facts)
    if row.kind == STOP and result.kind is not ResultKind.ACCEPTED:
        await stop_late_again(db=db, ports=ports, now=now, charge=charge, reason=result.kind.value)


async def observe_evse_status(
    *, db: AsyncSession, ports: Ports, now: datetime, partner: Partner, evse_key: str
) -> None:
    """Take a free EVSE as proof that the cable is out, where the energy had ended already (ocpi.md 1.6).

    One in use completes the plug step of the charge there, or tells of a cable in the wrong post.
    """
    evse = await db.get(EvseRow, evse_key)
    if evse is not None and evse.status in PLUGGED:
        await note_occupied(db=db, now=now, evse=evse)
    if evse is None or evse.status != EvseStatus.AVAILABLE:
        return
    for found in await live_charges_at_evse(db=db, partner_id=partner.id, evse_key=evse_key):
        charge = await lock_charge(db=db, charging_session_id=found.id)
        if charge.status == ChargingStatus.IDLE:
            charge.unplugged_at = charge.unplugged_at or now
            await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[fact.Unplugged(_cause(charge))])
