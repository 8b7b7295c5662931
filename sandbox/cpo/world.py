"""The virtual CPO's whole state in one place, and the loop that moves virtual time. One world for each application."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.cpo.faults import Fault, FaultBook
from sandbox.cpo.feed import Feed, own_feed
from sandbox.cpo.hub import Hub
from sandbox.cpo.magic import standing_faults, standing_plans
from sandbox.cpo.mischief import Mischief
from sandbox.cpo.model import EvseState, Issued, LiveSession, Peer, Plan, PlanBook, Reservation
from sandbox.cpo.outbox import PATIENCE, Outbox, Parcel
from sandbox.cpo.parties import Identity, Who
from sandbox.cpo.schedule import Schedule
from sandbox.cpo.wires import VERSIONS, wire_of

Json = dict[str, Any]

TICK_S = 0.02
STEPS_AT_ONCE = 20
STORED_S = 900.0
log = logging.getLogger(__name__)


@dataclass(slots=True)
class CpoConfig:
    """How to set up one virtual CPO; without ``public_url`` it answers under the URL it is called by."""

    clock: Callable[[], float] = time.time
    public_url: str | None = None
    token_a: str | None = None
    feed: Feed = field(default_factory=own_feed)
    faults: list[str] = field(default_factory=list)
    versions: tuple[str, ...] = VERSIONS
    hub: bool = False
    register_at: tuple[str, str] | None = None  # an eMSP's versions URL and the token it gave us
    result_delay_s: float = 2.0
    command_timeout_s: int = 30
    page_limit: int = 50
    patience: tuple[float, ...] = PATIENCE
    mischief_seed: int | None = None
    """Where given, messages come twice, late, in another order and cut off (`mischief.py`)."""


class World:
    """Peers, tokens, EVSE states, sessions, plans, faults, the schedule and the outbox."""

    def __init__(self, config: CpoConfig) -> None:
        self.config = config
        self.feed = config.feed
        self.token_a = config.token_a or secrets.token_urlsafe(24)
        self.registration_tokens = {self.token_a}
        self.peers: dict[str, Peer] = {}  # by the token the peer calls us with
        self.schedule = Schedule()
        self.faults = FaultBook()
        self.hub = Hub(config.feed.parties, self.now()) if config.hub else None
        self.outbox = self._post_office()
        self.plans = PlanBook({uid: Plan.from_json(plan) for uid, plan in standing_plans(self.feed).items()})
        self._empty()

    def _empty(self) -> None:
        self.sessions: dict[str, LiveSession] = {}
        self.reservations: dict[str, Reservation] = {}
        self.tokens: dict[tuple[str, str, str, str], Json] = {}
        self.commands: list[Json] = []
        self.cdrs: list[Issued] = []
        self.deleted_tariffs: set[str] = set()
        self.pages_served = 0
        self.evses = {
            uid: EvseState(place.evse["status"], place.evse["last_updated"]) for uid, place in self.feed.places.items()
        }
        for name in self.config.faults:
            self.switch_on(name)
        for fault in standing_faults(self.feed):
            self.faults.add(fault)

    def switch_on(self, name: str) -> None:
        """Switch a fault on for every EVSE until it is cleared. Raises `KeyError` for an unknown name."""
        self.faults.add(Fault(name))

    @property
    def party(self) -> tuple[str, str]:
        """Our country code and party id."""
        return self.feed.country_code, self.feed.party_id

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions we speak, oldest first."""
        wanted = [name for name in VERSIONS if name in self.config.versions]
        return tuple(name for name in wanted if self.hub is None or wire_of(name).ROUTED)  # hubs came with routing

    @property
    def identity(self) -> Identity:
        """Who we say we are in credentials."""
        me = Who(*self.party, self.feed.name)
        return Identity(me, self.feed.parties if self.hub is not None else ())

    def send(self, queue: str, parcel: Parcel) -> None:
        """Send in the order of ``queue``; a hub has one queue for each pair of parties, and stores what it forwards."""
        if self.hub is not None:
            queue = f"hub {parcel.sender} {parcel.peer.our_token}"
        copies = 2 if self.faults.take("everything_twice") else 1
        held = self.faults.seconds("stored_and_late", None, STORED_S)
        for _ in range(copies):
            if held:
                self.schedule.at(self.now() + held, lambda _at: self.outbox.put(queue, replace(parcel)))
            else:
                self.outbox.put(queue, replace(parcel))

    def now(self) -> float:
        """Virtual unix time."""
        return self.config.clock()

    def _post_office(self) -> Outbox:
        """Return the outbox, or one gone wrong."""
        if self.config.mischief_seed is None:
            return Outbox(self.party, self.faults, self.config.patience)

        def later(seconds: float, act: Callable[[], None]) -> None:
            self.schedule.at(self.now() + seconds, lambda _at: act())

        return Mischief(self.party, self.faults, self.config.patience, seed=self.config.mischief_seed, later=later)

    def busy(self) -> int:
        """Steps that are due and did not fire, plus requests waiting or in flight."""
        return self.schedule.count_due(self.now()) + self.outbox.busy

    async def reset(self) -> None:
        """Forget sessions, plans, faults and what was received; registrations stay."""
        self.schedule.clear()
        await self.outbox.clear()
        self.outbox.sent.clear()
        self.faults.clear()
        self.plans.clear()
        self._empty()

    async def run(self) -> None:
        """Fire due steps, forever; a step that breaks is logged and does not stop time."""
        while True:
            try:
                more = self.schedule.fire(self.now(), most=STEPS_AT_ONCE) == STEPS_AT_ONCE
            except Exception:
                log.exception("step.broken")
                more = True
            await asyncio.sleep(0 if more else TICK_S)  # a long jump must not keep callers waiting
