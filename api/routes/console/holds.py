"""The list of card holds: what still blocks drivers' money, what ends first on top."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.deps import Now, Work
from api.domain.charging.state import HoldStatus
from api.domain.finance.hold_bands import AGES, TIME_LEFT
from api.domain.staff.roles import Permission
from api.routes.console.render import page
from api.routes.console.signed_in import needs
from api.services.console.hold_filter import HoldFilter
from api.services.console.holds import currencies_held, holds_page, partners_named

router = APIRouter(prefix="/holds")
HERE = "/console/holds"


@router.get("", dependencies=[needs(Permission.SEE_CHARGES)])
async def show_holds(
    request: Request, work: Work, now: Now, behind: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Show a part of the list."""
    wanted = HoldFilter.read(request.query_params)
    async with work() as db:
        found = await holds_page(db=db, now=now, wanted=wanted, behind=behind)
        partners = await partners_named(db=db)
        currencies = await currencies_held(db=db)
    more = None if found.behind is None else f"{HERE}?{urlencode(wanted.values | {'behind': found.behind})}"
    return page(
        request,
        "holds.html",
        wanted=wanted,
        found=found,
        partners=partners,
        currencies=currencies,
        statuses=list(HoldStatus),
        bands=TIME_LEFT,
        ages=AGES,
        more=more,
        first=f"{HERE}?{urlencode(wanted.values)}" if behind else None,
    )
