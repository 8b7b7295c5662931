"""Is the process alive, and may it be sent requests? For load balancers and ``make run``; no data, no sign-in."""

import asyncio

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SECONDS = 2
"""A database that takes longer is not ready to serve anybody."""


def health_routes(engine: AsyncEngine) -> list[Route]:
    """Return ``/livez`` and ``/readyz``."""

    async def livez(_request: Request) -> Response:
        """Answer as long as the event loop turns; asks nothing of others, so that a restart cures what it finds."""
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        """Answer 200 while the database answers, else 503."""
        try:
            async with asyncio.timeout(SECONDS), engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError, TimeoutError):
            return JSONResponse({"status": "database_unreachable"}, status_code=503, headers={"Retry-After": "2"})
        return JSONResponse({"status": "ready"})

    return [Route("/livez", livez, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]
