"""Changes of staff that take two: who gives, or renews, a role that moves or approves money does not do so alone.

Whoever looks after staff could otherwise invite a second person who is themselves, or take over the name of a lead, and
be both pairs of the four eyes. So such an invitation, and such a role, waits until somebody else agrees: another
administrator, or a finance lead, and never whom it is about. Until then the link does not work, and what a person
signs in with stays good. On the host (``chargehand staff``) one person does both, as the first people must come from
somewhere (``members.py``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.ids import Prefix
from api.domain.staff.roles import gains_weight, role_named
from api.models.staff import StaffChange, StaffMember
from api.ports import Ports
from api.services.charging.approvals import AlreadyDecided, RequestState, check_second_person, named, note_action
from api.services.staff.members import (
    INVITED_FOR,
    OwnRoles,
    StaffStatus,
    add_member,
    alone,
    invite_again,
    let_join,
    member_by_id,
    name_key,
    new_invitation,
    set_roles,
    set_standing,
)


class ChangeKind(StrEnum):
    """What somebody asks for."""

    INVITED = "invited"
    INVITED_AGAIN = "invited_again"
    ROLES = "roles"


class UnknownChange(NotFound):
    """Nobody asked for such a change."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of it: the link's secret, where it is an invitation, and whether somebody else must agree first."""

    member: StaffMember
    secret: str | None
    waits: bool


@dataclass(frozen=True, slots=True)
class OpenChange:
    """A change that waits, and whom it is about."""

    change: StaffChange
    member: StaffMember

    def may_agree(self, name: str) -> bool:
        """Say whether this person is neither who asked nor whom it is about."""
        return name_key(name) not in {name_key(self.change.requested_by), self.member.name_key}


async def ask_to_add(
    *, db: AsyncSession, ports: Ports, now: datetime, email: str, name: str, roles: Collection[str], by: str
) -> Asked:
    """Invite somebody; with a role that weighs, once somebody else agreed. Raises as ``add_member`` does."""
    member, secret = await add_member(db=db, ports=ports, now=now, email=email, name=name, roles=roles, by=by)
    if not gains_weight((), member.roles):
        return Asked(member, secret, waits=False)
    invitation_hash, member.invitation_hash, member.invited_until = member.invitation_hash, None, None
    set_standing(member, StaffStatus.UNCONFIRMED)
    db.add(member)
    await _ask(db, ports, now, member, ChangeKind.INVITED, member.roles, by, invitation_hash)
    return Asked(member, secret, waits=True)


async def ask_to_invite_again(*, db: AsyncSession, ports: Ports, now: datetime, staff_id: str, by: str) -> Asked:
    """Invite somebody anew; who has a role that weighs, once somebody else agreed. Raises UnknownMember."""
    await alone(db)
    member = await member_by_id(db=db, staff_id=staff_id)
    if not gains_weight((), member.roles):
        return Asked(*await invite_again(db=db, now=now, staff_id=staff_id, by=by), waits=False)
    secret, invitation_hash = new_invitation()
    await _ask(db, ports, now, member, ChangeKind.INVITED_AGAIN, member.roles, by, invitation_hash)
    return Asked(member, secret, waits=True)


async def ask_for_roles(
    *, db: AsyncSession, ports: Ports, now: datetime, staff_id: str, roles: Collection[str], by: str
) -> Asked:
    """Give other roles; one that weighs and is new, once somebody else agreed. Raises as ``set_roles`` does."""
    await alone(db)
    member = await member_by_id(db=db, staff_id=staff_id)
    wanted = sorted({str(role_named(each)) for each in roles})
    if not gains_weight(member.roles, wanted):
        return Asked(await set_roles(db=db, now=now, staff_id=staff_id, roles=wanted, by=by), None, waits=False)
    if name_key(by) == member.name_key:
        raise OwnRoles("own_roles")
    await _ask(db, ports, now, member, ChangeKind.ROLES, wanted, by)
    return Asked(member, None, waits=True)


