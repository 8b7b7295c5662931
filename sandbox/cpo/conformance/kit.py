"""What a case has at hand: an operator, a way to ask the eMSP, words for what was expected and what came."""

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from sandbox.cpo.model import Peer
from sandbox.cpo.outbox import bare_headers, to_bytes
from sandbox.cpo.wires import Wire, wire_of
from sandbox.cpo.world import World

Json = dict[str, Any]

TIMEOUT_S = 20.0
SUCCESS = 1000


class Failed(Exception):
    """The eMSP answered otherwise than the case expects."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected, self.found = expected, found


class Skipped(Exception):
    """The case cannot be played here; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the eMSP."""

    http: int
    code: int | None
    data: Any
    headers: httpx.Headers
    message: str = ""

    def __str__(self) -> str:
        told = f"HTTP {self.http}, OCPI {self.code}"
        return f"{told}: {self.message[:120]}" if self.message and self.code != SUCCESS else told

    @property
    def accepted(self) -> bool:
        """Whether both layers say success."""
        return self.http // 100 == 2 and self.code is not None and self.code // 1000 == 1

    def must(self, expected: str, *, hold: bool) -> None:
        """Raise `Failed` with what was ``expected`` unless it holds."""
        if not hold:
            raise Failed(expected, str(self))

    def must_be_accepted(self) -> None:
        """Raise `Failed` unless both layers say success."""
        self.must("success (HTTP 2xx, OCPI 1xxx)", hold=self.accepted)

    def must_be(self, http: int, code: int | None = None) -> None:
        """Raise `Failed` unless HTTP and, when stated, OCPI status are these."""
        told = f"HTTP {http}" + ("" if code is None else f" and OCPI {code}")
        self.must(told, hold=self.http == http and code in (None, self.code))

    def must_be_invalid(self) -> None:
        """Raise `Failed` unless a malformed message was refused in the envelope."""
        self.must("HTTP 200 or 400 with OCPI 2xxx", hold=self.http in (200, 400) and (self.code or 0) // 1000 == 2)


@dataclass(slots=True)
class Kit:
    """One run against one eMSP in one version."""

    world: World
    base: str
    versions_url: str
    token_a: str
    version: str
    peer: Peer | None = None
    versions: dict[str, str] = field(default_factory=dict)
    endpoints: dict[tuple[str, str], str] = field(default_factory=dict)
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def wire(self) -> Wire:
        """The shapes of the version under test."""
        return wire_of(self.version)

    def registered(self) -> Peer:
        """Return the eMSP. Raises `Skipped` when the handshake did not succeed."""
        if self.peer is None:
            raise Skipped("not registered")
        return self.peer

    def url(self, module: str, *path: str, role: str = "RECEIVER", owned: bool = True) -> str:
        """Return the URL of a module, or of an object of ours in it. Raises `Skipped` for a module not served."""
        roles = (role, "RECEIVER") if self.version == "2.1.1" else (role,)
        found = next(
            (self.registered().endpoint(module, name) for name in roles if (module, name) in self.endpoints), ""
        )
        if not found:
            raise Skipped(f"the eMSP does not serve {module} as {role}")
        owner = self.world.party if owned and path else ()
        return "/".join((found, *owner, *path))

    async def ask(
        self,
        method: str,
        url: str,
        body: Any = None,
        *,
        token: str | None = None,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Send one request, with the token of the registration unless another is stated. Raises `Failed` unanswered."""
        known = token if token is not None else self.registered().their_token
        sent = bare_headers(known, self.world.faults, encoded=self.wire.ENCODED) | self._routing() | (headers or {})
        content = raw if raw is not None else None if body is None else to_bytes(body)
        try:
            answer = await self.world.outbox.client.request(
                method, url, content=content, headers=sent, timeout=TIMEOUT_S, follow_redirects=False
            )
        except httpx.HTTPError as error:
            raise Failed("an answer", repr(error)) from error
        return _reply(answer)

    def _routing(self) -> dict[str, str]:
        if self.peer is None or not self.wire.ROUTED:
            return {}
        ours, theirs = self.world.party, (self.peer.country_code, self.peer.party_id)
        found = {"OCPI-from-country-code": ours[0], "OCPI-from-party-id": ours[1]}
        return found | {"OCPI-to-country-code": theirs[0], "OCPI-to-party-id": theirs[1]}


@dataclass(frozen=True, slots=True)
class Case:
    """One named case: what it proves and how it is played."""

    name: str
    rule: str
    play: Callable[[Kit], Awaitable[None]]


def _reply(answer: httpx.Response) -> Reply:
    try:
        envelope = json.loads(answer.content, parse_float=Decimal)
    except ValueError:
        envelope = None
    if not isinstance(envelope, dict):
        return Reply(answer.status_code, None, None, answer.headers)
    code = envelope.get("status_code")
    return Reply(
        answer.status_code,
        code if isinstance(code, int) else None,
        envelope.get("data"),
        answer.headers,
        str(envelope.get("status_message") or ""),
    )
