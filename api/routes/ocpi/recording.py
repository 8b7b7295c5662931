"""The outermost layer of the face: ids for every request, one spelling of paths, and a record of every exchange.

Receivers fill in ``Seen`` as they come to know things. The record has no query, no secret of the path, and of bodies
only what ``domain/roaming/exchange.py`` keeps.
"""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.domain.roaming.exchange import LOOKED_AT, Direction, Exchange
from api.ports import Ports
from api.ports.traffic import Oddities

KEY = "ocpi_seen"
_HIDDEN = frozenset({"uid", "secret"})
_LOOKED_THROUGH = frozenset({"locations", "tariffs", "sessions", "cdrs"})
_ASKED = frozenset({"tokens"})
"""Modules that a partner asks us about; it pushes nothing of them."""
_REQUEST_ID, _CORRELATION_ID = b"x-request-id", b"x-correlation-id"
_LONGEST = 120
_SLASHES = re.compile("//+")
_NOTHING = object()


@dataclass
class Seen:
    """What is known of a request so far; ``headers``: the first of each name, in lower case."""

    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    path: str = "(no such path)"
    module: str | None = None
    partner_id: str | None = None
    names: Mapping[str, Any] = field(default_factory=dict)
    oddities: Oddities | None = None
    ocpi_status: int | None = None
    message: str | None = None
    body: bytes | None = None
    value: object = _NOTHING
    http_status: int | None = None
    answer: bytes | None = None

    def routed(self, template: str, names: Mapping[str, Any], module: str | None) -> None:
        """Note which path this is; the parts of it that open doors stay names."""
        shown = {name: f"{{{name}}}" if name in _HIDDEN else _plain(str(value)) for name, value in names.items()}
        self.path, self.module, self.names = template.format_map(shown), module, names

    @property
    def whole_object(self) -> bool:
        """Say whether the body is an object of its module and not a part of one, such as an EVSE."""
        return self.value is not _NOTHING and self.module in _LOOKED_THROUGH and "evse_uid" not in self.names


def seen_by(scope: Mapping[str, Any]) -> Seen:
    """Return what is known of the request of a scope."""
    seen = scope.get(KEY)
    return seen if isinstance(seen, Seen) else Seen()


class Recorded:
    """The application with ids, one spelling of paths, and a record of every exchange around it."""

    def __init__(self, app: ASGIApp, ports: Ports) -> None:
        """Take the application, and where to note what goes to and fro."""
        self._app, self._ports = app, ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a path with slashes at its end, or two in a row, as without them, and note what came of the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, at = time.perf_counter_ns(), self._ports.clock.now()
        headers = _with_ids(scope["headers"])
        seen = Seen({name.lower(): value for name, value in reversed(headers)})
        path = scope["path"].removesuffix("/")
        if "//" in path:
            path = _SLASHES.sub("/", path).removesuffix("/")

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.http_status = message["status"]
            elif seen.answer is None and len(message.get("body", b"")) <= LOOKED_AT:
                seen.answer = message.get("body")
            await send(message)

        try:
            await self._app({**scope, "path": path, "headers": headers, KEY: seen}, receive, noted)
        finally:
            lasted = (time.perf_counter_ns() - began) // 1_000_000
            self._note(_exchange(seen, at, _plain(scope["method"]), lasted), seen)

    def _note(self, exchange: Exchange, seen: Seen) -> None:
        """Hand the exchange over, and with it what a partner pushed."""
        traffic, partner_id, module = self._ports.traffic, seen.partner_id, seen.module
        traffic.exchanged(exchange)
        if partner_id is None or module is None or exchange.method in ("GET", "HEAD"):
            return
        if not exchange.failed:
            if module not in _ASKED:
                traffic.pushed(partner_id, module, exchange.at)
            if exchange.method != "PATCH" and seen.whole_object and seen.oddities is not None:
                traffic.received(partner_id, module, exchange.at, seen.value, seen.oddities)
        elif seen.ocpi_status == 2001:
            code, _, reason = (seen.message or "").partition(": ")
            traffic.odd(partner_id, module, code.replace("ocpi_", "") or "refused", exchange.at, reason)


def _with_ids(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers with ids made up where the caller gave none: every answer carries them."""
    given = {name.lower() for name, _ in headers}
    missing = [name for name in (_REQUEST_ID, _CORRELATION_ID) if name not in given]
    return [*headers, *((name, str(uuid.uuid4()).encode()) for name in missing)]


def _exchange(seen: Seen, at: datetime, method: str, duration_ms: int) -> Exchange:
    """Return what came of a request."""
    return Exchange(
        partner_id=seen.partner_id,
        at=at,
        direction=Direction.INBOUND,
        method=method,
        path=seen.path,
        module=seen.module,
        http_status=seen.http_status,
        ocpi_status=seen.ocpi_status,
        duration_ms=duration_ms,
        request_id=_plain(seen.headers[_REQUEST_ID].decode("latin-1")),
        correlation_id=_plain(seen.headers[_CORRELATION_ID].decode("latin-1")),
        request=seen.body if seen.body and len(seen.body) <= LOOKED_AT else None,
        response=seen.answer,
    )


def _plain(text: str) -> str:
    """Return a text of the caller that can break neither a line of a log nor a row of a table."""
    if len(text) <= _LONGEST and text.isprintable():
        return text
    shown = "".join(each if each.isprintable() else "?" for each in text[:_LONGEST])
    return shown.encode("utf-8", "replace").decode()
