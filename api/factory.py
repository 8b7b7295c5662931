"""The web application: mounts the faces and starts the listener for changes, nothing else."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp, Receive, Scope, Send

from api.changes import Changes
from api.db import UnitOfWork
from api.ports import Ports
from api.routes.account import create_account_pages
from api.routes.app.application import create_app_api, watching
from api.routes.app.problem_pages import problem_routes
from api.routes.app.watch_shortcut import PREFIX
from api.routes.console import create_console
from api.routes.contact import contact_route, create_contact_pages
from api.routes.health import health_routes
from api.routes.help import create_help_pages
from api.routes.links import link_routes, story_routes
from api.routes.ocpi import create_ocpi_app
from api.routes.pay import create_pay_app
from api.routes.status import ping_of, status_routes
from api.routes.webhooks.stripe import stripe_route
from api.services.roaming.traffic import flushing
from api.services.status.board import StatusBoard
from api.services.status.keeper import keeping
from api.settings import Settings

PARTNERS = "/ocpi"


class Application(FastAPI):
    """The whole service; what is hot passes by its own layers, which would do nothing for it but take time."""

    partners: ASGIApp
    watching: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a call to the face of partners as its mount would, anything else to the layers and the table.

        Those who watch charges come before these.
        """
        plain = scope["type"] == "http" and not scope["root_path"]
        if plain and scope["path"].startswith(f"{PARTNERS}/"):
            await self.partners({**scope, "app": self, "root_path": PARTNERS}, receive, send)
        elif plain and scope["path"].startswith(PREFIX):
            await self.watching(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, ports: Ports, engine: AsyncEngine) -> FastAPI:
    """Return the application over these settings, ports and engine; its lifespan disposes of the engine at the end."""
    work, changes = UnitOfWork(engine), Changes(engine)
    board = StatusBoard(ports, ping_of(engine))

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await changes.start()
        async with flushing(work=work, traffic=ports.traffic), keeping(board, work=work):
            yield
        await changes.stop()
        await engine.dispose()

    app = Application(title="Chargehand", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.settings, app.state.ports, app.state.work, app.state.changes = settings, ports, work, changes
    app.router.routes.extend(health_routes(engine))
    app.router.routes.extend(status_routes(board))
    app.router.routes.extend(problem_routes())
    app.router.routes.extend(link_routes(settings=settings, work=work))
    app.router.routes.extend(story_routes(ports=ports, work=work))
    limit = settings.webhook_body_limit
    app.router.routes.append(stripe_route("/webhooks/stripe", ports=ports, work=work, limit=limit))
    app_api = create_app_api(settings=settings, ports=ports, work=work, changes=changes)
    app_api.state.board = board
    app.watching = watching(super(Application, app).__call__, app_api)
    app.mount("/v1", app_api)
    app.router.routes.append(contact_route())
    app.mount("/help/contact", create_contact_pages(settings=settings, ports=ports, work=work))
    app.mount("/account", create_account_pages(settings=settings, ports=ports, work=work))
    app.mount("/help", create_help_pages(settings=settings, ports=ports, work=work))
    app.mount("/pay", create_pay_app(settings=settings, ports=ports, work=work))
    app.mount("/console", create_console(settings=settings, ports=ports, work=work))
    app.partners = create_ocpi_app(settings, ports, work)
    app.mount(PARTNERS, app.partners)
    return app
