"""The poll that changes nothing, answered from memory: no route, no database (DC2).

Plain ASGI in front of the routes. It answers only when the access token is good, the process has certain news of the
charge (``api/changes.py``) and the app already has that version; everything else goes on to the routes.
"""

import re
from collections.abc import Callable
from datetime import datetime

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access_tokens import AccessTokens
from api.changes import Changes, Seen
from api.routes.app.etags import matches, not_modified

_POLL = re.compile(r"/charging-sessions/([A-Za-z0-9_-]{1,64})", re.ASCII)
ACTIVE = "active"


class PollShortcut:
    """Answers 304 to polls that are certainly up to date."""

    def __init__(
        self, app: ASGIApp, *, changes: Changes, access_tokens: AccessTokens, now: Callable[[], datetime]
    ) -> None:
        """Wrap ``app``."""
        self._app = app
        self._changes = changes
        self._access_tokens = access_tokens
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass the request on."""
        seen = self._known(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if seen is None:
            await self._app(scope, receive, send)
        else:
            await not_modified(seen.etag, seen.poll_after_s)(scope, receive, send)

    def _known(self, scope: Scope) -> Seen | None:
        """Return what is remembered of the polled charge, if that settles the request."""
        path = _POLL.fullmatch(scope["path"].removeprefix(scope.get("root_path", "")))
        if path is None or scope["query_string"]:
            return None
        headers = Headers(scope=scope)
        if_none_match = headers.get("if-none-match")
        if if_none_match is None:
            return None
        driver_id = self._access_tokens.driver_of(headers.get("authorization", ""), now=self._now())
        if driver_id is None:
            return None
        seen = self._changes.recall(driver_id if path[1] == ACTIVE else path[1])
        if seen is None or seen.driver_id != driver_id or not matches(if_none_match, seen.etag):
            return None
        return seen
