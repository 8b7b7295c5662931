"""Signing and delivering webhooks, with knobs for what goes wrong on the way.

Answers to https://docs.stripe.com/webhooks: at least once, order not promised, retried until a 2xx. Delays are real
seconds: they belong to the wire, not to the virtual clock, which dates the signature.
"""

import asyncio
import hmac
import time
from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256

import httpx
import msgspec

from sandbox.stripe.errors import Obj, bad_parameter
from sandbox.stripe.state import State
from sandbox.stripe.webhook_endpoints import secrets_of

_PARALLEL = 32
_REORDER_WINDOW_SECONDS = 0.2
_LONGEST_WINDOW_SECONDS = 1.0


@dataclass
class Knobs:
    """What goes wrong: ``duplicate`` extra copies, reverse order, delay, omitted types (or all), other secrets."""

    duplicate: int = 0
    reorder: bool = False
    delay_seconds: float = 0.0
    omit: bool | list[str] = False
    secret: str | list[str] | None = None


@dataclass
class _Delivery:
    event: Obj
    endpoint_id: str
    lane: str
    due: float
    attempt: int = 1
    delivered_once: list[str] = field(default_factory=list)
    """Shared by the copies of one event to one endpoint: only the first success counts."""


def signature_header(payload: bytes, secrets: list[str], at: int) -> str:
    """Return the ``Stripe-Signature`` header: one ``v1`` for each secret, as during a secret roll."""
    signed = str(at).encode() + b"." + payload
    marks = [f"v1={hmac.new(secret.encode(), signed, sha256).hexdigest()}" for secret in secrets]
    return ",".join([f"t={at}", *marks])


class WebhookDispatcher:
    """Queues a delivery for each event and endpoint; ``tick`` sends what is due."""

    def __init__(self, state: State) -> None:
        self.knobs = Knobs()
        self.log: deque[Obj] = deque(maxlen=10_000)
        self._state = state
        self._queue: list[_Delivery] = []
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._client: httpx.AsyncClient | None = None

    def turn(self, told: Obj) -> Knobs:
        """Change the named knobs; raises ``StripeFailure`` (400) for an unknown one."""
        unknown = set(told) - set(vars(self.knobs))
        if unknown:
            raise bad_parameter(f"Unknown webhook knob: {', '.join(sorted(unknown))}.")
        for name, value in told.items():
            setattr(self.knobs, name, value)
        return self.knobs

    def enqueue(self, event: Obj) -> None:
        """Queue a new event for every endpoint that wants its type."""
        omit = self.knobs.omit
        omitted = event["type"] in omit if isinstance(omit, list) else omit
        for endpoint_id in self._endpoints(event["type"]):
            event["pending_webhooks"] += 1
            if not omitted:
                self._queue_copies(event, endpoint_id, 1 + self.knobs.duplicate)

    def resend(self, events: list[Obj], *, after_seconds: float = 0.0) -> int:
        """Queue events again, now or later, omitted ones included; return how many deliveries that makes."""
        before = len(self._queue)
        for event in events:
            for endpoint_id in self._endpoints(event["type"]):
                self._queue_copies(event, endpoint_id, 1, after_seconds)
        return len(self._queue) - before

    def clear(self) -> None:
        """Forget queued deliveries, knobs and the log."""
        self.knobs = Knobs()
        self._queue.clear()
        self.log.clear()

    @property
    def waiting(self) -> int:
        """Deliveries queued or on their way."""
        return len(self._queue) + len(self._tasks)

    def _endpoints(self, kind: str) -> list[str]:
        return [
            endpoint["id"]
            for endpoint in self._state.webhook_endpoints.oldest_first()
            if endpoint["status"] == "enabled" and ({"*", kind} & set(endpoint["enabled_events"]))
        ]

    def _queue_copies(self, event: Obj, endpoint_id: str, copies: int, after_seconds: float = 0.0) -> None:
        snapshot = msgspec.json.decode(event["data"]["object"])
        lane = f"{endpoint_id}:{snapshot.get('payment_intent') or snapshot['id']}"
        due = time.monotonic() + self.knobs.delay_seconds + after_seconds
        if self.knobs.reorder:
            lane, due = endpoint_id, due + _REORDER_WINDOW_SECONDS
        shared: list[str] = []
        self._queue += [_Delivery(event, endpoint_id, lane, due, delivered_once=shared) for _ in range(copies)]

    def tick(self) -> None:
        """Start sending what is due: in order for one payment, side by side otherwise."""
        lanes: dict[str, list[_Delivery]] = {}
        rest: list[_Delivery] = []
        now = time.monotonic()
        for delivery in self._queue:
            held = delivery.due > now or delivery.lane in self._busy or self._window_open(now)
            (rest if held else lanes.setdefault(delivery.lane, [])).append(delivery)
        self._queue = rest
        for lane, deliveries in lanes.items():
            self._busy.add(lane)
            ordered = deliveries[::-1] if self.knobs.reorder else deliveries
            task = asyncio.create_task(self._send_lane(lane, ordered))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _window_open(self, now: float) -> bool:
        """Tell whether reordering still waits for the batch to be complete."""
        if not self.knobs.reorder or not self._queue:
            return False
        return self._queue[-1].due > now and now - self._queue[0].due < _LONGEST_WINDOW_SECONDS

    async def _send_lane(self, lane: str, deliveries: list[_Delivery]) -> None:
        try:
            for delivery in deliveries:
                async with self._slots:
                    await self._send(delivery)
        finally:
            self._busy.discard(lane)

    async def _send(self, delivery: _Delivery) -> None:
        endpoint = self._state.webhook_endpoints.get(delivery.endpoint_id)
        if endpoint is None:
            return
        payload = msgspec.json.encode(delivery.event)
        told = self.knobs.secret or secrets_of(self._state, endpoint)
        header = signature_header(payload, [told] if isinstance(told, str) else told, self._state.now())
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": header}
        status: int | None = None
        try:
            status = (await self._http().post(endpoint["url"], content=payload, headers=headers)).status_code
        except httpx.HTTPError as error:
            self._note(delivery, error=repr(error))
        else:
            self._note(delivery, status=status)
        if status is not None and 200 <= status < 300:
            self._delivered(delivery)
        else:
            self._try_later(delivery)

    def _note(self, delivery: _Delivery, *, status: int | None = None, error: str | None = None) -> None:
        self.log.append(
            {
                "event_id": delivery.event["id"],
                "type": delivery.event["type"],
                "endpoint": delivery.endpoint_id,
                "attempt": delivery.attempt,
                "status": status,
                "error": error,
            }
        )

    def _delivered(self, delivery: _Delivery) -> None:
        if not delivery.delivered_once:
            delivery.delivered_once.append(delivery.event["id"])
            delivery.event["pending_webhooks"] = max(0, delivery.event["pending_webhooks"] - 1)

    def _try_later(self, delivery: _Delivery) -> None:
        config = self._state.config
        if delivery.attempt < config.webhook_attempts:
            pause = config.webhook_backoff_real_seconds * 2 ** (delivery.attempt - 1)
            delivery.attempt += 1
            delivery.due = time.monotonic() + pause
            self._queue.append(delivery)

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=10, trust_env=False)
        return self._client

    async def close(self) -> None:
        """Stop sending and close the connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
