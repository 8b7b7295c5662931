"""What polls are measured against: a bare ASGI answer that something is as it was."""

from starlette.types import Receive, Scope, Send

_HEADERS = [(b"etag", b'W/"chs_0-1"'), (b"cache-control", b"private, no-cache"), (b"poll-after-s", b"10")]


async def unchanged(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 304 to anything at once."""
    if scope["type"] != "http":
        return
    await receive()
    await send({"type": "http.response.start", "status": 304, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b""})
