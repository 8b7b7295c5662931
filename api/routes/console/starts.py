"""How many starts succeed, by network and day, and the EVSEs where they fail most (CN25)."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.deps import Now, Work
from api.domain.staff.roles import Permission
from api.domain.support.start_success import Starts
from api.routes.console.render import page
from api.routes.console.signed_in import needs
from api.services.status.start_success import starts_by_day, starts_by_network, worst_evses

router = APIRouter(prefix="/starts")
_Days = Annotated[int, Query(ge=1, le=90)]
PartnerId = Annotated[str, Query(pattern="^([a-z]{2,4}_[A-Za-z0-9_-]{1,60})?$")]


@router.get("", dependencies=[needs(Permission.SEE_CHARGES)])
async def show_starts(request: Request, work: Work, now: Now, days: _Days = 7, partner: PartnerId = "") -> Response:
    """Show the last days, of the house or of one network."""
    lately, first = timedelta(days=days), now.date() - timedelta(days=days - 1)
    async with work() as db:
        by_day = await starts_by_day(db=db, first=first, days=days, now=now, partner_id=partner or None)
        networks = await starts_by_network(db=db, now=now, lately=lately)
        worst = await worst_evses(db=db, now=now, lately=lately)
    whole = Starts(sum(each.starts.asked for each in by_day), sum(each.starts.begun for each in by_day))
    chosen = next((each for each in networks if each.partner_id == partner), None)
    return page(
        request,
        "starts.html",
        days=days,
        by_day=list(reversed(by_day)),
        networks=networks,
        worst=[each for each in worst if not partner or each.partner_id == partner],
        whole=whole,
        partner=partner,
        chosen=chosen,
    )
