"""Putting the face of guests and payment links together: its routes, its guard, and our errors as pages or problems."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from api.db import UnitOfWork
from api.domain.errors import AppError, Conflict, NotFound, Refused, Upstream
from api.ports import Ports
from api.routes.page_guard import Guard
from api.routes.pay import arrival, link, receipts, visit
from api.routes.pay.outcomes import problem_of
from api.routes.pay.pages import HERE, origin_of, page, security_headers, wants_page
from api.routes.pay.words import translator, wished_language
from api.settings import Settings

_STATUS: tuple[tuple[type[AppError], int], ...] = ((NotFound, 404), (Conflict, 409), (Upstream, 503), (Refused, 402))
_OTHERWISE = 422
_TOO_MANY = 429


def create_pay_app(*, settings: Settings, ports: Ports, work: UnitOfWork) -> FastAPI:
    """Return the pages of guests and payment links, to be mounted at ``/pay``."""
    app = FastAPI(title="Chargehand payments", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.settings, app.state.ports, app.state.work = settings, ports, work
    for router in (arrival.router, visit.router, receipts.router, link.router):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    app.add_exception_handler(AppError, _on_app_error)
    app.add_middleware(Guard, headers=security_headers(settings), origin=origin_of(settings.public_url))
    return app


async def _on_app_error(request: Request, error: Exception) -> Response:
    """Say no more than a stranger with a link may know: a page to browsers, a small problem document to scripts."""
    assert isinstance(error, AppError)  # noqa: S101 - registered for this kind only
    wait = error.facts.get("retry_after_s")
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), _OTHERWISE)
    status = _TOO_MANY if wait is not None else status
    told = problem_of(error, translator(wished_language(request)))
    headers = {} if wait is None else {"Retry-After": str(wait)}
    if wants_page(request):
        answer: Response = page(request, "problem.html", status=status, problem=told)
    else:
        code = error.code.replace("_", "-")
        document = {"title": told.title, "detail": told.text, "status": status, "code": code}
        answer = JSONResponse(document, status_code=status, media_type="application/problem+json")
    answer.headers.update(headers)
    return answer
