"""Request bodies: read within a limit, parsed exactly, never nested beyond what any OCPI object needs."""

import asyncio
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request

from api.routes.ocpi.envelope import BodyTooLarge, BodyTooSlow
from api.routes.ocpi.recording import seen_by
from clients.ocpi.dialect import NotJson
from clients.ocpi.exact_json import parse

_KEPT = "ocpi_body"
MAX_DEPTH = 64
"""A tariff inside a CDR is nine levels deep."""
PATIENCE_SECONDS = 20.0
"""How long a body may take to arrive: one that trickles would hold its partner's place for ever."""


class Body(NamedTuple):
    """A JSON body: the decoded value and the text it came as."""

    value: object
    text: str


async def read_json(request: Request, limit: int) -> Body:
    """Return the body, also a second time; raises BodyTooLarge above ``limit`` bytes, NotJson for no sound JSON.

    What was too large or too slow is so the second time too: the rest of a body must not pass for all of it.
    """
    if _KEPT not in request.scope:
        try:
            request.scope[_KEPT] = await read_bytes(request, limit)
        except (BodyTooLarge, BodyTooSlow) as refused:
            request.scope[_KEPT] = refused
            raise
    received = request.scope[_KEPT]
    if not isinstance(received, bytes):
        raise received
    value = parse(received)
    if received.count(b"[") + received.count(b"{") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise NotJson("body: nested too deeply")
    seen_by(request.scope).value = value
    return Body(value, received.decode("utf-8-sig"))


async def read_bytes(request: Request, limit: int) -> bytes:
    """Return the raw body; raises BodyTooLarge as soon as it is known to be above ``limit`` bytes, and BodyTooSlow."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise BodyTooLarge("body_too_large", limit_bytes=limit)
    received = bytearray()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            more = True
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                received += message.get("body", b"")
                more = message.get("more_body", False)
                if len(received) > limit:
                    raise BodyTooLarge("body_too_large", limit_bytes=limit)
    except TimeoutError:
        raise BodyTooSlow("body_too_slow") from None
    seen = seen_by(request.scope)
    seen.body = bytes(received)
    return seen.body


def _is_deeper(value: object, depth: int) -> bool:
    """Say whether JSON is nested deeper than ``depth``; goes level by level, so it cannot run out of stack itself."""
    level = [value]
    for _ in range(depth):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: object) -> list[object]:
    """Return the values directly inside an object or a list that are such themselves, and nothing of a plain value."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in inside if isinstance(child, dict | list)]
