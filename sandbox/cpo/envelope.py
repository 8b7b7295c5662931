"""What all OCPI answers share: the envelope, who is calling, the echoed ids, pages. OCPI 2.2.1 `transport_and_format`.

Handlers raise `OcpiProblem` and return `Answer`; `face` turns both into HTTP.
"""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.cpo.clock import from_iso, to_iso
from sandbox.cpo.model import Peer
from sandbox.cpo.outbox import from_bytes, to_bytes
from sandbox.cpo.world import World

Json = dict[str, Any]

SLOW_S = 5.0
_ECHOED = ("x-request-id", "x-correlation-id")


class OcpiProblem(Exception):
    """An OCPI status code other than success, with the HTTP status that carries it."""

    def __init__(self, status_code: int, message: str, http: int = 200) -> None:
        super().__init__(message)
        self.status_code, self.message, self.http = status_code, message, http


@dataclass(slots=True)
class Answer:
    """What a handler found; ``data`` of nothing leaves the envelope without data."""

    data: Any = None
    http: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One OCPI request: our world, what was asked, the caller's token, and the peer once it is registered."""

    world: World
    request: Request
    token: str
    peer: Peer | None

    @property
    def base(self) -> str:
        """The URL we are known by, without a trailing slash."""
        return base_url(self.world, self.request)

    def registered(self) -> Peer:
        """Return the peer; functional modules are only ever reached by one."""
        assert self.peer is not None, "a functional module was reached without registration"
        return self.peer


Handler = Callable[[Call], Awaitable[Answer]]


def face(handler: Handler, *, functional: bool = True) -> Callable[[Request], Awaitable[Response]]:
    """Make a Starlette endpoint of an OCPI handler; functional modules need a registered peer."""

    async def endpoint(request: Request) -> Response:
        world: World = request.app.state.world
        call: Call | None = None
        try:
            call = _call(world, request, functional=functional)
            slow = world.faults.seconds("slow", None, SLOW_S)
            if slow:
                await asyncio.sleep(slow)
            answer = await handler(call)
            body = _envelope(world, 1000, "Success", answer.data)
            http, extra = answer.http, answer.headers
        except OcpiProblem as problem:
            body = _envelope(world, problem.status_code, problem.message, None)
            http, extra = problem.http, {}
        extra |= {name: request.headers[name] for name in _ECHOED if name in request.headers}
        if functional and call is not None and call.peer is not None:
            extra |= _routing(world, call.peer)
        content = to_bytes(body)
        if isinstance(body.get("data"), list) and world.faults.take("truncated_json"):
            content = content[: len(content) // 2]
        return Response(content, http, extra, media_type="application/json")

    return endpoint


async def read_json(request: Request) -> Json:
    """Read the body as a JSON object, numbers exact. Raises `OcpiProblem` with HTTP 400 when it is none."""
    try:
        body = from_bytes(await request.body())
    except ValueError as error:
        raise OcpiProblem(2001, "the body is not JSON", 400) from error
    if not isinstance(body, dict):
        raise OcpiProblem(2001, "the body is not an object")
    return body


def require(body: Any, names: Iterable[str]) -> None:
    """Raise `OcpiProblem` 2001 unless ``body`` is an object with all of ``names``."""
    missing = [name for name in names if not isinstance(body, dict) or body.get(name) is None]
    if missing:
        raise OcpiProblem(2001, f"missing: {', '.join(missing)}")


def base_url(world: World, request: Request) -> str:
    """Return the URL we are known by, without a trailing slash."""
    return (world.config.public_url or str(request.base_url)).rstrip("/")


def page(call: Call, objects: list[Json]) -> Answer:
    """Answer one page of ``objects``, filtered by last_updated, with the paging headers."""
    world, request = call.world, call.request
    begin, end = _moment(request, "date_from"), _moment(request, "date_to")
    found = [
        item
        for item in objects
        if (begin is None or from_iso(item["last_updated"]) >= begin)
        and (end is None or from_iso(item["last_updated"]) < end)
    ]
    most = 1 if world.faults.take("paging_one_by_one") else world.config.page_limit
    offset, limit = _count(request, "offset", 0), min(_count(request, "limit", most), most)
    headers = {"X-Total-Count": str(len(found)), "X-Limit": str(most)}
    if limit and offset + limit < len(found):
        url = call.base + request.url.path
        query = request.url.include_query_params(offset=offset + limit, limit=limit).query
        headers["Link"] = f'<{url}?{query}>; rel="next"'
    return Answer(found[offset : offset + limit], headers=headers)


def _call(world: World, request: Request, *, functional: bool) -> Call:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "token":
        raise OcpiProblem(2001, "no token", 401)
    try:
        token = base64.b64decode(value.strip(), validate=True).decode().strip()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OcpiProblem(2001, "the token is not base64", 401) from error
    peer = world.peers.get(token)
    if peer is None and (functional or token not in world.registration_tokens):
        raise OcpiProblem(2001, "unknown token", 401)
    return Call(world, request, token, peer)


def _envelope(world: World, status_code: int, message: str, data: Any) -> Json:
    found: Json = {"status_code": status_code, "status_message": message, "timestamp": to_iso(round(world.now(), 3))}
    return found if data is None else found | {"data": data}


def _routing(world: World, peer: Peer) -> dict[str, str]:
    return {
        "OCPI-from-country-code": world.feed.country_code,
        "OCPI-from-party-id": world.feed.party_id,
        "OCPI-to-country-code": peer.country_code,
        "OCPI-to-party-id": peer.party_id,
    }


def _moment(request: Request, name: str) -> float | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return from_iso(text.replace(" ", "+"))
    except ValueError as error:
        raise OcpiProblem(2001, f"{name} is no date") from error


def _count(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isdecimal():
        raise OcpiProblem(2001, f"{name} is no number")
    return int(text)
