"""Watching a charge past the framework: polls, whether anything changed or not, and live streams (DC2, B4, B5).

In front of all layers, each of which would take longer than the answer and keep memory for as long as a stream lasts.
It answers only what is plainly right: a good access token, no query, a charge that there is. Polls that are certainly
up to date need no database, nor do those whose news somebody else was told already. Everything else is left to the
routes, which know all answers. A test holds the two together.
"""

import re
from collections.abc import Callable
from datetime import datetime
from sys import intern
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access_tokens import AccessToken, AccessTokens
from api.changes import Changes, Seen
from api.domain.errors import AppError
from api.ports.clock import Clock
from api.routes.app.charge_answers import Answer, ChargeAnswers
from api.routes.app.charging_stream import Following
from api.routes.app.compression import Compression
from api.routes.app.etags import matches, poll_headers
from api.routes.app.live_streams import LiveStreams
from api.routes.app.middleware import usable_request_id
from api.services.work import StatementFailed

PREFIX = "/v1/charging-sessions/"
ACTIVE = "active"
_PATH = re.compile(PREFIX + r"([a-z]{2,4}_[A-Za-z0-9_-]{1,255}|active)(/events)?", re.ASCII)
_HEADERS = frozenset(
    {b"accept-encoding", b"accept-language", b"authorization", b"if-none-match", b"last-event-id", b"x-request-id"}
)
"""What is looked at of a request; a header that came twice is left to the routes."""
_LONGEST_LANGUAGE = 200
_FAILED = (AppError, StatementFailed, SQLAlchemyError, OSError)


class _Asked(NamedTuple):
    charge: str
    """Its id, or ``active``."""
    live: bool
    token: AccessToken
    headers: dict[bytes, str]

    @property
    def accept_language(self) -> str | None:
        return self.headers.get(b"accept-language")


class WatchShortcut:
    """Answers those who watch."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        answers: ChargeAnswers,
        streams: LiveStreams,
        changes: Changes,
        access_tokens: AccessTokens,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        """Wrap ``app``; ``new_id`` makes ids for requests that have none."""
        self._app = app
        self._answers, self._streams, self._changes = answers, streams, changes
        self._access_tokens, self._clock, self._new_id = access_tokens, clock, new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        now = self._clock.now()
        asked = self._asked(scope, now)
        if asked is None:
            await self._app(scope, receive, send)
        elif asked.live:
            await self._follow(asked, scope, receive, send)
        else:
            await self._poll(asked, now, scope, receive, send)

    def _asked(self, scope: Scope, now: datetime) -> _Asked | None:
        """Return what is asked for, if it is plain."""
        path = _PATH.fullmatch(scope["path"]) if scope["method"] == "GET" and not scope["query_string"] else None
        if path is None or (path[1] == ACTIVE and path[2]):
            return None
        headers: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            if name in _HEADERS:
                if name in headers:
                    return None
                headers[name] = value.decode("latin-1")
        token = self._access_tokens.token_of(headers.get(b"authorization", ""), now=now)
        if token is None or len(headers.get(b"accept-language", "")) > _LONGEST_LANGUAGE:
            return None
        return _Asked(path[1], bool(path[2]), token, headers)

    async def _poll(self, asked: _Asked, now: datetime, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a poll from memory, or with what is read now."""
        driver_id, if_none_match = asked.token.driver_id, asked.headers.get(b"if-none-match")
        seen = self._changes.recall(driver_id if asked.charge == ACTIVE else asked.charge) if if_none_match else None
        answer: Answer | None = None
        if seen is not None and if_none_match is not None and seen.driver_id == driver_id:
            if matches(if_none_match, seen.etag):
                await self._send(asked, send, 304, seen)
                return
            answer = self._answers.news_for(seen, asked.charge, if_none_match, now, asked.accept_language)
        if answer is None and asked.charge != ACTIVE:
            answer = await self._read(asked)
        if answer is None:
            await self._app(scope, receive, send)
        elif matches(if_none_match, answer.etag):
            await self._send(asked, send, 304, answer)
        elif b"accept-encoding" not in asked.headers:
            await self._send(asked, send, 200, answer, answer.body(self._clock.now()))
        else:
            response = answer.response(self._clock.now())
            response.headers["X-Request-ID"] = self._request_id(asked)
            await Compression(response)(scope, receive, send)

    async def _read(self, asked: _Asked) -> Answer | None:
        """Read the charge; None: the route is to say what is wrong."""
        now = self._clock.now()
        try:
            return await self._answers.read(asked.token.driver_id, asked.charge, now, asked.accept_language)
        except _FAILED:
            return None

    async def _follow(self, asked: _Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a stream and keep it."""
        language = None if asked.accept_language is None else intern(asked.accept_language)
        following = Following(self._answers, self._streams, self._clock, asked.token, language)
        try:
            response = await following.open(asked.charge, asked.headers.get(b"last-event-id"))
            response.raw_headers.append((b"x-request-id", self._request_id(asked).encode()))
            del asked
            await response(scope, receive, send)
        except _FAILED:
            await self._app(scope, receive, send)

    async def _send(
        self, asked: _Asked, send: Send, status: int, known: Seen | Answer, body: bytes | None = None
    ) -> None:
        headers = [(name.lower(), value) for name, value in poll_headers(known.etag, known.poll_after_s).items()]
        headers.append(("x-request-id", self._request_id(asked)))
        if body is not None:
            headers += [("content-type", "application/json"), ("content-length", str(len(body)))]
        raw = [(name.encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body or b""})

    def _request_id(self, asked: _Asked) -> str:
        return usable_request_id(asked.headers.get(b"x-request-id", ""), self._new_id)
