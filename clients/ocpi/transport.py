"""Calls to partners over HTTP: who we are, ids, time-outs, retries of reads, and limits (2.2.1 chapter 4).

Lives here: one call. Does not X
"""

import asyncio
import base64
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

import httpx

from api.domain.ids import PartyId
from api.domain.roaming.partner import Endpoint, Peer
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.ports.traffic import Traffic
from clients.ocpi.body import read_body
from clients.ocpi.envelope import Answer, read_envelope
from clients.ocpi.exact_json import dump
from clients.ocpi.hosts import Hosts
from clients.ocpi.recording import Recording
from clients.ocpi.respelled import respelled
from clients.ocpi.url_guard import GuardedTransport, Resolve, UrlGuard, resolve

for _talkative in ("httpx", "httpcore"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)  # they would log whole addresses: uids, keys in queries

_GATEWAY_GAVE_UP = frozenset({502, 503, 504})
"""Answers of something in front of the partner: the partner itself did not answer, so whether it acted is unknown."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much: seconds, bytes, tries. ``total_seconds`` bounds a call that trickles."""

    connect_seconds: float = 3
    read_seconds: float = 10
    total_seconds: float = 60
    body_bytes: int = 20 * 1024 * 1024
    retry_pauses_seconds: tuple[float, ...] = (0.2, 0.6)
    connections: int = 20


