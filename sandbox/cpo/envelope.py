"""What all OCPI answers share: the envelope, who is calling, the echoed ids, pages. OCPI 2.2.1 `transport_and_format`.

Handlers raise `OcpiProblem` and return `Answer`; `face` turns both into HTTP.
"""

import asyncio
import base64
import binascii
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.cpo.clock import to_iso
from sandbox.cpo.disguise import disguised
from sandbox.cpo.model import Peer
from sandbox.cpo.outbox import from_bytes, to_bytes
from sandbox.cpo.wires import Wire, wire_of
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
    def version(self) -> str | None:
        """The version that the URL names, if it names one."""
        return self.request.path_params.get("version")

    @property
    def wire(self) -> Wire:
        """The shapes of the version that the URL names."""
        assert self.version is not None, "this URL belongs to no version"
        return wire_of(self.version)

    @property
    def base(self) -> str:
        """The URL we are known by, without a trailing slash."""
        return base_url(self.world, self.request)

    def addressed(self) -> tuple[str, str] | None:
        """Return the operator behind our hub that the request is for, nothing when it is for all or for us.

        Raises `OcpiProblem` 4001 for one that nobody knows and 4003 for one that is not connected.
        """
        hub = self.world.hub
        headers = self.request.headers
        party = headers.get("ocpi-to-country-code", ""), headers.get("ocpi-to-party-id", "")
        if hub is None or party in (("", ""), self.world.party):
            return None
        if party not in hub.clients:
            raise OcpiProblem(4001, "nobody here is called " + "-".join(party))
        if hub.clients[party].status != "CONNECTED":
            raise OcpiProblem(4003, "-".join(party) + " is not connected")
        return party

    def registered(self) -> Peer:
        """Return the peer; functional modules are only ever reached by one."""
        assert self.peer is not None, "a functional module was reached without registration"
        return self.peer


Handler = Callable[[Call], Awaitable[Answer]]


def face(handler: Handler, *, functional: bool = True, routed: bool = True) -> Callable[[Request], Awaitable[Response]]:
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
        if functional and routed and call is not None and call.wire.ROUTED:
            extra |= _routing(call)
        content = to_bytes(disguised(world.faults, body))
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


def _call(world: World, request: Request, *, functional: bool) -> Call:
    version = request.path_params.get("version")
    if version is not None and version not in world.versions:
        raise OcpiProblem(2000, f"no version {version} here", 404)
    tokens = _tokens(world, request, version)
    token = next((token for token in tokens if token in world.peers), None)
    if token is not None:
        return Call(world, request, token, world.peers[token])
    token = next((token for token in tokens if token in world.registration_tokens), None)
    if token is None or functional:
        raise OcpiProblem(2001, "unknown token", 401)
    return Call(world, request, token, None)


def _tokens(world: World, request: Request, version: str | None) -> list[str]:
    """Return what the caller's token may be: as it stands before 2.2, out of base64 since; both without a version."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "token":
        raise OcpiProblem(2001, "no token", 401)
    value = value.strip()
    found = [value] if version is None or not wire_of(version).ENCODED or world.faults.is_on("raw_token") else []
    with contextlib.suppress(binascii.Error, UnicodeDecodeError):  # not base64: meant as it stands
        found.append(base64.b64decode(value, validate=True).decode().strip())
    return found


def _envelope(world: World, status_code: int, message: str, data: Any) -> Json:
    found: Json = {"status_code": status_code, "status_message": message, "timestamp": to_iso(round(world.now(), 3))}
    return found if data is None else found | {"data": data}


def _routing(call: Call) -> dict[str, str]:
    """Routing headers of an answer: those of the request, swapped."""
    headers, peer = call.request.headers, call.registered()
    ours, theirs = call.world.party, (peer.country_code, peer.party_id)
    if call.world.hub is not None and "ocpi-to-party-id" in headers:
        ours = headers.get("ocpi-to-country-code", ""), headers["ocpi-to-party-id"]
    return {
        "OCPI-from-country-code": ours[0],
        "OCPI-from-party-id": ours[1],
        "OCPI-to-country-code": headers.get("ocpi-from-country-code", theirs[0]),
        "OCPI-to-party-id": headers.get("ocpi-from-party-id", theirs[1]),
    }
