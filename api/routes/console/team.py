"""Who works here: the list, invitations, roles, letting somebody in no more, and agreeing to what weighs."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.staff.roles import Permission, Role
from api.routes.console.render import page
from api.routes.console.signed_in import Posted, Staff, needs
from api.services.staff.bindings import bind_member
from api.services.staff.changes import (
    Asked,
    agree,
    ask_for_roles,
    ask_to_add,
    ask_to_invite_again,
    open_changes,
    refuse,
)
from api.services.staff.members import disable_member, members

router = APIRouter(prefix="/staff")
_MANAGE, _CONFIRM = [needs(Permission.MANAGE_STAFF)], [needs(Permission.CONFIRM_STAFF)]
StaffId = Annotated[str, Path(pattern="^stf_[A-Za-z0-9]{1,40}$")]
ChangeId = Annotated[str, Path(pattern="^stc_[A-Za-z0-9]{1,40}$")]
HERE = "/console/staff"


@router.get("", dependencies=[needs(Permission.SEE_STAFF)])
async def show_staff(request: Request, work: Work, now: Now) -> Response:
    """List everybody, and what waits for a second person."""
    return await _page(request, work, now)


@router.post("", dependencies=_MANAGE)
async def invite(request: Request, staff: Staff, form: Posted, work: Work, ports: PortsDep, now: Now) -> Response:
    """Invite somebody, and show the link once."""
    async with work() as db:
        asked = await ask_to_add(
            db=db,
            ports=ports,
            now=now,
            email=form["email"],
            name=form["name"],
            roles=form.every("role"),
            by=staff.name,
        )
    return await _page(request, work, now, asked, f"{ports.policy.public_url}/console/join/{asked.secret}")


@router.post("/{staff_id}/invitation", dependencies=_MANAGE)
async def again(request: Request, staff_id: StaffId, staff: Staff, work: Work, ports: PortsDep, now: Now) -> Response:
    """Invite somebody anew, and show the link once."""
    async with work() as db:
        asked = await ask_to_invite_again(db=db, ports=ports, now=now, staff_id=staff_id, by=staff.name)
    return await _page(request, work, now, asked, f"{ports.policy.public_url}/console/join/{asked.secret}")


@router.post("/{staff_id}/roles", dependencies=_MANAGE)
async def give_roles(staff_id: StaffId, staff: Staff, form: Posted, work: Work, ports: PortsDep, now: Now) -> Response:
    """Give somebody other roles."""
    async with work() as db:
        roles = form.every("role")
        await ask_for_roles(db=db, ports=ports, now=now, staff_id=staff_id, roles=roles, by=staff.name)
    return RedirectResponse(HERE, 303)


@router.post("/{staff_id}/disable", dependencies=_MANAGE)
async def disable(staff_id: StaffId, staff: Staff, work: Work, now: Now) -> Response:
    """Let somebody in no more."""
    async with work() as db:
        await disable_member(db=db, now=now, staff_id=staff_id, by=staff.name)
    return RedirectResponse(HERE, 303)


@router.post("/{staff_id}/binding", dependencies=_MANAGE)
async def bind(staff_id: StaffId, staff: Staff, form: Posted, work: Work, now: Now) -> Response:
    """Say whose chargers somebody sees."""
    async with work() as db:
        await bind_member(
            db=db,
            now=now,
            staff_id=staff_id,
            partner_id=form["partner_id"] or None,
            owner_id=form["owner_id"] or None,
            by=staff.name,
        )
    return RedirectResponse(HERE, 303)


@router.post("/changes/{change_id}/agree", dependencies=_CONFIRM)
async def agree_to_it(change_id: ChangeId, staff: Staff, work: Work, now: Now) -> Response:
    """Let an invitation or roles count, as the second person."""
    async with work() as db:
        await agree(db=db, now=now, change_id=change_id, by=staff.name)
    return RedirectResponse(HERE, 303)


@router.post("/changes/{change_id}/refuse", dependencies=_CONFIRM)
async def refuse_it(change_id: ChangeId, staff: Staff, work: Work, now: Now) -> Response:
    """Let them not count."""
    async with work() as db:
        await refuse(db=db, now=now, change_id=change_id, by=staff.name)
    return RedirectResponse(HERE, 303)


async def _page(
    request: Request, work: Work, now: datetime, asked: Asked | None = None, link: str | None = None
) -> Response:
    """Return the page, with the link of an invitation where one was just made."""
    async with work() as db:
        everybody = await members(db=db)
        changes = await open_changes(db=db, now=now)
    return page(request, "staff.html", members=everybody, changes=changes, roles=list(Role), asked=asked, link=link)
