"""A client that reads a streaming answer while it is still being sent, which httpx's ASGI transport cannot."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.types import ASGIApp


class Stream:
    """A running answer: its status and its parts as they come."""

    def __init__(self) -> None:
        """Wait for the first message."""
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.left = asyncio.Event()

    async def status(self) -> int:
        """Return the status once it is there."""
        message = await asyncio.wait_for(self.messages.get(), 5)
        assert message["type"] == "http.response.start"
        return int(message["status"])

    async def event(self) -> dict[str, str] | None:
        """Return the next server-sent event as its fields, or None at the end of the stream; pings are passed over."""
        while True:
            message = await asyncio.wait_for(self.messages.get(), 5)
            lines = message.get("body", b"").decode().splitlines()
            fields = dict(line.split(": ", 1) for line in lines if line and not line.startswith(":"))
            if fields:
                return fields
            if not message.get("more_body", False):
                return None


@asynccontextmanager
async def streaming(app: ASGIApp, path: str, headers: Mapping[str, str]) -> AsyncIterator[Stream]:
    """Ask for ``path`` and leave it streaming until the block ends."""
    stream = Stream()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("app.test", 80),
    }
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await stream.left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        await stream.messages.put(dict(message))

    task = asyncio.ensure_future(app(scope, receive, send))
    try:
        yield stream
    finally:
        stream.left.set()
        with suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(task, 5)
