"""Whose charge it is that a pass began at the post: one that we have already, a new one, or none.

A session or CDR of a pass that may charge becomes a charge of its driver, once, in whatever order and how often they
come: the pass is locked while that is decided. Everything that leaves a doubt stays what it was before there were such
charges, a finding for staff: a pass that is blocked or unknown, a place that we do not hold, and whatever overlaps a
charge at the same EVSE that it does not clearly belong to.
"""

import contextlib
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import STARTING
from api.domain.errors import AppError
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.session import Session, SessionStatus
from api.domain.roaming.token import Allowed
from api.models.charging import BADGE, ChargingSession
from api.models.driver import Driver
from api.models.partner import Partner
from api.models.passes import DriverPass, PassAuthorization
from api.models.roaming import CdrRow, DriverTokenRow, PartnerSessionRow
from api.ports import Ports
from api.services.charging.begin_by_pass import Use, begin_by_pass
from api.services.charging.quote_place import Place, told_place
from api.services.drivers.standing import AccountStatus
from api.services.roaming.awaited import await_place
from api.services.roaming.cdrs import StoredCdr
from api.services.roaming.keys import UnusableId, child_key, object_key
from api.services.roaming.matching import SKEW, Stay, charge_of_cdr, stay_of_cdr, stay_of_session
from api.services.roaming.rows import load_locked
from api.services.roaming.tokens import PASS_TYPES

_CHARGES = frozenset({SessionStatus.ACTIVE, SessionStatus.COMPLETED})
ASKED_BEFORE = timedelta(hours=1)
"""How long before a session we may have said yes to its pass: the cable comes last at some posts."""
CLOCKS_OFF = timedelta(days=1)
"""How far behind our last sight of a charge its partner may say that it ended: time zones are mistaken, too."""


async def adopt_session(
    *, db: AsyncSession, ports: Ports, now: datetime, partner: Partner, row: PartnerSessionRow, session: Session
) -> bool:
    """Give a session of no charge to the charge that its pass began; say whether there is one."""
    if session.status not in _CHARGES:
        return False  # nothing was delivered yet, or never will be
    stay, uid = stay_of_session(partner.id, session), session.cdr_token.uid
    token = await _usable_pass(db, ports, partner, uid, session.authorization_reference, session.starts_at)
    if token is None:
        return False
    found = await _charge_of_pass(db, token, row, stay) or await _start_that_waits(db, token, stay)
    if found is None and not await _is_with_staff(db, token, stay, session_id=row.id):
        place = await _place(db, partner, session.location_id, session.evse_uid, session.connector_id, session)
        if place is None:
            await _ask_for_place(db, now, partner, session)
            return False
        found = await _begin(db, ports, now, token, place, session)
    row.charging_session_id = found
    await db.flush()
    return found is not None


async def adopt_cdr(
    *, db: AsyncSession, ports: Ports, now: datetime, partner: Partner, stored: StoredCdr, cdr: Cdr
) -> bool:
    """Give a new CDR of no charge to the charge that its pass began, though no session told of it; say whether.

    One that was told to staff before stays theirs, however often it is repeated: they may have billed it.
    """
    row = stored.row
    if cdr.credit or not stored.is_new:
        return False
    if cdr.session_id:  # whoever takes in that session has it before the pass, too
        named = object_key(partner.id, cdr.country_code, cdr.party_id, cdr.session_id)
        await load_locked(db, PartnerSessionRow, named)
    token = await _usable_pass(db, ports, partner, cdr.cdr_token.uid, cdr.authorization_reference, cdr.starts_at)
    if token is None:
        return False
    row.charging_session_id = await charge_of_cdr(db, partner.id, cdr)  # its session may just have come
    stay = stay_of_cdr(partner.id, cdr)
    row.charging_session_id = row.charging_session_id or await _credited_charge(db, token, stay)
    doubted = await _is_with_staff(db, token, stay, but=row.key) or await _overlaps_a_charge(db, stay)
    if row.charging_session_id is None and not doubted:
        where = cdr.location
        place = await _place(db, partner, where.id, where.evse_uid, where.connector_id, cdr)
        row.charging_session_id = None if place is None else await _begin(db, ports, now, token, place, cdr)
    await db.flush()
    return row.charging_session_id is not None


