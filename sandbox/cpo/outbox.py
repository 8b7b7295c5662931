"""Everything the CPO sends on its own account: in order per queue, retried a few times, remembered for the tests.

A queue is a session, or an EVSE; queues run side by side. Retries wait in real time. A refusal (HTTP 4xx, OCPI 2xxx)
is final.
"""

import asyncio
import json
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import msgspec

from sandbox.cpo.disguise import authorization, disguised
from sandbox.cpo.faults import FaultBook
from sandbox.cpo.model import Peer
from sandbox.cpo.wires import wire_of

Json = dict[str, Any]

AT_ONCE = 12  # the connection pool slows down with the square of what waits for it, so we queue ourselves
PATIENCE = (0.1, 0.3, 0.7, 1.5, 3.0, 5.0, 8.0)
_encode = msgspec.json.Encoder(decimal_format="number").encode


def to_bytes(body: Any) -> bytes:
    """Write JSON, `Decimal` as a plain number."""
    return _encode(body)


def from_bytes(body: bytes) -> Any:
    """Read JSON with numbers kept exact. Raises `ValueError` when it is none."""
    return json.loads(body, parse_float=Decimal)


@dataclass(slots=True)
class Parcel:
    """One request to a peer; ``on_refused`` and ``on_done`` get the last answer."""

    peer: Peer
    method: str
    url: str
    body: Any
    label: str
    functional: bool = True
    sender: tuple[str, str] | None = None  # the operator it comes from, where a hub passes it on
    on_done: Callable[[httpx.Response], None] | None = None
    on_refused: Callable[[httpx.Response], None] | None = None
    cut_at: float | None = None
    """Which share of the text is sent of one that is cut off on the way."""


class Outbox:
    """The queues and what became of each parcel."""

    def __init__(self, party: tuple[str, str], faults: FaultBook, patience: tuple[float, ...] = PATIENCE) -> None:
        self._party = party
        self._faults = faults
        self._patience = patience
        self._queues: dict[str, deque[Parcel]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._client: httpx.AsyncClient | None = None
        self._doors = asyncio.Semaphore(AT_ONCE)
        self.sent: deque[Json] = deque(maxlen=20_000)

    @property
    def client(self) -> httpx.AsyncClient:
        """The HTTP client, made on first use inside the running loop."""
        if self._client is None:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=AT_ONCE, keepalive_expiry=2.0)
            self._client = httpx.AsyncClient(timeout=httpx.Timeout(20, connect=5), limits=limits, trust_env=False)
        return self._client

    @property
    def busy(self) -> int:
        """Number of parcels waiting or in flight."""
        return sum(len(queue) for queue in self._queues.values())

    def put(self, queue: str, parcel: Parcel) -> None:
        """Send ``parcel`` after everything already in ``queue``."""
        parcel.body = disguised(self._faults, parcel.body)
        self._queues.setdefault(queue, deque()).append(parcel)
        if queue not in self._workers:
            self._workers[queue] = asyncio.create_task(self._work(queue))

    async def send_now(self, parcel: Parcel) -> None:
        """Send past all queues and wait for the answer, in one attempt."""
        parcel.body = disguised(self._faults, parcel.body)
        await self._attempt(parcel, 1)

    async def drained(self) -> None:
        """Wait until what waits now is delivered or given up, at most a few seconds."""
        if self._workers:
            await asyncio.wait(list(self._workers.values()), timeout=5)

    async def close(self) -> None:
        """Drop what waits and close the connections."""
        await self.clear()
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def clear(self) -> None:
        """Drop everything that waits or is in flight."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        self._queues.clear()
        self._workers.clear()

    async def _work(self, queue: str) -> None:
        waiting = self._queues[queue]
        while waiting:
            await self._deliver(waiting[0])
            waiting.popleft()
        del self._queues[queue], self._workers[queue]

    async def _deliver(self, parcel: Parcel) -> None:
        for attempt, pause in enumerate((*self._patience, None), start=1):
            answer = await self._attempt(parcel, attempt)
            if answer is not None and _accepted(answer):
                if parcel.on_done is not None:
                    parcel.on_done(answer)
                return
            if answer is not None and not _worth_retrying(answer):
                if parcel.on_refused is not None:
                    parcel.on_refused(answer)
                return
            if pause is not None:
                await asyncio.sleep(pause)

    def headers(self, peer: Peer, sender: tuple[str, str] | None = None, *, functional: bool = True) -> dict[str, str]:
        """Headers of a request to ``peer``; routing headers only on functional modules (`transport_and_format`)."""
        wire = wire_of(peer.version)
        found = bare_headers(peer.their_token, self._faults, encoded=wire.ENCODED)
        if functional and wire.ROUTED:
            party = sender or self._party
            found |= {"OCPI-from-country-code": party[0], "OCPI-from-party-id": party[1]}
            found |= {"OCPI-to-country-code": peer.country_code, "OCPI-to-party-id": peer.party_id}
        return found

    async def _attempt(self, parcel: Parcel, attempt: int) -> httpx.Response | None:
        record: Json = {"label": parcel.label, "method": parcel.method, "url": parcel.url, "body": parcel.body}
        record |= {"attempt": attempt, "http_status": None, "status_code": None, "error": None}
        self.sent.append(record)
        content = None if parcel.body is None else to_bytes(parcel.body)
        if content is not None and parcel.cut_at is not None:
            content = content[: int(len(content) * parcel.cut_at)]
        try:
            async with self._doors:
                sender = self.headers(parcel.peer, parcel.sender, functional=parcel.functional)
                answer = await self.client.request(parcel.method, parcel.url, content=content, headers=sender)
        except httpx.HTTPError as error:
            record["error"] = repr(error)
            return None
        record |= {"http_status": answer.status_code, "status_code": _ocpi_code(answer)}
        return answer


def bare_headers(token: str, faults: FaultBook, *, encoded: bool = True) -> dict[str, str]:
    """Headers of a request on versions or credentials."""
    return {
        "Authorization": authorization(token, faults, encoded=encoded),
        "Content-Type": "application/json",
        "X-Request-ID": str(uuid.uuid4()),
        "X-Correlation-ID": str(uuid.uuid4()),
    }


def _ocpi_code(answer: httpx.Response) -> int | None:
    try:
        code = json.loads(answer.content).get("status_code")
    except (ValueError, AttributeError):
        return None
    return code if isinstance(code, int) else None


def _accepted(answer: httpx.Response) -> bool:
    return answer.is_success and (_ocpi_code(answer) or 1000) // 1000 == 1


def _worth_retrying(answer: httpx.Response) -> bool:
    """Whether the same request may succeed later: the peer is down, overloaded or turning its token."""
    if answer.is_success:
        return (_ocpi_code(answer) or 0) // 1000 in (3, 4)
    return answer.status_code in (401, 408, 425, 429) or answer.status_code >= 500
