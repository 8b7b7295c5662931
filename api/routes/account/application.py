"""Putting the pages of accounts together."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.db import UnitOfWork
from api.domain.errors import AppError
from api.ports import Ports
from api.routes.account import pages
from api.routes.account.render import refusal_page
from api.settings import Settings


def create_account_pages(*, settings: Settings, ports: Ports, work: UnitOfWork) -> FastAPI:
    """Return the pages, to be mounted at ``/account``."""
    app = FastAPI(title="Chargehand accounts", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.settings, app.state.ports, app.state.work = settings, ports, work
    app.include_router(pages.router)
    app.add_exception_handler(AppError, _on_app_error)
    return app


async def _on_app_error(request: Request, error: Exception) -> Response:
    """Say calmly why it did not work."""
    assert isinstance(error, AppError)  # noqa: S101 - registered for this kind only
    return refusal_page(error, our_name=request.app.state.ports.policy.our_name, spoken=request.headers)
