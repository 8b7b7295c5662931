"""Putting the console together: its pages, its guard, and our errors as calm pages."""

from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from api.db import UnitOfWork
from api.domain.errors import AppError, Conflict, Forbidden, NotFound, Unauthenticated, Upstream
from api.ports import Ports
from api.routes.console import (
    articles,
    audit,
    books,
    case_help,
    case_report,
    case_work,
    cases,
    cases_open,
    charges,
    charts,
    close,
    complaints,
    directory,
    exports,
    exports_filtered,
    findings,
    findings_money,
    findings_work,
    holds,
    home,
    overview,
    own_charges,
    own_sites,
    owners,
    payouts,
    provider,
    search,
    sign_in,
    starts,
    status,
    stories,
    team,
    unlocks,
)
from api.routes.console.kept_figures import KeptFigures
from api.routes.console.problems import told_of
from api.routes.console.render import HERE, page
from api.routes.page_guard import Guard
from api.services.staff.signin import NotSignedIn, StaffSignInRefused
from api.settings import Settings

ROUTERS = (
    sign_in.router,
    provider.router,
    home.router,
    overview.router,
    charts.router,
    holds.router,
    charges.router,
    stories.router,
    unlocks.router,
    own_charges.router,
    own_sites.router,
    owners.router,
    search.router,
    cases_open.router,
    case_work.router,
    case_help.router,
    cases.router,
    case_report.router,
    complaints.router,
    findings_work.router,
    findings_money.router,
    findings.router,
    books.router,
    payouts.router,
    close.router,
    exports.router,
    directory.router,
    exports_filtered.router,
    articles.router,
    starts.router,
    status.router,
    audit.router,
    team.router,
)
PUBLIC = frozenset({"/sign-in", "/join/{secret}", "/set-up", "/code", "/sign-out", "/provider", "/provider/back"})
"""Pages of signing in itself; all others name what they need."""
_STATUS: tuple[tuple[type[AppError], int], ...] = (
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Upstream, 503),
)
_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
HEADERS = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


def create_console(*, settings: Settings, ports: Ports, work: UnitOfWork) -> FastAPI:
    """Return the pages of staff, to be mounted at ``/console``."""
    app = FastAPI(title="Chargehand console", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.settings, app.state.ports, app.state.work = settings, ports, work
    app.state.figures = KeptFigures()
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static" / "console"))
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(RequestValidationError, _on_unreadable)
    app.add_exception_handler(HTTPException, _on_http_error)
    parts = settings.public_url.split("/")
    app.add_middleware(Guard, headers=HEADERS, origin="/".join(parts[:3]))
    return app


async def _on_app_error(request: Request, error: Exception) -> Response:
    """Ask to sign in, or say why it did not work; nothing was changed then."""
    assert isinstance(error, AppError)  # noqa: S101 - registered for this kind only
    if isinstance(error, NotSignedIn) and request.method == "GET":
        to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/console/sign-in?to={quote(to)}", 303)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 422)
    wait = error.facts.get("retry_after_s")
    back = "/console/sign-in" if isinstance(error, NotSignedIn | StaffSignInRefused) else None
    answer = page(
        request,
        "problem.html",
        status=429 if wait else status,
        problem=told_of(error),
        back=back,
        typed=_typed(request),
    )
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer


def _typed(request: Request) -> list[str]:
    """Return the longer texts of a form that was not taken, so that nobody has to type them again."""
    form = getattr(request.state, "form", {})
    return [form[name] for name in ("title", "description", "proposal", "reason", "text") if form and form[name]]


async def _on_unreadable(request: Request, error: Exception) -> Response:
    """Say which part of an address or a form could not be read."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    fields = ", ".join(sorted({str(each["loc"][-1]) for each in error.errors()}))
    return page(request, "problem.html", status=422, problem=f"This could not be read: {fields}.", back=None)


async def _on_http_error(request: Request, error: Exception) -> Response:
    """Say that there is no such page."""
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    told = "There is no such page." if error.status_code == 404 else str(error.detail)
    return page(request, "problem.html", status=error.status_code, problem=told, back=None)
