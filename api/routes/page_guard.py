"""Around every page: security headers, and no changes on the word of another site (CSRF).

The check of the origin is one of two locks: on the pages of guests the signed link in the address says what may be
done, on those of staff the token in each form (``routes/console/signed_in.py``).
"""

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware of the face."""

    def __init__(self, app: ASGIApp, *, headers: Mapping[str, str], origin: str) -> None:
        """Guard ``app``, whose pages are served from ``origin``."""
        self._app, self._headers, self._origin = app, headers, origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless another site sent it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] not in _CHANGES_NOTHING and self._foreign(Headers(scope=scope)):
            document = {"title": "Another site sent this.", "status": 403, "code": "foreign-origin"}
            refusal = JSONResponse(document, 403, media_type="application/problem+json")
            await refusal(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)

    def _foreign(self, headers: Headers) -> bool:
        """Say whether a browser tells that another site is behind a request; apps tell nothing."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site not in {"same-origin", "none"}
        return origin is not None and origin not in {self._origin, f"http://{headers.get('host')}"}


def caller_of(request: Request) -> str:
    """Return who asks, as far as the network tells: for counting tries."""
    return request.client.host if request.client else "nobody"
