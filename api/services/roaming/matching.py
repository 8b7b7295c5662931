"""Finding our charge behind a partner's session or CDR: by the token we made for that one charge, else by reference.

A charge is found only for the partner it runs at: a partner that names another's token is not believed. Where a hub put
a token of its own in place of ours, the EVSE and the time decide, but only when they leave no choice. What matches
nothing stays in quarantine and is never billed to a guess (ocpi.md 0.2 and 4.9).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, exists, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.cdr import Cdr
from api.domain.roaming.session import Session
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.roaming import CdrRow, CommandRow, DriverTokenRow, PartnerSessionRow
from api.services.roaming.commands import START
from api.services.roaming.documents import read_session
from api.services.roaming.keys import UnusableId, child_key, object_key
from api.services.roaming.tokens import PASS_TYPES

SKEW = timedelta(minutes=5)
"""How far a partner's clock may be from ours where a moment of theirs is held against one of ours."""
METER_TOLERANCE = Decimal("0.1")
"""By how many kWh, and by which share, a CDR may stay below what its session showed."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Where and when a session or CDR says that somebody was plugged in, and under which contract."""

    partner_id: str
    evse_key: str
    starts_at: datetime
    ends_at: datetime
    contract_id: str


async def charge_behind(
    db: AsyncSession, partner_id: str, token_uid: str, authorization_reference: str | None
) -> str | None:
    """Return the id of the charge that a token uid (compared without case) or a reference names, or None."""
    by_token = (
        select(ChargingSession.id)
        .join(DriverTokenRow, col(DriverTokenRow.charging_session_id) == col(ChargingSession.id))
        .where(DriverTokenRow.uid == token_uid.upper(), ChargingSession.partner_id == partner_id)
    )
    found = (await db.exec(by_token)).first()
    if found is not None or authorization_reference is None:
        return found
    by_reference = select(ChargingSession.id).where(
        ChargingSession.id == authorization_reference, ChargingSession.partner_id == partner_id
    )
    return (await db.exec(by_reference)).first()


async def charge_of_session(db: AsyncSession, partner_id: str, session: Session) -> str | None:
    """Return the id of the charge that a session is of, or None."""
    uid = session.cdr_token.uid
    found = await charge_behind(db, partner_id, uid, session.authorization_reference)
    if found is not None or await _is_ours(db, uid):
        return found  # a token of ours that is no charge's is the driver's card: no start from the app
    return await _charge_at(db, stay_of_session(partner_id, session))


async def charge_of_cdr(db: AsyncSession, partner_id: str, cdr: Cdr) -> str | None:
    """Return the id of the charge that a CDR is of: by token or reference, session, credited CDR, or place and time.

    Where its token and its session are of two charges, the CDR that it credits or what else it says decides.
    """
    uid = cdr.cdr_token.uid
    found = await charge_behind(db, partner_id, uid, cdr.authorization_reference)
    named = await _session_named(db, partner_id, cdr)
    if named is not None and named.charging_session_id is not None:
        if found not in (None, named.charging_session_id):
            two = (found, named.charging_session_id)
            credited = await _charge_credited(db, partner_id, cdr)
            return credited if credited in two else await _likelier(db, partner_id, cdr, two)
        found = named.charging_session_id
    if found is None:
        found = await _charge_credited(db, partner_id, cdr)
    if found is not None or named is not None or cdr.credit:
        return found
    holder = await _holder_of_pass(db, uid)
    if holder is not None:  # a card that stopped what the app started: the bill may name the card alone (CM23)
        return await _charge_with_session_like(db, partner_id, cdr, holder)
    if await _is_ours(db, uid):
        return None
    return await _charge_with_session_like(db, partner_id, cdr) or await _charge_at(db, stay_of_cdr(partner_id, cdr))


async def charges_named(db: AsyncSession, partner_id: str, cdr: Cdr) -> tuple[str, str] | None:
    """Return the charge of a CDR's token or reference and that of its session where these are two, else None."""
    behind = await charge_behind(db, partner_id, cdr.cdr_token.uid, cdr.authorization_reference)
    named = await _session_named(db, partner_id, cdr)
    of_session = named.charging_session_id if named else None
    return None if behind is None or of_session is None or behind == of_session else (behind, of_session)


async def _session_named(db: AsyncSession, partner_id: str, cdr: Cdr) -> PartnerSessionRow | None:
    """Return the session that a CDR names, if we hold it."""
    if not cdr.session_id:
        return None
    return await db.get(PartnerSessionRow, object_key(partner_id, cdr.country_code, cdr.party_id, cdr.session_id))


async def _charge_credited(db: AsyncSession, partner_id: str, cdr: Cdr) -> str | None:
    """Return the charge of the CDR that this one credits, if it credits one that we hold."""
    if not cdr.credit_reference_id:
        return None
    credited = await db.get(CdrRow, object_key(partner_id, cdr.country_code, cdr.party_id, cdr.credit_reference_id))
    return credited.charging_session_id if credited else None


async def _likelier(db: AsyncSession, partner_id: str, cdr: Cdr, named: tuple[str, str]) -> str | None:
    """Return which of two charges a CDR is of by its EVSE, its times and our reference; None: they do not tell.

    The only one that was under way at that EVSE at that time is right unless the reference names the other one. Where
    both or neither were, the reference decides.
    """
    stay = stay_of_cdr(partner_id, cdr)
    query = select(ChargingSession.id).where(
        col(ChargingSession.id).in_(named), ChargingSession.evse_key == stay.evse_key, *_around(stay)
    )
    there = (await db.exec(query)).all()
    reference = cdr.authorization_reference if cdr.authorization_reference in named else None
    if len(there) != 1:
        return reference
    return there[0] if reference in (None, there[0]) else None


