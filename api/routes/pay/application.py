"""Putting the face of payment links together: its routes, and our errors as small problem documents (RFC 9457)."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.db import UnitOfWork
from api.domain.errors import AppError, Conflict, NotFound, Upstream
from api.ports import Ports
from api.routes.pay import link
from api.settings import Settings

_STATUS: tuple[tuple[type[AppError], int, str], ...] = (
    (NotFound, 404, "This link does not lead anywhere."),
    (Conflict, 409, "This cannot be paid now. Please reload the page."),
    (Upstream, 503, "We cannot answer right now. Please try again shortly."),
)
_OTHERWISE = (422, "This did not work.")


def create_pay_app(*, settings: Settings, ports: Ports, work: UnitOfWork) -> FastAPI:
    """Return the pages of payment links, to be mounted at ``/pay``."""
    app = FastAPI(title="Chargehand payments", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.settings, app.state.ports, app.state.work = settings, ports, work
    app.include_router(link.router)
    app.add_exception_handler(AppError, _on_app_error)
    return app


async def _on_app_error(_request: Request, error: Exception) -> Response:
    """Say no more than a stranger with a link may know."""
    assert isinstance(error, AppError)  # noqa: S101 - registered for this kind only
    found = ((status, title) for kind, status, title in _STATUS if isinstance(error, kind))
    status, title = next(found, _OTHERWISE)
    document = {"title": title, "status": status, "code": error.code.replace("_", "-")}
    return JSONResponse(document, status_code=status, media_type="application/problem+json")
