"""The overview: figures and pictures of the money that is held, and what to look at first."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.domain.finance.forecast import Suggestion
from api.domain.staff.roles import Permission
from api.domain.support.start_success import percent_of
from api.routes.console.kept_figures import Figures
from api.routes.console.render import PLACES, page
from api.routes.console.signed_in import needs
from api.services.closing.lost_revenue import LOSSES

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
async def show_overview(request: Request, seen: Figures) -> Response:
    """Show all figures."""
    tried, begun = seen.tried
    return page(
        request,
        "overview.html",
        seen=seen,
        losses=LOSSES,
        rate=percent_of(begun, tried),
        suggested=SUGGESTED,
        findings_page=any(place.path == "/console/findings" for place in PLACES),
    )
