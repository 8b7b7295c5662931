"""Whose chargers somebody sees: an operator's agent is bound to one partner, an owner's person to one owner."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Forbidden, NotFound
from api.models.owner import SiteOwner
from api.models.partner import Partner
from api.models.staff import StaffMember
from api.services.charging.approvals import named, note_action
from api.services.staff.members import member_by_id, name_key


class UnknownBinding(NotFound):
    """There is no such partner or owner. Fact: ``field``."""


class OwnBinding(Forbidden):
    """Nobody binds themselves."""


async def bind_member(
    *, db: AsyncSession, now: datetime, staff_id: str, partner_id: str | None, owner_id: str | None, by: str
) -> StaffMember:
    """Bind somebody else to a partner's chargers, or an owner's sites, or to nothing; at once in all their browsers.

    Raises UnknownMember, UnknownBinding, OwnBinding.
    """
    member = await member_by_id(db=db, staff_id=staff_id)
    if name_key(by) == member.name_key:
        raise OwnBinding("own_binding")
    if partner_id is not None and await db.get(Partner, partner_id) is None:
        raise UnknownBinding("unknown_binding", field="partner")
    if owner_id is not None and await db.get(SiteOwner, owner_id) is None:
        raise UnknownBinding("unknown_binding", field="owner")
    before = {"partner_id": member.partner_id, "owner_id": member.owner_id}
    member.partner_id, member.owner_id = partner_id, owner_id
    db.add(member)
    await note_action(
        db=db,
        now=now,
        by=named(by),
        action="staff_bound",
        subject_id=member.id,
        charging_session_id=None,
        reason="",
        before=before,
        after={"partner_id": partner_id, "owner_id": owner_id},
    )
    return member
