"""A small partner on loopback for these tests: it answers what it is told and remembers what it got."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.domain.ids import PartyId
from api.domain.roaming.partner import Endpoint, InterfaceRole, Peer
from clients.ocpi.exact_json import dump
from clients.ocpi.transport import Limits, Transport
from clients.ocpi.url_guard import UrlGuard
from tests.serving import serve

FAST = Limits(connect_seconds=1, read_seconds=1, total_seconds=3, retry_pauses_seconds=(0, 0))


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


Answering = Callable[[Seen], Response]


@dataclass
class Partner:
    """A partner whose answer is a function of the request."""

    answer: Answering
    seen: list[Seen] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: Request) -> Response:
        """Remember the request and answer it."""
        seen = Seen(request.method, request.url.path, request.url.query, dict(request.headers), await request.body())
        self.seen.append(seen)
        return self.answer(seen)

    def peer(self, *, raw_token_header: bool = False, modules: tuple[str, ...] = ()) -> Peer:
        """Return this partner as a peer that offers the given modules (all we use by default)."""
        senders = modules or ("locations", "tariffs", "sessions", "cdrs")
        endpoints = [Endpoint(module, InterfaceRole.SENDER, f"{self.url}/{module}") for module in senders]
        endpoints.append(Endpoint("commands", InterfaceRole.RECEIVER, f"{self.url}/commands/"))
        return Peer(
            partner_id="prt_1",
            version="2.2.1",
            their_token="their-secret",
            endpoints=tuple(endpoints),
            our_party=PartyId("NL", "CHH"),
            their_party=PartyId("NL", "WPX"),
            raw_token_header=raw_token_header,
        )


@contextmanager
def partner(answer: Answering) -> Iterator[Partner]:
    """Serve a partner over real HTTP on loopback."""
    served = Partner(answer)
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    with serve(Starlette(routes=[Route("/{path:path}", served.handle, methods=methods)])) as url:
        served.url = url
        yield served


def enveloped(data: object = None, *, status: int = 200, code: int = 1000, link: str | None = None) -> Response:
    """Return an OCPI answer."""
    body = dump({"data": data, "status_code": code, "timestamp": "2025-03-03T17:05:00Z"})
    headers = {"Link": f'<{link}>; rel="next"', "X-Total-Count": "1", "X-Limit": "50"} if link else {}
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def a_transport(limits: Limits = FAST) -> Transport:
    """Return a transport that may call loopback, tires quickly, and counts its ids."""
    count = iter(range(1, 1_000_000))
    return Transport(new_id=lambda: f"id-{next(count)}", guard=UrlGuard(allow_loopback=True), limits=limits)
