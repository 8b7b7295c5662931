"""Putting the help pages together: routes, guard, and what is missing as a calm page."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from api.db import UnitOfWork
from api.domain.errors import AppError, NotFound
from api.ports import Ports
from api.routes.help import articles
from api.routes.help.render import HERE, page
from api.routes.page_guard import Guard
from api.settings import Settings

ROUTERS = (articles.router,)
"""What is below ``/help``; other pages of help, such as the contact form, are added here."""
_POLICY = (
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
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


def create_help_pages(*, settings: Settings, ports: Ports, work: UnitOfWork) -> FastAPI:
    """Return the pages, to be mounted at ``/help``."""
    app = FastAPI(title="Chargehand help", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.settings, app.state.ports, app.state.work = settings, ports, work
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static" / "help"))
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(HTTPException, _on_missing)
    app.add_exception_handler(RequestValidationError, _on_missing)
    app.add_middleware(Guard, headers=HEADERS, origin="/".join(settings.public_url.split("/")[:3]))
    return app


async def _on_app_error(request: Request, error: Exception) -> Response:
    """Say that there is no such page, or that it was too often; a stranger needs no more."""
    assert isinstance(error, AppError)  # noqa: S101 - registered for this kind only
    wait = error.facts.get("retry_after_s")
    if wait is not None:
        answer = page(request, "problem.html", status=429, told="too_often")
        answer.headers["Retry-After"] = str(wait)
        return answer
    return page(request, "problem.html", status=404 if isinstance(error, NotFound) else 422, told="missing")


async def _on_missing(request: Request, error: Exception) -> Response:
    """Answer for addresses and forms that are none of ours."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    return page(request, "problem.html", status=status, told="missing")
