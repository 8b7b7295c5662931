"""Everything the stand-in remembers, in memory: collections of objects, the log of events and what is due later.

Rules of the objects live in one file per kind (``payment_intents``, ``captures``, ``refunds`` …); they read and change
the state, and nothing here knows them. All of it runs on one event loop without awaiting, so every step is atomic.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from sandbox.stripe.cards import Card
from sandbox.stripe.clock import Clock
from sandbox.stripe.config import API_VERSION, StandInConfig
from sandbox.stripe.errors import Obj, missing_object

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ENCODER = msgspec.json.Encoder()


class Collection:
    """Objects of one kind in order of creation."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._objects: dict[str, Obj] = {}
        self._order: list[str] = []
        self._position: dict[str, int] = {}

    def add(self, obj: Obj) -> Obj:
        """Keep ``obj`` under its ``id`` and return it."""
        self._position[obj["id"]] = len(self._order)
        self._order.append(obj["id"])
        self._objects[obj["id"]] = obj
        return obj

    def get(self, object_id: str) -> Obj | None:
        """Return the object, or None."""
        return self._objects.get(object_id)

    def need(self, object_id: str, *, param: str = "id", in_path: bool = True) -> Obj:
        """Return the object; raises ``StripeFailure`` ``resource_missing`` (404 in a path, 400 as a parameter)."""
        found = self._objects.get(object_id)
        if found is None:
            raise missing_object(self.kind, object_id, param=param, in_path=in_path)
        return found

    def remove(self, object_id: str) -> None:
        """Forget the object; its place in the order stays taken, so paging is not disturbed."""
        self._objects.pop(object_id, None)

    def __len__(self) -> int:
        return len(self._objects)

    def oldest_first(self, *, after: str | None = None) -> Iterator[Obj]:
        """Yield objects in order of creation, beginning behind ``after``."""
        return self._walk(0 if after is None else self._position[after] + 1, len(self._order), 1)

    def newest_first(self, *, after: str | None = None) -> Iterator[Obj]:
        """Yield objects in the API's order, beginning behind ``after``."""
        return self._walk((len(self._order) if after is None else self._position[after]) - 1, -1, -1)

    def _walk(self, start: int, stop: int, step: int) -> Iterator[Obj]:
        for index in range(start, stop, step):
            found = self._objects.get(self._order[index])
            if found is not None:
                yield found


@dataclass(kw_only=True)
class Hold:
    """What became of one PaymentIntent's money, in minor units: authorized = captured + released + expired + open."""

    intent_id: str
    currency: str
    authorized: int
    captured: int = 0
    released: int = 0
    expired: int = 0
    increments: int = 0

    @property
    def open_minor(self) -> int:
        """The part still blocked on the card."""
        return self.authorized - self.captured - self.released - self.expired


@dataclass(frozen=True)
class CurrentRequest:
    """The API request being carried out; events name it."""

    id: str
    idempotency_key: str | None
    base_url: str = ""


@dataclass
class Knobs:
    """What a test turns for the whole account, over ``POST /_sandbox/knobs``."""

    late_booking_seconds: float = 0.0
    """Captured money is booked this much later: its balance transaction comes with ``charge.updated``."""
    fail_payouts: str | None = None
    """Payouts fail with this code instead of arriving."""


@dataclass(order=True)
class _Due:
    at: float
    number: int
    action: Callable[[int], None] = field(compare=False)


class State:
    """The memory of one account."""

    def __init__(self, config: StandInConfig) -> None:
        self.config = config
        self.clock = Clock(config.clock)
        self.on_event: Callable[[Obj], None] = lambda _: None
        """Told of each new event; the webhook dispatcher listens here."""
        self.on_booking: Callable[[Obj], None] = lambda _: None
        """Told of each new balance transaction; payouts are planned here."""
        self._random = random.Random()  # ids must not repeat when the process is started again
        self.clear()

    def clear(self) -> None:
        """Forget every object and every due action; the clock keeps its time."""
        self.customers = Collection("customer")
        self.payment_methods = Collection("payment_method")
        self.setup_intents = Collection("setup_intent")
        self.payment_intents = Collection("payment_intent")
        self.charges = Collection("charge")
        self.refunds = Collection("refund")
        self.disputes = Collection("dispute")
        self.balance_transactions = Collection("balance_transaction")
        self.events = Collection("event")
        self.webhook_endpoints = Collection("webhook_endpoint")
        self.payouts = Collection("payout")
        self.reviews = Collection("review")
        self.early_fraud_warnings = Collection("radar.early_fraud_warning")
        self.ephemeral_keys = Collection("ephemeral_key")
        self.payout_of: dict[str, str] = {}
        """The payout that each balance transaction was paid out with."""
        self.payout_runs: set[int] = set()
        """The moments at which a payout is planned already."""
        self.old_secrets: dict[str, list[tuple[str, float]]] = {}
        """Signing secrets of an endpoint that were rolled, and until when they still sign."""
        self.knobs = Knobs()
        self.cards: dict[str, Card] = {}
        """The simulated card behind each payment method id."""
        self.holds: dict[str, Hold] = {}
        self.spent_methods: set[str] = set()
        """Payment methods used without a customer or detached: Stripe lets nobody use them again."""
        self.authenticated_methods: set[str] = set()
        """Payment methods whose holder passed 3D Secure while saving the card."""
        self.request: CurrentRequest | None = None
        self._due: list[_Due] = []
        self._numbers = itertools.count()

    def now(self) -> int:
        """Return the virtual time in whole Unix seconds."""
        return int(self.clock.now())

    def new_id(self, prefix: str, length: int = 24) -> str:
        """Return a fresh id such as ``pi_3…``."""
        return f"{prefix}_{''.join(self._random.choices(_ALPHABET, k=length))}"

    def later(self, at: float, action: Callable[[int], None]) -> None:
        """Run ``action(at)`` when virtual time reaches ``at``; the action looks itself whether it still applies."""
        heapq.heappush(self._due, _Due(at, next(self._numbers), action))

    def run_due(self) -> None:
        """Run every action whose time has come, oldest first, as nobody's request."""
        now = self.clock.now()
        while self._due and self._due[0].at <= now:
            due = heapq.heappop(self._due)
            request, self.request = self.request, None
            due.action(int(due.at))
            self.request = request

    def emit(self, kind: str, obj: Obj, *, at: int | None = None, before: Obj | None = None) -> Obj:
        """Record an event with a snapshot of ``obj``; ``before`` holds the previous values of what changed."""
        data: Obj = {"object": msgspec.Raw(_ENCODER.encode(obj))}
        if before is not None:
            data["previous_attributes"] = before
        request = self.request
        event = self.events.add(
            {
                "id": self.new_id("evt"),
                "object": "event",
                "api_version": API_VERSION,
                "created": self.now() if at is None else at,
                "data": data,
                "livemode": False,
                "pending_webhooks": 0,
                "request": {
                    "id": request.id if request else None,
                    "idempotency_key": request.idempotency_key if request else None,
                },
                "type": kind,
            }
        )
        self.on_event(event)
        return event