async def _ask(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    member: StaffMember,
    kind: ChangeKind,
    roles: list[str],
    by: str,
    invitation_hash: str | None = None,
) -> None:
    """Store what waits, instead of what waited of the same kind, and log it."""
    same = select(StaffChange).where(
        StaffChange.staff_id == member.id,
        StaffChange.state == RequestState.REQUESTED,
        (col(StaffChange.kind) == ChangeKind.ROLES) == (kind is ChangeKind.ROLES),
    )
    for each in await db.exec(same):
        _end(db, now, each, RequestState.WITHDRAWN, by)
    change = StaffChange(
        id=ports.randomness.new_id(Prefix.STAFF_CHANGE),
        staff_id=member.id,
        kind=kind,
        roles=list(roles),
        invitation_hash=invitation_hash,
        requested_by=named(by),
        requested_at=now,
        expires_at=now + INVITED_FOR,
        state=RequestState.REQUESTED,
    )
    db.add(change)
    await db.flush()
    await _log(db, now, change, member, by, "requested")


async def open_changes(*, db: AsyncSession, now: datetime) -> Sequence[OpenChange]:
    """Return what waits for somebody else, the oldest first."""
    query = select(StaffChange, StaffMember).join(StaffMember, col(StaffMember.id) == col(StaffChange.staff_id))
    waits = query.where(StaffChange.state == RequestState.REQUESTED, StaffChange.expires_at > now)
    return [OpenChange(*row) for row in await db.exec(waits.order_by(col(StaffChange.requested_at)))]


async def agree(*, db: AsyncSession, now: datetime, change_id: str, by: str) -> StaffMember:
    """Let a change happen as the second person; whom it is about must have the roles that they had then.

    Raises UnknownChange, AlreadyDecided, SamePerson, OwnRoles, LastAdmin.
    """
    change, member = await _locked(db, now, change_id)
    check_second_person(by=by, requested_by=change.requested_by)
    if name_key(by) == member.name_key:
        raise OwnRoles("own_roles")
    _end(db, now, change, RequestState.APPROVED, by)
    await db.flush()
    if change.kind == ChangeKind.ROLES:
        await set_roles(db=db, now=now, staff_id=member.id, roles=change.roles, by=by)
    elif sorted(member.roles) != sorted(change.roles) or change.invitation_hash is None:
        raise AlreadyDecided("already_decided", state="about other roles")
    else:
        await let_join(db=db, now=now, member=member, invitation_hash=change.invitation_hash, by=by)
    await _log(db, now, change, member, by, str(RequestState.APPROVED))
    return member


async def refuse(*, db: AsyncSession, now: datetime, change_id: str, by: str) -> StaffMember:
    """Let a change not happen; who asked may, too. Who was to come is let in no more.

    Raises UnknownChange, AlreadyDecided.
    """
    change, member = await _locked(db, now, change_id)
    _end(db, now, change, RequestState.DENIED, by)
    if member.status == StaffStatus.UNCONFIRMED:
        set_standing(member, StaffStatus.DISABLED)
        db.add(member)
    await _log(db, now, change, member, by, str(RequestState.DENIED))
    return member


async def _locked(db: AsyncSession, now: datetime, change_id: str) -> tuple[StaffChange, StaffMember]:
    """Return a change that waits and whom it is about, both safe from others; raises UnknownChange, AlreadyDecided."""
    await alone(db)
    change = await db.get(StaffChange, change_id, with_for_update=True, populate_existing=True)
    if change is None:
        raise UnknownChange("unknown_change")
    if change.state != RequestState.REQUESTED or change.expires_at <= now:
        raise AlreadyDecided("already_decided", state=change.state)
    return change, await member_by_id(db=db, staff_id=change.staff_id)


def _end(db: AsyncSession, now: datetime, change: StaffChange, state: RequestState, by: str) -> None:
    change.state, change.decided_by, change.decided_at = state, named(by), now
    db.add(change)


async def _log(db: AsyncSession, now: datetime, change: StaffChange, member: StaffMember, by: str, what: str) -> None:
    await note_action(
        db=db,
        now=now,
        by=named(by),
        action=f"staff_change_{what}",
        subject_id=member.id,
        charging_session_id=None,
        reason=change.kind,
        before={"requested_by": change.requested_by},
        after={"change": change.id, "roles": change.roles, "name": member.name, "email": member.email},
    )