@dataclass(frozen=True, slots=True)
class Caller:
    """As whom a call is made: the peer's token and how it wants to see it, and the parties for routing."""

    token: str
    raw_token_header: bool = False
    sender: PartyId | None = None
    receiver: PartyId | None = None
    partner_id: str | None = None
    endpoints: tuple[Endpoint, ...] = ()
    """What the peer offers: in the record of an exchange nothing is shown of what stands below an endpoint."""

    @classmethod
    def plain(cls, peer: Peer) -> "Caller":
        """Return how a peer's versions and credentials are called: without routing headers."""
        return cls(peer.their_token, peer.raw_token_header, partner_id=peer.partner_id, endpoints=peer.endpoints)

    @classmethod
    def of(cls, peer: Peer) -> "Caller":
        """Return how a peer's functional modules are called: with routing headers, which 2.1.1 does not know."""
        if peer.version == "2.1.1":
            return cls.plain(peer)
        return replace(cls.plain(peer), sender=peer.our_party, receiver=peer.their_party)

    def headers(self) -> dict[str, str]:
        """Return the authorization header, and routing headers when the parties are given."""
        shown = self.token if self.raw_token_header else base64.b64encode(self.token.encode()).decode()
        headers = {"Authorization": f"Token {shown}"}
        if self.sender:
            headers["OCPI-from-country-code"] = self.sender.country_code
            headers["OCPI-from-party-id"] = self.sender.party_id
        if self.receiver:
            headers["OCPI-to-country-code"] = self.receiver.country_code
            headers["OCPI-to-party-id"] = self.receiver.party_id
        return headers


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with the HTTP headers that paging needs."""

    answer: Answer
    headers: httpx.Headers


@dataclass
class Transport:
    """Sends calls; keeps a connection pool per partner host called lately. Close it with ``aclose``."""

    new_id: Callable[[], str]
    """Makes X-Request-ID and X-Correlation-ID: unique, at most 36 characters."""
    guard: UrlGuard = field(default_factory=UrlGuard)
    limits: Limits = field(default_factory=Limits)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    resolve: Resolve = resolve
    traffic: Traffic | None = None
    """Takes note of every exchange."""
    _hosts: Hosts = field(init=False)
    _certificates: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        """Begin without any connection."""
        self._hosts = Hosts(self._new_client)

    async def get(
        self, url: str, caller: Caller, *, params: Mapping[str, str] | None = None, sliced: bool = False
    ) -> Reply:
        """GET with extra tries when the partner cannot be reached; raises PartnerUnreachable, PartnerAnsweredBadly.

        ``sliced`` leaves the objects of a list as the JSON they came as (``envelope.py``).
        """
        target = self.guard.check(url)
        if params:
            target = target.copy_merge_params(params)
        correlation_id = self.new_id()
        for pause in self.limits.retry_pauses_seconds:
            try:
                return await self._send("GET", target, caller, correlation_id, sliced=sliced)
            except PartnerUnreachable:
                await self.sleep(pause)
        return await self._send("GET", target, caller, correlation_id, sliced=sliced)

    async def post(self, url: str, caller: Caller, message: Mapping[str, object]) -> Reply:
        """POST once; raises PartnerUnreachable (whether the partner acted is unknown), PartnerAnsweredBadly."""
        return await self._send("POST", self.guard.check(url), caller, self.new_id(), dump(message).encode())

    async def put(self, url: str, caller: Caller, message: Mapping[str, object]) -> Reply:
        """PUT once; raises PartnerUnreachable (whether the partner acted is unknown), PartnerAnsweredBadly."""
        return await self._send("PUT", self.guard.check(url), caller, self.new_id(), dump(message).encode())

    async def patch(self, url: str, caller: Caller, message: Mapping[str, object]) -> Reply:
        """PATCH once; raises PartnerUnreachable (whether the partner acted is unknown), PartnerAnsweredBadly."""
        return await self._send("PATCH", self.guard.check(url), caller, self.new_id(), dump(message).encode())

    async def delete(self, url: str, caller: Caller) -> Reply:
        """DELETE once; raises PartnerUnreachable (whether the partner acted is unknown), PartnerAnsweredBadly."""
        return await self._send("DELETE", self.guard.check(url), caller, self.new_id())

    async def aclose(self) -> None:
        """Close every connection."""
        await self._hosts.aclose()

    async def _send(
        self,
        method: str,
        url: httpx.URL,
        caller: Caller,
        correlation_id: str,
        content: bytes | None = None,
        *,
        sliced: bool = False,
    ) -> Reply:
        headers = caller.headers() | {"X-Request-ID": self.new_id(), "X-Correlation-ID": correlation_id}
        if content is not None:
            headers["Content-Type"] = "application/json"
        recording = Recording(method, url, caller.partner_id, caller.endpoints, headers, content)
        try:
            async with asyncio.timeout(self.limits.total_seconds):
                response = await self._ask(recording, url, headers)
                if (other := respelled(method, url, response)) is not None:
                    headers["X-Request-ID"] = self.new_id()
                    response = await self._ask(recording, other, headers)
            if response.status_code in _GATEWAY_GAVE_UP:
                raise _unreachable(url, "gateway", response.status_code)
            body = recording.response or b""
            return Reply(read_envelope(body, http_status=response.status_code, sliced=sliced), response.headers)
        except (httpx.TransportError, TimeoutError) as error:
            recording.problem = type(error).__name__
            raise _unreachable(url, recording.problem, None) from error
        except (PartnerAnsweredBadly, PartnerUnreachable) as error:
            recording.failed(error)
            raise
        finally:
            if self.traffic is not None:
                self.traffic.exchanged(recording.exchange())

    async def _ask(self, recording: Recording, url: httpx.URL, headers: dict[str, str]) -> httpx.Response:
        """Send the request that is recorded to ``url``, and record what came back, whatever that is."""
        method, content = recording.method, recording.request
        async with (
            self._hosts.client(url) as client,
            client.stream(method, url, headers=headers, content=content) as response,
        ):
            recording.http_status = response.status_code
            recording.response = await read_body(response, limit_bytes=self.limits.body_bytes)
        return response

    def _new_client(self) -> httpx.AsyncClient:
        self._certificates = self._certificates or httpx.create_ssl_context(trust_env=False)  # slow to make, and large
        limits = httpx.Limits(max_connections=self.limits.connections, max_keepalive_connections=5, keepalive_expiry=30)
        return httpx.AsyncClient(
            transport=GuardedTransport(
                self.guard, limits=limits, resolve=self.resolve, certificates=self._certificates
            ),
            timeout=httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "chargehand"},
            follow_redirects=False,
            trust_env=False,
        )


def _unreachable(url: httpx.URL, problem: str, http_status: int | None) -> PartnerUnreachable:
    return PartnerUnreachable("partner_unreachable", host=url.host, problem=problem, http_status=http_status)
