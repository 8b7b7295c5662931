"""Signing in: invitation, password, second factor, and out again."""

from urllib.parse import parse_qs, urlsplit

import segno
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, SettingsDep, Work
from api.routes.console.render import page
from api.routes.console.signed_in import COOKIE, HalfSignedIn, Posted
from api.routes.page_forms import form_of
from api.routes.page_guard import caller_of
from api.services.staff.signin import (
    LIFETIME,
    SHORTEST_PASSWORD,
    NotSignedIn,
    PasswordUnfit,
    Step,
    accept_invitation,
    give_code,
    give_password,
    invited,
    new_factor,
    sign_out,
)
from api.settings import Settings

router = APIRouter()
HOME = "/console/"


def _there(path: str, settings: Settings, secret: str | None = None) -> Response:
    """Send the browser on, with the secret of a session where there is one."""
    answer = RedirectResponse(path, 303)
    if secret is not None:
        keep_session(answer, settings, secret)
    return answer


def keep_session(answer: Response, settings: Settings, secret: str) -> None:
    """Give the secret of a session along as a cookie that no script and no other site has."""
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(LIFETIME.total_seconds()),
        path="/console",
        secure=settings.public_url.startswith("https://"),
        httponly=True,
        samesite="strict",
    )


def inside(path: str) -> str:
    """Return where to go after signing in: a page of the console, never another site."""
    return path if path.startswith("/console/") and "//" not in path and "\\" not in path else HOME


@router.get("/sign-in")
async def show_sign_in(request: Request, ports: PortsDep, to: str = HOME) -> Response:
    """Ask for address and password, or lead to the provider that is set up."""
    return page(request, "sign_in.html", to=inside(to), provider=ports.policy.staff_provider)


@router.post("/sign-in")
async def sign_in(request: Request, work: Work, ports: PortsDep, now: Now, settings: SettingsDep) -> Response:
    """Take them, and ask for the second factor."""
    form = await form_of(request)
    secret, step = await give_password(
        work=work,
        ports=ports,
        now=now,
        email=form.get("email", "").strip(),
        password=form.get("password", ""),
        caller=caller_of(request),
    )
    to = inside(form.get("to", HOME))
    return _there(f"/console/{'code' if step == Step.PASSWORD else 'set-up'}?to={to}", settings, secret)


@router.get("/join/{secret}")
async def show_invitation(request: Request, secret: str, work: Work, now: Now) -> Response:
    """Ask for a first password."""
    async with work() as db:
        member = await invited(db=db, now=now, secret=secret)
    return page(request, "join.html", name=member.name, email=member.email, shortest=SHORTEST_PASSWORD, problem=None)


@router.post("/join/{secret}")
async def join(request: Request, secret: str, work: Work, now: Now, settings: SettingsDep) -> Response:
    """Take the first password, and go on to the second factor."""
    form = await form_of(request)
    try:
        async with work() as db:
            session = await accept_invitation(db=db, now=now, secret=secret, password=form.get("password", ""))
    except PasswordUnfit:
        async with work() as db:
            member = await invited(db=db, now=now, secret=secret)
        told = f"At least {SHORTEST_PASSWORD} characters, please."
        facts = {"name": member.name, "email": member.email, "shortest": SHORTEST_PASSWORD, "problem": told}
        return page(request, "join.html", status=422, **facts)
    return _there("/console/set-up", settings, session)


@router.get("/set-up")
async def show_set_up(request: Request, staff: HalfSignedIn, work: Work, ports: PortsDep, to: str = HOME) -> Response:
    """Show the new second factor as a code to scan, and ask for a first code of it."""
    if staff.step != Step.SET_UP:
        raise NotSignedIn("not_signed_in")
    async with work() as db:
        address = await new_factor(db=db, ports=ports, session=staff)
    picture = segno.make(address).svg_data_uri(scale=5, border=2)
    key = parse_qs(urlsplit(address).query)["secret"][0]
    return page(request, "set_up.html", picture=picture, key=key, to=inside(to))


@router.get("/code")
async def show_code(request: Request, staff: HalfSignedIn, to: str = HOME) -> Response:
    """Ask for a code."""
    if staff.step != Step.PASSWORD:
        raise NotSignedIn("not_signed_in")
    return page(request, "code.html", to=inside(to))


@router.post("/code")
async def code(
    request: Request, staff: HalfSignedIn, form: Posted, work: Work, ports: PortsDep, now: Now, settings: SettingsDep
) -> Response:
    """Take a code: signed in."""
    if staff.step == Step.FULL:
        return _there(HOME, settings)
    secret = await give_code(
        work=work, ports=ports, now=now, session=staff, code=form["code"], caller=caller_of(request)
    )
    return _there(inside(form["to"]), settings, secret)


@router.post("/sign-out")
async def out(staff: HalfSignedIn, form: Posted, work: Work, now: Now, settings: SettingsDep) -> Response:  # noqa: ARG001 - its token was looked at
    """End the session."""
    async with work() as db:
        await sign_out(db=db, now=now, session=staff)
    answer = _there("/console/sign-in", settings)
    answer.delete_cookie(COOKIE, path="/console")
    return answer
