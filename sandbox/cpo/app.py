"""The virtual CPO as a Starlette application: routes, and the loop of virtual time that runs while it is up."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.cpo import control, modules
from sandbox.cpo.envelope import OcpiProblem
from sandbox.cpo.register import register_at
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


async def _register(world: World, versions_url: str, token: str) -> None:
    """Register as the command line asked, and say how it went."""
    try:
        peer = await register_at(world, (world.config.public_url or "").rstrip("/"), versions_url, token)
    except OcpiProblem as problem:
        sys.stdout.write(f"not registered: {problem.status_code} {problem.message}\n")
    else:
        sys.stdout.write(f"registered at {peer.country_code}-{peer.party_id}, OCPI {peer.version}\n")
    sys.stdout.flush()


def create_app(config: CpoConfig) -> Starlette:
    """Build one virtual CPO; its state is ``app.state.world``, a `World`."""
    world = World(config)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(world.run())]
        if config.register_at is not None:
            tasks.append(asyncio.create_task(_register(world, *config.register_at)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await world.outbox.close()

    app = Starlette(routes=[*modules.ROUTES, *control.ROUTES], lifespan=lifespan)
    app.add_middleware(_NoTrailingSlash)
    app.state.world = world
    return app