async def _usable_pass(
    db: AsyncSession, ports: Ports, partner: Partner, uid: str, reference: str | None, starts_at: datetime
) -> DriverTokenRow | None:
    """Return a pass that may charge here and then, locked, of a driver who can be billed.

    The driver is locked before it, as where accounts are erased: what begins meanwhile would be of nobody.
    """
    owner = select(Driver).join(DriverTokenRow).where(DriverTokenRow.uid == uid.upper())
    owner = owner.with_for_update(read=True, key_share=True, of=Driver)
    (await db.exec(owner.execution_options(populate_existing=True))).first()
    query = select(DriverTokenRow).where(DriverTokenRow.uid == uid.upper(), col(DriverTokenRow.type).in_(PASS_TYPES))
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    token = (await db.exec(query)).first()
    if token is None:
        return None
    driver = await db.get_one(Driver, token.driver_id)
    if driver.status != AccountStatus.ACTIVE:
        return None
    if await _was_allowed(db, partner, token, reference, starts_at):
        return token
    expired = select(DriverPass.id).where(DriverPass.token_uid == token.uid, col(DriverPass.valid_until) <= starts_at)
    good = ports.policy.passes_enabled and token.valid and (await db.exec(expired)).first() is None
    return token if good else None


async def _was_allowed(
    db: AsyncSession, partner: Partner, token: DriverTokenRow, reference: str | None, starts_at: datetime
) -> bool:
    """Say whether we let the pass charge when this began: a pass that was blocked since was good then."""
    if reference is None:
        return False
    answer = await db.get(PassAuthorization, reference)
    if answer is None or (answer.partner_id, answer.token_uid) != (partner.id, token.uid):
        return False
    return answer.allowed == Allowed.ALLOWED and answer.at - SKEW <= starts_at <= answer.at + ASKED_BEFORE


async def _charge_of_pass(db: AsyncSession, token: DriverTokenRow, row: PartnerSessionRow, stay: Stay) -> str | None:
    """Return the charge that this pass began at that time and EVSE, or whose bill names the session."""
    billed = select(CdrRow.charging_session_id).where(
        CdrRow.partner_id == row.partner_id,
        CdrRow.country_code == row.country_code,
        CdrRow.party_id == row.party_id,
        func.upper(CdrRow.session_id) == row.id.upper(),
        func.upper(CdrRow.token_uid) == token.uid,
        col(CdrRow.charging_session_id).is_not(None),
    )
    found = (await db.exec(billed)).first()
    if found is not None:
        return found
    query = select(ChargingSession.id).where(
        ChargingSession.token_uid == token.uid, ChargingSession.auth_channel == BADGE, *_at_that_time(stay)
    )
    return (await db.exec(query.order_by(col(ChargingSession.created_at).desc()))).first()


async def _credited_charge(db: AsyncSession, token: DriverTokenRow, stay: Stay) -> str | None:
    """Return the charge of this pass at that time whose bills were all credited: the new bill is in their place."""
    credit, of_charge = aliased(CdrRow), col(CdrRow.charging_session_id) == col(ChargingSession.id)
    credited = exists().where(
        col(credit.charging_session_id) == col(CdrRow.charging_session_id),
        col(credit.credit),
        func.upper(credit.credit_reference_id) == func.upper(CdrRow.id),
    )
    query = select(ChargingSession.id).where(
        ChargingSession.token_uid == token.uid,
        ChargingSession.auth_channel == BADGE,
        *_at_that_time(stay),
        exists().where(of_charge),
        ~exists().where(of_charge, ~col(CdrRow.credit), ~credited),
    )
    return (await db.exec(query)).first()


async def _start_that_waits(db: AsyncSession, token: DriverTokenRow, stay: Stay) -> str | None:
    """Return the driver's own start from the app that waits at this EVSE for its session: the card is theirs, too.

    What began before that start, give or take the clocks, is told late and not of it.
    """
    query = select(ChargingSession.id).where(
        ChargingSession.driver_id == token.driver_id,
        ChargingSession.partner_id == stay.partner_id,
        ChargingSession.evse_key == stay.evse_key,
        col(ChargingSession.status).in_(STARTING),
        col(ChargingSession.partner_session_key).is_(None),
        col(ChargingSession.created_at) - SKEW <= stay.starts_at,
    )
    return (await db.exec(query)).first()


