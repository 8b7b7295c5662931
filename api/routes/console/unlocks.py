"""Requests of drivers to unlock a connector: our support decides about all, an operator's agent about their own (CK19).

The only pages that lead to UNLOCK_CONNECTOR; a test holds all others to that.
"""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.staff.roles import Permission
from api.routes.console.own import HERE, OwnPartner, UnlockId
from api.routes.console.render import page
from api.routes.console.signed_in import Posted, Staff, needs
from api.routes.console.told import told_after
from api.services.support.unlock_decide import approve_unlock, decline_unlock
from api.services.support.unlock_requests import unlock_requests_for_agents

router = APIRouter()
ALL, OWN = "/console/unlocks", f"{HERE}/unlocks"
_SUPPORT, _AGENT = [needs(Permission.APPROVE_UNLOCK)], [needs(Permission.ACT_ON_OWN_SITES)]


@router.get("/unlocks", dependencies=_SUPPORT)
async def show_unlocks(request: Request, work: Work, now: Now) -> Response:
    """List what drivers ask for."""
    async with work() as db:
        found = await unlock_requests_for_agents(db=db, now=now, partner_id=None)
    return page(request, "unlocks.html", requests=found, at=ALL, said=told_after(request))


@router.post("/unlocks/{unlock_request_id}/approve", dependencies=_SUPPORT)
async def approve(unlock_request_id: UnlockId, staff: Staff, work: Work, ports: PortsDep, now: Now) -> Response:
    """Approve: the command goes out once."""
    async with work() as db:
        await approve_unlock(
            db=db, ports=ports, now=now, unlock_request_id=unlock_request_id, by=staff.name, partner_id=None
        )
    return RedirectResponse(f"{ALL}?told=unlocking", 303)


@router.post("/unlocks/{unlock_request_id}/decline", dependencies=_SUPPORT)
async def decline(
    unlock_request_id: UnlockId, form: Posted, staff: Staff, work: Work, ports: PortsDep, now: Now
) -> Response:
    """Decline, with a reason."""
    async with work() as db:
        await decline_unlock(
            db=db,
            ports=ports,
            now=now,
            unlock_request_id=unlock_request_id,
            by=staff.name,
            reason=form["text"],
            partner_id=None,
        )
    return RedirectResponse(f"{ALL}?told=denied", 303)


@router.get("/own/unlocks", dependencies=_AGENT)
async def show_own_unlocks(request: Request, partner_id: OwnPartner, work: Work, now: Now) -> Response:
    """List what drivers ask for at the agent's chargers."""
    async with work() as db:
        found = await unlock_requests_for_agents(db=db, now=now, partner_id=partner_id)
    return page(request, "unlocks.html", requests=found, at=OWN, said=told_after(request))


@router.post("/own/unlocks/{unlock_request_id}/approve", dependencies=_AGENT)
async def approve_own(
    unlock_request_id: UnlockId, partner_id: OwnPartner, staff: Staff, work: Work, ports: PortsDep, now: Now
) -> Response:
    """Approve at one of the agent's chargers."""
    async with work() as db:
        await approve_unlock(
            db=db, ports=ports, now=now, unlock_request_id=unlock_request_id, by=staff.name, partner_id=partner_id
        )
    return RedirectResponse(f"{OWN}?told=unlocking", 303)


@router.post("/own/unlocks/{unlock_request_id}/decline", dependencies=_AGENT)
async def decline_own(
    unlock_request_id: UnlockId,
    partner_id: OwnPartner,
    form: Posted,
    staff: Staff,
    work: Work,
    ports: PortsDep,
    now: Now,
) -> Response:
    """Decline at one of the agent's chargers."""
    async with work() as db:
        await decline_unlock(
            db=db,
            ports=ports,
            now=now,
            unlock_request_id=unlock_request_id,
            by=staff.name,
            reason=form["text"],
            partner_id=partner_id,
        )
    return RedirectResponse(f"{OWN}?told=denied", 303)
