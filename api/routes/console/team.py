"""Who works here: the list, invitations, roles, and letting somebody in no more."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.staff.roles import Permission, Role
from api.routes.console.render import page
from api.routes.console.signed_in import Posted, Staff, needs
from api.services.staff.bindings import bind_member
from api.services.staff.members import add_member, disable_member, invite_again, members, set_roles

router = APIRouter(prefix="/staff")
_MANAGE = [needs(Permission.MANAGE_STAFF)]
StaffId = Annotated[str, Path(pattern="^stf_[A-Za-z0-9]{1,40}$")]
HERE = "/console/staff"


@router.get("", dependencies=[needs(Permission.SEE_STAFF)])
async def show_staff(request: Request, work: Work) -> Response:
    """List everybody."""
    async with work() as db:
        everybody = await members(db=db)
    return page(request, "staff.html", members=everybody, roles=list(Role), invited=None, link=None)


@router.post("", dependencies=_MANAGE)
async def invite(request: Request, staff: Staff, form: Posted, work: Work, ports: PortsDep, now: Now) -> Response:
    """Invite somebody, and show the link once."""
    async with work() as db:
        member, secret = await add_member(
            db=db,
            ports=ports,
            now=now,
            email=form["email"],
            name=form["name"],
            roles=form.every("role"),
            by=staff.name,
        )
    return await _with_link(request, work, ports, member.name, secret)


@router.post("/{staff_id}/invitation", dependencies=_MANAGE)
async def again(request: Request, staff_id: StaffId, staff: Staff, work: Work, ports: PortsDep, now: Now) -> Response:
    """Invite somebody anew, and show the link once."""
    async with work() as db:
        member, secret = await invite_again(db=db, now=now, staff_id=staff_id, by=staff.name)
    return await _with_link(request, work, ports, member.name, secret)


@router.post("/{staff_id}/roles", dependencies=_MANAGE)
async def give_roles(staff_id: StaffId, staff: Staff, form: Posted, work: Work, now: Now) -> Response:
    """Give somebody other roles."""
    async with work() as db:
        await set_roles(db=db, now=now, staff_id=staff_id, roles=form.every("role"), by=staff.name)
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


async def _with_link(request: Request, work: Work, ports: PortsDep, name: str, secret: str) -> Response:
    link = f"{ports.policy.public_url}/console/join/{secret}"
    async with work() as db:
        everybody = await members(db=db)
    return page(request, "staff.html", members=everybody, roles=list(Role), invited=name, link=link)
