"""The technical story of any charge for our own support, and links to it for an operator's hotline."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.staff.roles import Permission
from api.routes.console.links import CHARGES
from api.routes.console.render import page
from api.routes.console.signed_in import Posted, Staff, needs
from api.services.owners.links import USUAL_HOURS, links_of_charge, make_link, revoke_link, url_of
from api.services.owners.technical import story_by_id

router = APIRouter(prefix="/charges/{charge_id}/story")
ChargeId = Annotated[str, Path(max_length=64)]
_WORK = [needs(Permission.WORK_ON_CASES)]


@router.get("", dependencies=_WORK)
async def show_story(request: Request, charge_id: ChargeId, work: Work) -> Response:
    """Show what the hotline would see, and the links that there are."""
    return await _page(request, work, charge_id)


@router.post("/links", dependencies=_WORK)
async def share(
    request: Request, charge_id: ChargeId, form: Posted, staff: Staff, work: Work, ports: PortsDep, now: Now
) -> Response:
    """Make a link, and show its address once."""
    hours = int(form["hours"]) if form["hours"].isdecimal() else USUAL_HOURS
    async with work() as db:
        link = await make_link(
            db=db, ports=ports, now=now, charging_session_id=charge_id, hours=min(hours, 10_000), by=staff.name
        )
    return await _page(request, work, charge_id, url_of(ports.policy, link))


@router.post("/links/{link_id}/revoke", dependencies=_WORK)
async def revoke(
    charge_id: ChargeId, link_id: Annotated[str, Path(max_length=64)], staff: Staff, work: Work, now: Now
) -> Response:
    """Let a link work no more."""
    async with work() as db:
        await revoke_link(db=db, now=now, charging_session_id=charge_id, link_id=link_id, by=staff.name)
    return RedirectResponse(f"{CHARGES}/{charge_id}/story", 303)


async def _page(request: Request, work: Work, charge_id: str, url: str | None = None) -> Response:
    async with work() as db:
        story = await story_by_id(db=db, charging_session_id=charge_id)
        links = await links_of_charge(db=db, charging_session_id=charge_id)
    return page(request, "charge_story.html", charge_id=charge_id, story=story, links=links, url=url)
