"""Who works here: inviting, roles, leaving. Nobody is deleted, since what they decided bears their name.

The first administrator is invited on the command line (``chargehand staff add``); an invitation is a secret that sets
a password, told once. What the console asks for goes through ``changes.py``, where some of it waits for two.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Forbidden, Invalid, NotFound
from api.domain.ids import Prefix
from api.domain.staff.roles import Permission, Role, role_named, roles_with
from api.models.staff import StaffMember, StaffSession
from api.ports import Ports
from api.services.charging.approvals import named, note_action
from api.services.roaming.sealing import digest

INVITED_FOR = timedelta(days=3)
_NOTHING_WAITS = text(
    "UPDATE staff_change SET state = 'withdrawn', decided_by = :by, decided_at = :now"
    " WHERE staff_id = :staff AND state = 'requested'"
)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('staff'))")


class StaffStatus(StrEnum):
    """Where a member of staff stands."""

    UNCONFIRMED = "unconfirmed"
    """Somebody else must agree before the invitation is good."""
    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class UnknownMember(NotFound):
    """Nobody of staff has this id or address."""


class MemberExists(Conflict):
    """Somebody of staff has this address, or signs with this name. Fact: ``field``."""


class OwnRoles(Forbidden):
    """Nobody gives roles to themselves."""


class LastAdmin(Conflict):
    """Somebody must be able to look after staff."""


class AddressUnreadable(Invalid):
    """This is no e-mail address."""


def name_key(name: str) -> str:
    """Return a name as names are compared."""
    return named(name).casefold()


async def add_member(
    *, db: AsyncSession, ports: Ports, now: datetime, email: str, name: str, roles: Collection[str], by: str
) -> tuple[StaffMember, str]:
    """Invite somebody; return them with the secret of the invitation, which is told this once.

    Raises AddressUnreadable, PersonUnnamed, UnknownRole, MemberExists.
    """
    address, signs = _address(email), named(name)
    await alone(db)
    taken = select(StaffMember).where((StaffMember.email == address) | (StaffMember.name_key == name_key(signs)))
    other = (await db.exec(taken)).first()
    if other is not None:
        raise MemberExists("member_exists", field="email" if other.email == address else "name")
    member = StaffMember(
        id=ports.randomness.new_id(Prefix.STAFF),
        email=address,
        name=signs,
        name_key=name_key(signs),
        roles=sorted({role_named(each) for each in roles}),
        created_at=now,
        created_by=named(by),
    )
    secret, member.invitation_hash = new_invitation()
    member.invited_until = now + INVITED_FOR
    db.add(member)
    await db.flush()
    await _note(db, now, by, "staff_invited", member, {}, {"roles": member.roles})
    return member, secret


async def invite_again(*, db: AsyncSession, now: datetime, staff_id: str, by: str) -> tuple[StaffMember, str]:
    """Give somebody a new secret to set a password and a second factor with; what they had is void at once.

    Who was let in no more is back by it. The last administrator may be, too: who lost what they sign in with is invited
    on the command line. Raises UnknownMember.
    """
    member = await member_by_id(db=db, staff_id=staff_id)
    secret, invitation_hash = new_invitation()
    await let_join(db=db, now=now, member=member, invitation_hash=invitation_hash, by=by)
    await _note(db, now, by, "staff_invited_again", member, {}, {})
    return member, secret


async def let_join(*, db: AsyncSession, now: datetime, member: StaffMember, invitation_hash: str, by: str) -> None:
    """Make an invitation good from now on; what the member signed in with is void at once, and what waits too.

    Roles that somebody asked for were meant for who had the name until now.
    """
    await _nothing_waits(db, now, member, by)
    member.invitation_hash, member.invited_until = invitation_hash, now + INVITED_FOR
    member.password_hash, member.totp_secret, member.totp_step = None, None, None
    set_standing(member, StaffStatus.INVITED)
    db.add(member)
    await end_sessions(db=db, now=now, staff_id=member.id)


async def set_roles(*, db: AsyncSession, now: datetime, staff_id: str, roles: Collection[str], by: str) -> StaffMember:
    """Give somebody else other roles, at once in all their browsers.

    Raises UnknownMember, UnknownRole, OwnRoles, LastAdmin.
    """
    await alone(db)
    member = await member_by_id(db=db, staff_id=staff_id)
    if name_key(by) == member.name_key:
        raise OwnRoles("own_roles")
    before, after = list(member.roles), sorted({role_named(each) for each in roles})
    member.roles = [str(each) for each in after]
    db.add(member)
    await _check_an_admin_is_left(db)
    await _note(db, now, by, "staff_roles", member, {"roles": before}, {"roles": member.roles})
    return member


async def disable_member(*, db: AsyncSession, now: datetime, staff_id: str, by: str) -> StaffMember:
    """Let somebody in no more and end their sessions. Raises UnknownMember, LastAdmin."""
    await alone(db)
    member = await member_by_id(db=db, staff_id=staff_id)
    before = member.status
    set_standing(member, StaffStatus.DISABLED)
    member.invitation_hash = None
    db.add(member)
    await _nothing_waits(db, now, member, by)
    await _check_an_admin_is_left(db)
    await end_sessions(db=db, now=now, staff_id=member.id)
    await _note(db, now, by, "staff_disabled", member, {"status": before}, {"status": member.status})
    return member


def set_standing(member: StaffMember, status: StaffStatus) -> None:
    """Write where somebody stands."""
    member.status = status


async def members(*, db: AsyncSession) -> Sequence[StaffMember]:
    """Return everybody, by name."""
    return (await db.exec(select(StaffMember).order_by(StaffMember.name_key))).all()


async def names_of_workers(*, db: AsyncSession) -> list[str]:
    """Return the names of those who work on findings and may sign in, in order."""
    able = roles_with(Permission.WORK_ON_FINDINGS)
    everybody = await members(db=db)
    return [each.name for each in everybody if each.status == StaffStatus.ACTIVE and not able.isdisjoint(each.roles)]


async def member_by_id(*, db: AsyncSession, staff_id: str) -> StaffMember:
    """Return a member of staff, locked; raises UnknownMember."""
    query = select(StaffMember).where(StaffMember.id == staff_id).with_for_update()
    member = (await db.exec(query)).first()
    if member is None:
        raise UnknownMember("unknown_member", staff_id=staff_id)
    return member


async def member_by_email(*, db: AsyncSession, email: str) -> StaffMember | None:
    """Return who has this address."""
    return (await db.exec(select(StaffMember).where(StaffMember.email == email.strip().lower()))).first()


async def end_sessions(*, db: AsyncSession, now: datetime, staff_id: str) -> None:
    """End all sessions of somebody."""
    open_ones = select(StaffSession).where(StaffSession.staff_id == staff_id, col(StaffSession.ended_at).is_(None))
    for session in await db.exec(open_ones):
        session.ended_at = now
        db.add(session)
    await db.flush()


def _address(email: str) -> str:
    address = email.strip().lower()
    local, at, host = address.partition("@")
    if not (local and at and "." in host) or " " in address:
        raise AddressUnreadable("address_unreadable")
    return address


def new_invitation() -> tuple[str, str]:
    """Return a new secret, and its digest."""
    secret = secrets.token_urlsafe(32)
    return secret, digest(secret)


async def _nothing_waits(db: AsyncSession, now: datetime, member: StaffMember, by: str) -> None:
    await (await db.connection()).execute(_NOTHING_WAITS, {"staff": member.id, "by": named(by), "now": now})


async def alone(db: AsyncSession) -> None:
    """Keep others from changing staff until this is committed: the last of two administrators stays one."""
    await (await db.connection()).execute(_ONE_AT_A_TIME)


async def _check_an_admin_is_left(db: AsyncSession) -> None:
    await db.flush()
    for member in await members(db=db):
        if Role.ADMIN in member.roles and member.status == StaffStatus.ACTIVE:  # who was invited may never come
            return
    raise LastAdmin("last_admin")


async def _note(
    db: AsyncSession,
    now: datetime,
    by: str,
    action: str,
    member: StaffMember,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    await note_action(
        db=db,
        now=now,
        by=named(by),
        action=action,
        subject_id=member.id,
        charging_session_id=None,
        reason="",
        before=before,
        after=after | {"email": member.email},
    )
