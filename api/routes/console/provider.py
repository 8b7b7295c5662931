"""Signing in with an identity provider: there, and back with a code."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, SettingsDep, Work
from api.routes.console.render import page
from api.routes.console.sign_in import HOME, inside, keep_session
from api.routes.page_guard import caller_of
from api.services.staff.provider_sign_in import TRIP, Brought, come_back, leave_for_provider
from api.services.staff.signin import Step

router = APIRouter(prefix="/provider")
COOKIE = "chargehand_console_trip"
PATH = "/console/provider"
_NEXT = {Step.PASSWORD: "/console/code", Step.SET_UP: "/console/set-up"}


@router.get("")
async def leave(
    request: Request, work: Work, ports: PortsDep, now: Now, settings: SettingsDep, to: str = HOME
) -> Response:
    """Send the browser to the provider, with a sealed cookie that it brings back from another site (lax)."""
    address, trip = await leave_for_provider(work=work, ports=ports, now=now, caller=caller_of(request), to=inside(to))
    answer = RedirectResponse(address, 303, {"Cache-Control": "no-store"})
    answer.set_cookie(
        COOKIE,
        trip,
        max_age=int(TRIP.total_seconds()),
        path=PATH,
        secure=settings.public_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/back")
async def back(request: Request, work: Work, ports: PortsDep, now: Now, settings: SettingsDep) -> Response:
    """Take what the provider sent along, and lead on by a page of ours.

    A redirect would still count as of the other site, and the browser would keep the session's cookie to itself.
    """
    told = request.query_params
    brought = Brought(
        cookie=request.cookies.get(COOKIE, ""),
        state=told.get("state", ""),
        code=told.get("code", ""),
        error=told.get("error", ""),
        issuer=told.get("iss"),
    )
    signed_in = await come_back(work=work, ports=ports, now=now, caller=caller_of(request), brought=brought)
    to = signed_in.to if signed_in.step == Step.FULL else f"{_NEXT[signed_in.step]}?to={signed_in.to}"
    answer = page(request, "provider.html", to=to)
    keep_session(answer, settings, signed_in.secret)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer
