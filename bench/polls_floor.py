"""What watching is measured against: a bare ASGI answer that something is as it was, or a bare stream."""

from starlette.types import Receive, Scope, Send

_HEADERS = [(b"etag", b'W/"chs_0-1"'), (b"cache-control", b"private, no-cache"), (b"poll-after-s", b"10")]
_EVENT = b"id: 1\r\nevent: charging_session\r\ndata: " + b"x" * 1600 + b"\r\n\r\n"


async def unchanged(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 304 to anything at once, but keep streams open after one event."""
    if scope["type"] != "http":
        return
    if scope["path"].endswith("/events"):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": _EVENT, "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    await receive()
    await send({"type": "http.response.start", "status": 304, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b""})
