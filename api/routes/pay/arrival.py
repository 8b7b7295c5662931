"""Arriving: the code that displays fetch, what it opens, and the page of a printed address that asks for digits."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.routes.page_forms import form_of
from api.routes.page_guard import caller_of
from api.routes.pay.pages import page
from api.routes.pay.qr_svg import qr_svg
from api.routes.pay.words import wished_language
from api.services.guests.arrive import (
    SCAN,
    TYPED,
    ChooseConnector,
    WrongDigits,
    check_digits,
    open_visit,
    scanned_post,
)
from api.services.guests.displays import code_for_display
from api.services.guests.posts import GuestPost, post_of_ref
from api.services.guests.signing import scan_token, visit_token
from api.services.guests.visits import is_at
from api.services.work import Work as UnitsOfWork

router = APIRouter()
COOKIE = "chargehand_visit"
"""Leads who scans again back to their own charge; it allows nothing by itself."""
_COOKIE_SECONDS = 3 * 24 * 60 * 60


@router.get("/qr/{display_id}.svg")
async def get_qr(display_id: str, work: Work, ports: PortsDep, now: Now, key: str = "") -> Response:
    """Draw a fresh code for a display that knows its key."""
    async with work() as db:
        code = await code_for_display(db=db, ports=ports, now=now, display_id=display_id, key=key)
    svg = qr_svg(code.url, digits=code.digits, title=code.evse_id or ports.policy.our_name)
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "no-store", "Refresh": "30"})


@router.get("/c/{token}")
async def get_scanned(
    request: Request, token: str, work: Work, ports: PortsDep, now: Now, connector: str | None = None
) -> Response:
    """Open a visit for who scanned a fresh code; who has a charge running here goes on with it."""
    async with work() as db:
        post = await scanned_post(db=db, ports=ports, now=now, token=token)
    return await _visit(request, work, ports, post, connector=connector, proof=SCAN)


@router.get("/e/{ref}")
async def get_printed(request: Request, ref: str, work: Work) -> Response:
    """Ask who came by a printed address for the digits on the display: a sticker proves nothing."""
    async with work() as db:
        post = await post_of_ref(db=db, ref=ref)
    return page(request, "digits.html", post=post, problem=None)


@router.post("/e/{ref}")
async def post_digits(request: Request, ref: str, work: Work, ports: PortsDep) -> Response:
    """Open a visit for who typed the right digits."""
    form = await form_of(request)
    try:
        post = await check_digits(
            work=work, ports=ports, ref=ref, typed=form.get("digits", ""), caller=caller_of(request)
        )
    except WrongDigits as wrong:
        async with work() as db:
            post = await post_of_ref(db=db, ref=ref)
        return page(request, "digits.html", status=422, post=post, problem=wrong.code)
    if len(post.connectors) > 1:  # the digits are good for a moment only: their place is taken by a code
        return _to(f"/pay/c/{scan_token(ports.policy, post.ref, ports.clock.now())}", ports.policy)
    return await _visit(request, work, ports, post, connector=None, proof=TYPED)


async def _visit(
    request: Request, work: UnitsOfWork, ports: Ports, post: GuestPost, *, connector: str | None, proof: str
) -> Response:
    """Lead to a visit: to the one that charges here, or to a new one; a post with several connectors asks which."""
    kept = request.cookies.get(COOKIE)
    async with work() as db:
        if kept is not None and await is_at(db=db, policy=ports.policy, token=kept, evse_key=post.evse.key):
            return _to(f"/pay/v/{kept}", ports.policy)
    try:
        async with work() as db:
            visit = await open_visit(
                db=db,
                ports=ports,
                now=ports.clock.now(),
                post=post,
                connector_public_id=connector,
                proof=proof,
                language=wished_language(request),
                caller=caller_of(request),
            )
    except ChooseConnector:
        return page(request, "choose.html", post=post)
    token = visit_token(ports.policy, visit.id)
    answer = _to(f"/pay/v/{token}", ports.policy)
    secure = ports.policy.public_url.startswith("https://")
    answer.set_cookie(COOKIE, token, max_age=_COOKIE_SECONDS, path="/pay", secure=secure, httponly=True, samesite="lax")
    return answer


def _to(path: str, policy: ServicePolicy) -> RedirectResponse:
    """Lead a browser to one of our pages, which nobody keeps."""
    return RedirectResponse(f"{policy.public_url}{path}", 303, {"Cache-Control": "no-store"})
