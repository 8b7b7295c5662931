"""The first page: where somebody who signed in goes on."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.routes.console.render import PLACES, page
from api.routes.console.signed_in import Staff

router = APIRouter()


@router.get("/")
async def go_on(request: Request, staff: Staff) -> Response:
    """Go to the first place that one's roles allow."""
    place = next((place for place in PLACES if staff.may(place.needs)), None)
    if place is None:
        return page(request, "problem.html", problem="There is no page for your roles yet.", back=None)
    return RedirectResponse(place.path, 303)
