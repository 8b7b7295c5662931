"""The overview: figures and pictures of the money that is held, and what to look at first."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.deps import Now, Work
from api.domain.finance.forecast import Suggestion
from api.domain.staff.roles import Permission
from api.routes.console.render import PLACES, page
from api.routes.console.signed_in import needs
from api.services.console.charge_figures import percent_of
from api.services.console.holds import currencies_held
from api.services.console.overview import overview

router = APIRouter(prefix="/overview")
SUGGESTED = {
    Suggestion.WAIT: "wait",
    Suggestion.ASK_PARTNER: "ask the partner for the CDR",
    Suggestion.CAPTURE_ESTIMATE: "capture an estimate",
    Suggestion.ASK_PRICE: "ask the partner what it cost",
    Suggestion.CAPTURE: "capture",
    Suggestion.RELEASE: "release",
    Suggestion.BILL_OTHERWISE: "lapsed: bill in another way",
}


@router.get("", dependencies=[needs(Permission.SEE_OVERVIEW)])
async def show_overview(
    request: Request, work: Work, now: Now, currency: Annotated[str | None, Query(max_length=3)] = None
) -> Response:
    """Show all figures."""
    async with work() as db:
        currencies = await currencies_held(db=db)
        seen = await overview(db=db, now=now, currency=currency, currencies=currencies)
    tried, begun = seen.tried
    return page(
        request,
        "overview.html",
        seen=seen,
        currencies=currencies,
        rate=percent_of(begun, tried),
        suggested=SUGGESTED,
        findings_page=any(place.path == "/console/findings" for place in PLACES),
    )