async def _is_with_staff(
    db: AsyncSession, token: DriverTokenRow, stay: Stay, *, session_id: str = "", but: str = ""
) -> bool:
    """Say whether another bill of this pass that may be of the stay is with staff: they may have settled it by hand.

    ``but`` is the key of the bill in question, whose correction or repetition under another id that would be.
    """
    query = select(CdrRow.key).where(
        CdrRow.partner_id == stay.partner_id,
        CdrRow.key != but,
        ~col(CdrRow.credit),  # one that comes before its bill waits for it
        func.upper(CdrRow.token_uid) == token.uid,
        col(CdrRow.charging_session_id).is_(None),
        or_(
            func.upper(CdrRow.session_id) == session_id.upper(),
            (col(CdrRow.started_at) < stay.ends_at) & (col(CdrRow.ended_at) > stay.starts_at),
        ),
    )
    return (await db.exec(query)).first() is not None


async def _overlaps_a_charge(db: AsyncSession, stay: Stay) -> bool:
    """Say whether there was a charge at that EVSE in that time: the bill may be of that, so no second one is made.

    A charge that we ordered counts only while it has no bill, give or take the clocks.
    """
    ordered = [
        col(ChargingSession.auth_channel) != BADGE,
        col(ChargingSession.created_at) - SKEW <= stay.ends_at,
        or_(col(ChargingSession.freed_at).is_(None), col(ChargingSession.freed_at) + SKEW >= stay.starts_at),
        ~exists().where(col(CdrRow.charging_session_id) == col(ChargingSession.id)),
    ]
    of_pass = [col(ChargingSession.auth_channel) == BADGE, *_at_that_time(stay)]
    query = select(ChargingSession.id).where(
        ChargingSession.evse_key == stay.evse_key, or_(_all(ordered), _all(of_pass))
    )
    return (await db.exec(query)).first() is not None


def _at_that_time(stay: Stay) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a charge of a pass was at an EVSE in some moment of a stay, by its partner's clock.

    One that was told months late began, for us, after its end; and one whose end is mistyped is over all the same.
    """
    began = func.least(col(ChargingSession.created_at), col(ChargingSession.unplugged_at))
    left = func.least(col(ChargingSession.unplugged_at), col(ChargingSession.freed_at) + CLOCKS_OFF)
    return (
        col(ChargingSession.partner_id) == stay.partner_id,
        col(ChargingSession.evse_key) == stay.evse_key,
        began <= stay.ends_at,
        or_(left.is_(None), left > stay.starts_at),
    )


def _all(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Return the condition that all of these hold."""
    first, *others = conditions
    for each in others:
        first = first & each
    return first


async def _place(
    db: AsyncSession, partner: Partner, location_id: str, evse_uid: str, connector_id: str, told: Session | Cdr
) -> Place | None:
    """Return the place that a session or CDR names, or None."""
    try:
        location_key = object_key(partner.id, told.country_code, told.party_id, location_id)
        evse_key = child_key(location_key, evse_uid)
        connector_key = child_key(evse_key, connector_id)
    except UnusableId:
        return None
    return await told_place(
        db=db, partner=partner, location_key=location_key, evse_key=evse_key, connector_key=connector_key
    )


async def _ask_for_place(db: AsyncSession, now: datetime, partner: Partner, session: Session) -> None:
    """Have the place of a session fetched, unless its ids are none that anybody could mean."""
    owner = {"country_code": session.country_code, "party_id": session.party_id}
    with contextlib.suppress(UnusableId):
        where = {"location_id": session.location_id, "evse_uid": session.evse_uid}
        await await_place(db=db, now=now, partner=partner, **owner, **where)


async def _begin(
    db: AsyncSession, ports: Ports, now: datetime, token: DriverTokenRow, place: Place, told: Session | Cdr
) -> str | None:
    """Make the charge of a pass and return its id; None where it cannot be: in a currency that nobody can hold in.

    Whatever else is wrong with it, its partner's word is kept, and staff look.
    """
    driver = await db.get_one(Driver, token.driver_id)
    if isinstance(told, Session):
        over, until = told.status is SessionStatus.COMPLETED, None
        metered = told.kwh > 0 or bool(told.charging_periods)
    else:
        over, until, metered = True, max(told.starts_at, told.ended_at), True
    use = Use(token, driver, place, told.starts_at, metered=metered, over=over, billed_until=until)
    try:
        async with db.begin_nested():
            return (await begin_by_pass(db=db, ports=ports, now=now, use=use)).id
    except AppError:
        return None
