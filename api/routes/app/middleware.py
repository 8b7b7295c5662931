"""What happens to every request of the app API before a route sees it: its id, and the bounds of its body.

Plain ASGI, since Starlette's BaseHTTPMiddleware breaks streaming and costs a task per request.
"""

import asyncio
import re
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.domain.errors import AppError, Invalid
from api.routes.app.problems import answer_problem
from api.routes.app.rate_limits import allowance_headers

BODY_SECONDS = 10
"""How long a client may take to send a body."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)


class BodyTooLarge(Invalid):
    """The body is larger than any request of this API."""


class BodyTooSlow(Invalid):
    """The body did not arrive in time."""


def usable_request_id(given: str, new_id: Callable[[], str]) -> str:
    """Return the caller's own id of a request, or a new one where that cannot be used."""
    return given if _REQUEST_ID.fullmatch(given) else new_id()


class RequestIds:
    """Gives each request an id, the caller's own where it is usable, and returns it as ``X-Request-ID``.

    What the answer is to say of limits goes out by the same way.
    """

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], str]) -> None:
        """Wrap ``app``; ``new_id`` makes ids for callers that sent none."""
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its id in ``request.state.request_id``."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = usable_request_id(Headers(scope=scope).get("x-request-id", ""), self._new_id)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers.update(allowance_headers(scope))
            await send(message)

        await self._app(scope, receive, send_with_id)


class BodyBounds:
    """Reads the whole body first, at most ``limit`` bytes in ``BODY_SECONDS``; app requests are small."""

    def __init__(self, app: ASGIApp, *, limit: int, larger: Mapping[str, int] | None = None) -> None:
        """Wrap ``app``; ``limit`` is in bytes, ``larger`` has others by how the path of a request ends."""
        self._app = app
        self._limit = limit
        self._larger = dict(larger or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a body that is too large (413) or too slow (408), else replay it to the application."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self._app(scope, receive, send)
            return
        try:
            limit = next((most for end, most in self._larger.items() if scope["path"].endswith(end)), self._limit)
            body = await self._read(Headers(scope=scope), receive, limit)
        except AppError as error:
            await answer_problem(error, scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _replay(body, receive), send)

    async def _read(self, headers: Headers, receive: Receive, limit: int) -> bytes | None:
        """Return the body, or None when the client left."""
        announced = headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > limit:
            raise BodyTooLarge("body_too_large", limit_bytes=limit)
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > limit:
                        raise BodyTooLarge("body_too_large", limit_bytes=limit)
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError as error:
            raise BodyTooSlow("body_too_slow", limit_seconds=BODY_SECONDS) from error


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that gives the body once and then what really comes."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
