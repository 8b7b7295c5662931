"""The virtual CPO as a Starlette application: routes, and the loop of virtual time that runs while it is up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.cpo import control, modules
from sandbox.cpo.world import CpoConfig, World

__all__ = ["CpoConfig", "create_app"]


class _NoTrailingSlash:
    """Serve ``/x/`` as ``/x``, for every method and without a redirect."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its bare path."""
        if scope["type"] == "http" and scope["path"] != "/":
            scope = dict(scope) | {"path": scope["path"].rstrip("/")}
        await self._app(scope, receive, send)


def create_app(config: CpoConfig) -> Starlette:
    """Build one virtual CPO; its state is ``app.state.world``, a `World`."""
    world = World(config)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        loop = asyncio.create_task(world.run())
        try:
            yield
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)
            await world.outbox.close()

    app = Starlette(routes=[*modules.ROUTES, *control.ROUTES], lifespan=lifespan)
    app.add_middleware(_NoTrailingSlash)
    app.state.world = world
    return app
