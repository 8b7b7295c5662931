"""Putting the pages together: routes, guard, and our errors as pages."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.db import UnitOfWork
from api.domain.errors import AppError, Conflict, NotFound
from api.ports import Ports
from api.routes.contact import follow, form
from api.routes.contact.pages import SECURITY_HEADERS, origin_of, page
from api.routes.contact.words import translator, wished_language
from api.routes.page_guard import Guard
from api.settings import Settings

PATH = "/help/contact"
_STATUS: tuple[tuple[type[AppError], int], ...] = ((NotFound, 404), (Conflict, 409))
_OTHERWISE, _TOO_MANY = 422, 429


def create_contact_pages(*, settings: Settings, ports: Ports, work: UnitOfWork) -> FastAPI:
    """Return the pages, to be mounted at ``/help/contact``, before anything at ``/help``."""
    app = FastAPI(title="Chargehand contact", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.settings, app.state.ports, app.state.work = settings, ports, work
    app.include_router(form.router)
    app.include_router(follow.router)
    app.add_exception_handler(AppError, _on_app_error)
    app.add_middleware(Guard, headers=SECURITY_HEADERS, origin=origin_of(settings.public_url))
    return app


def contact_route() -> Route:
    """Return the way from the address without a slash at its end, as people type it, to the one with."""

    async def with_slash(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{PATH}/{query}", 307)

    return Route(PATH, with_slash, methods=["GET"])


async def _on_app_error(request: Request, error: Exception) -> Response:
    """Say no more than a stranger with a link may know."""
    assert isinstance(error, AppError)  # noqa: S101 - registered for this kind only
    say = translator(wished_language(request))
    wait = error.facts.get("retry_after_s")
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), _OTHERWISE)
    texts = {
        404: (say("This page does not exist"), say("The link is incomplete, or it leads nowhere any more.")),
        409: (
            say("That is not possible any more"),
            say("Something changed. Open the page of your case again."),
        ),
    }
    title, text = texts.get(status, (say("This did not work"), say("Please go back and try again.")))
    if wait is not None:
        title, text = say("Too many tries"), say("Please wait a while and try again.")
    headers = {} if wait is None else {"Retry-After": str(wait)}
    answer = page(request, "problem.html", status=_TOO_MANY if wait is not None else status, title=title, text=text)
    answer.headers.update(headers)
    return answer
