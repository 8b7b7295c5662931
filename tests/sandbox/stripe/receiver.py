"""A webhook receiver for the tests: keeps what arrives and answers as told."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PATIENCE_SECONDS = 5.0


@dataclass
class Receiver:
    """What arrived, in order of arrival; ``refuse`` first requests are answered with 500."""

    refuse: int = 0
    requests: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        """The ASGI application; it accepts on every path."""
        return Starlette(routes=[Route("/{path:path}", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        self.requests.append((body, request.headers["stripe-signature"]))
        if self.refuse > 0:
            self.refuse -= 1
            return Response(status_code=500)
        return Response(status_code=200)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that arrived, decoded."""
        return [json.loads(body) for body, _ in self.requests]

    @property
    def types(self) -> list[str]:
        """Their types."""
        return [event["type"] for event in self.events]

    async def wait_for(self, count: int) -> None:
        """Wait until ``count`` requests arrived; raises ``TimeoutError`` after a few seconds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            # The receiver runs in another thread, where an asyncio.Event cannot be set.
            while len(self.requests) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
