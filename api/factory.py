"""The web application: mounts the faces and starts the listener for changes, nothing else."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.changes import Changes
from api.db import UnitOfWork
from api.ports import Ports
from api.routes.app.application import create_app_api
from api.routes.health import health_routes
from api.routes.links import link_routes
from api.routes.ocpi import create_ocpi_app
from api.routes.pay import create_pay_app
from api.routes.webhooks.stripe import stripe_route
from api.services.roaming.traffic import flushing
from api.settings import Settings


def create_app(settings: Settings, ports: Ports, engine: AsyncEngine) -> FastAPI:
    """Return the application over these settings, ports and engine; its lifespan disposes of the engine at the end."""
    work, changes = UnitOfWork(engine), Changes(engine)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await changes.start()
        async with flushing(work=work, traffic=ports.traffic):
            yield
        await changes.stop()
        await engine.dispose()

    app = FastAPI(title="Chargehand", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.settings, app.state.ports, app.state.work, app.state.changes = settings, ports, work, changes
    app.router.routes.extend(health_routes(engine))
    app.router.routes.extend(link_routes(settings=settings, work=work))
    limit = settings.webhook_body_limit
    app.router.routes.append(stripe_route("/webhooks/stripe", ports=ports, work=work, limit=limit))
    app.mount("/v1", create_app_api(settings=settings, ports=ports, work=work, changes=changes))
    app.mount("/pay", create_pay_app(settings=settings, ports=ports, work=work))
    app.mount("/ocpi", create_ocpi_app(settings, ports, work))
    return app