def stay_of_session(partner_id: str, session: Session) -> Stay:
    """Return where and when a session took place, as far as it has come."""
    evse_key = _evse_key(partner_id, session.country_code, session.party_id, session.location_id, session.evse_uid)
    ends_at = max(session.starts_at, session.ended_at or session.last_updated)
    return Stay(partner_id, evse_key, session.starts_at, ends_at, session.cdr_token.contract_id)


def tells_of(cdr: Cdr, session: Session, partner_id: str, contract_id: str) -> bool:
    """Say whether a CDR can only be of this session: same EVSE and contract, most of the same time, no less energy.

    ``contract_id`` is that of the charge's driver: 2.1.1 has one id for token and contract, so a session may name the
    one and its bill the other.
    """
    billed, seen = stay_of_cdr(partner_id, cdr), stay_of_session(partner_id, session)
    shared = min(billed.ends_at, seen.ends_at) - max(billed.starts_at, seen.starts_at)
    least = session.kwh * (1 - METER_TOLERANCE) - METER_TOLERANCE
    together = all(shared * 2 >= stay.ends_at - stay.starts_at for stay in (billed, seen)) and shared > timedelta()
    contracts = {"", _plain_contract(seen.contract_id), _plain_contract(contract_id)}
    same = billed.evse_key == seen.evse_key and _plain_contract(billed.contract_id) in contracts
    return together and same and cdr.total_energy_kwh >= least


def stay_of_cdr(partner_id: str, cdr: Cdr) -> Stay:
    """Return where and when the energy of a CDR was delivered."""
    evse_key = _evse_key(partner_id, cdr.country_code, cdr.party_id, cdr.location.id, cdr.location.evse_uid)
    return Stay(partner_id, evse_key, cdr.starts_at, max(cdr.starts_at, cdr.ended_at), cdr.cdr_token.contract_id)


def _plain_contract(contract_id: str) -> str:
    """Return a contract id without what spellings differ in."""
    return contract_id.upper().replace("-", "").strip()


def _evse_key(partner_id: str, country_code: str, party_id: str, location_id: str, evse_uid: str) -> str:
    """Return the key of an EVSE; of one that cannot be meant, a key that no charge has: no bill is lost for it."""
    try:
        return child_key(object_key(partner_id, country_code, party_id, location_id), evse_uid)
    except UnusableId:
        return ""


async def _is_ours(db: AsyncSession, token_uid: str) -> bool:
    """Say whether we issued a token of this uid, for whatever."""
    return (
        await db.exec(select(DriverTokenRow.uid).where(DriverTokenRow.uid == token_uid.upper()))
    ).first() is not None


async def _holder_of_pass(db: AsyncSession, token_uid: str) -> str | None:
    """Return the driver whose pass this is; None for tokens of one charge and those that are not ours."""
    query = select(DriverTokenRow.driver_id).where(
        DriverTokenRow.uid == token_uid.upper(), col(DriverTokenRow.type).in_(PASS_TYPES)
    )
    return (await db.exec(query)).first()


async def _charge_at(db: AsyncSession, stay: Stay) -> str | None:
    """Return the one started charge without a session that the driver of a contract has at a place and time."""
    contract = _plain_contract(stay.contract_id)
    if not contract:
        return None
    query = (
        select(ChargingSession.id)
        .join(Driver, col(Driver.id) == col(ChargingSession.driver_id))
        .where(
            ChargingSession.partner_id == stay.partner_id,
            ChargingSession.evse_key == stay.evse_key,
            col(ChargingSession.partner_session_key).is_(None),
            func.upper(func.replace(Driver.contract_id, "-", "")) == contract,
            *_around(stay),
            exists().where(
                col(CommandRow.charging_session_id) == col(ChargingSession.id), col(CommandRow.kind) == START
            ),
            ~exists().where(col(CdrRow.charging_session_id) == col(ChargingSession.id)),
        )
    )
    return _only((await db.exec(query.limit(2))).all())


async def _charge_with_session_like(
    db: AsyncSession, partner_id: str, cdr: Cdr, driver_id: str | None = None
) -> str | None:
    """Return the one unbilled charge, of this driver if one is named, with a session that a CDR can only be of.

    The CDR has no session of its own.
    """
    stay = stay_of_cdr(partner_id, cdr)
    query = (
        select(PartnerSessionRow, Driver.contract_id)
        .join(ChargingSession, col(ChargingSession.id) == col(PartnerSessionRow.charging_session_id))
        .join(Driver, col(Driver.id) == col(ChargingSession.driver_id))
        .where(
            PartnerSessionRow.partner_id == partner_id,
            ChargingSession.evse_key == stay.evse_key,
            *_around(stay),
            ~exists().where(col(CdrRow.charging_session_id) == col(ChargingSession.id)),
        )
    )
    if driver_id is not None:
        query = query.where(ChargingSession.driver_id == driver_id)
    rows = (await db.exec(query)).all()
    found = {
        row.charging_session_id
        for row, contract_id in rows
        if tells_of(cdr, read_session(row.document), partner_id, contract_id)
    }
    return _only([each for each in found if each is not None])


def _around(stay: Stay) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a charge was under way at some moment of a stay, give or take the clocks."""
    freed = col(ChargingSession.freed_at)
    return (
        col(ChargingSession.created_at) - SKEW <= stay.ends_at,  # a stay may be dated where no five minutes are left
        or_(freed.is_(None), freed + SKEW >= stay.starts_at),
    )


def _only(found: Sequence[str]) -> str | None:
    """Return the one that was found; two are as good as none."""
    return found[0] if len(found) == 1 else None
