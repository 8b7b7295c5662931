"""In-memory ports for tests of services, routes and jobs: settable, repeatable, with a log of what was asked.

Each keeps to its Protocol in ``api/ports``; ``tests/test_fakes_contract.py`` holds them to it. ``FakePayments`` fills a
file of its own and is imported from here.
"""

from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from api.domain.errors import AppError
from api.domain.ids import PartyId
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.command import AnswerKind, CommandAnswer, StartCommand, StopCommand
from api.domain.roaming.location import Location
from api.domain.roaming.partner import MarketRole, OurIdentity, PartyRole, Peer, Registration
from api.domain.roaming.session import Session
from api.ports import Ports
from api.ports.checkpoints import POINTS, Checkpoints
from api.ports.clock import Clock
from api.ports.documents import Documents
from api.ports.mail import Mail
from api.ports.payments import Payments
from api.ports.policy import ServicePolicy
from api.ports.randomness import Randomness
from api.ports.roaming import PulledObject, Roaming, UnreadableObject
from tests.fake_answers import PaymentsCall
from tests.fake_papers import FakeDocuments, FakeMail
from tests.fake_payments import ACTION_CARD, DECLINED_CARDS, HOLD_LIFE, FakePayments

__all__ = [
    "ACTION_CARD",
    "DECLINED_CARDS",
    "HOLD_LIFE",
    "START",
    "FakeCheckpoints",
    "FakeClock",
    "FakeDocuments",
    "FakeMail",
    "FakePayments",
    "FakeRandomness",
    "FakeRoaming",
    "PaymentsCall",
    "RoamingCall",
    "SimulatedCrash",
    "fake_policy",
    "fake_ports",
]

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""Where a fake clock stands at first: a Monday morning, far from any change of daylight saving time."""


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime = START) -> None:
        """Stand at ``at``, an aware moment."""
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return where the clock stands."""
        return self._now

    def set(self, at: datetime) -> None:
        """Move to ``at``, forth or back."""
        self._now = at.astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Move on by ``seconds``."""
        self._now += timedelta(seconds=seconds)

    def wall_time(self, at: datetime) -> datetime:
        """Return ``at``: this clock and the wall agree."""
        return at


class FakeRandomness:
    """Ids and secrets in one counted sequence: unique within a test, the same in every run."""

    def __init__(self) -> None:
        """Start counting at one."""
        self._count = 0

    def new_id(self, prefix: str) -> str:
        """Return for example ``chs_00000001``."""
        return f"{prefix}_{self._next():08d}"

    def secret(self) -> str:
        """Return a secret of the real length."""
        return f"secret-{self._next():036d}"

    def token_uid(self) -> str:
        """Return for example ``UID00000001``."""
        return f"UID{self._next():08d}"

    def _next(self) -> int:
        self._count += 1
        return self._count


class SimulatedCrash(BaseException):
    """The process died here. Not an ``Exception``, so that no handler of the code under test can survive it."""


class FakeCheckpoints:
    """Records the points that were reached and, if told so, dies at one of them the first time."""

    def __init__(self, *, crash_at: str | None = None) -> None:
        """Die at ``crash_at``, one of ``POINTS``, or never."""
        assert crash_at is None or crash_at in POINTS, f"{crash_at} is no checkpoint"
        self.reached: list[str] = []
        self._crash_at = crash_at

    def reach(self, point: str) -> None:
        """Record ``point``; an unknown name fails the test."""
        assert point in POINTS, f"{point} is missing in api/ports/checkpoints.py"
        self.reached.append(point)
        if point == self._crash_at:
            self._crash_at = None
            raise SimulatedCrash(point)


@dataclass(frozen=True, slots=True)
class RoamingCall:
    """One call that reached the fake, in order."""

    method: str
    peer: Peer | None
    arguments: tuple[object, ...]


class _Dated(Protocol):
    @property
    def last_updated(self) -> datetime | None: ...


D = TypeVar("D", bound=_Dated)
T = TypeVar("T")


class FakeRoaming:
    """Answers as programmed: queued answers first (an ``AppError`` among them is raised), then the friendly default."""

    def __init__(self) -> None:
        """Start with nothing queued and nothing to pull."""
        self.calls: list[RoamingCall] = []
        self.start_answers: deque[CommandAnswer | AppError] = deque()
        self.stop_answers: deque[CommandAnswer | AppError] = deque()
        self.registrations: deque[Registration | AppError] = deque()
        self.locations: list[PulledObject[Location] | UnreadableObject] = []
        self.tariffs: list[PulledObject[Tariff] | UnreadableObject] = []
        self.sessions: list[PulledObject[Session] | UnreadableObject] = []
        self.cdrs: list[PulledObject[Cdr] | UnreadableObject] = []
        self.pull_error: AppError | None = None
        """Raised by every pull after its last object, as when a later page fails."""

    def calls_of(self, method: str) -> list[RoamingCall]:
        """Return the calls of one method, in order."""
        return [call for call in self.calls if call.method == method]

    async def register(self, versions_url: str, token: str, *, ours: OurIdentity, our_token: str) -> Registration:
        """Return the next queued registration, or one with a CPO and no endpoints."""
        self.calls.append(RoamingCall("register", None, (versions_url, token, ours, our_token)))
        return _next(self.registrations, _registration(versions_url))

    async def complete_registration(self, versions_url: str, token: str) -> Registration:
        """Return the next queued registration, or one with a CPO and no endpoints."""
        self.calls.append(RoamingCall("complete_registration", None, (versions_url, token)))
        return _next(self.registrations, _registration(versions_url))

    async def send_start(self, peer: Peer, command: StartCommand) -> CommandAnswer:
        """Return the next queued answer, or accept."""
        self.calls.append(RoamingCall("send_start", peer, (command,)))
        return _next(self.start_answers, CommandAnswer(AnswerKind.ACCEPTED, timeout_seconds=30))

    async def send_stop(self, peer: Peer, command: StopCommand) -> CommandAnswer:
        """Return the next queued answer, or accept."""
        self.calls.append(RoamingCall("send_stop", peer, (command,)))
        return _next(self.stop_answers, CommandAnswer(AnswerKind.ACCEPTED, timeout_seconds=30))

    def pull_locations(
        self, peer: Peer, *, changed_since: datetime | None = None
    ) -> AsyncIterator[PulledObject[Location] | UnreadableObject]:
        """Yield ``locations``, those changed since."""
        return self._pull("pull_locations", peer, self.locations, changed_since)

    def pull_tariffs(
        self, peer: Peer, *, changed_since: datetime | None = None
    ) -> AsyncIterator[PulledObject[Tariff] | UnreadableObject]:
        """Yield ``tariffs``, those changed since."""
        return self._pull("pull_tariffs", peer, self.tariffs, changed_since)

    def pull_sessions(
        self, peer: Peer, *, changed_since: datetime
    ) -> AsyncIterator[PulledObject[Session] | UnreadableObject]:
        """Yield ``sessions``, those changed since."""
        return self._pull("pull_sessions", peer, self.sessions, changed_since)

    def pull_cdrs(self, peer: Peer, *, changed_since: datetime) -> AsyncIterator[PulledObject[Cdr] | UnreadableObject]:
        """Yield ``cdrs``, those changed since."""
        return self._pull("pull_cdrs", peer, self.cdrs, changed_since)

    async def _pull(
        self,
        method: str,
        peer: Peer,
        objects: Iterable[PulledObject[D] | UnreadableObject],
        changed_since: datetime | None,
    ) -> AsyncIterator[PulledObject[D] | UnreadableObject]:
        self.calls.append(RoamingCall(method, peer, (changed_since,)))
        for found in objects:
            if isinstance(found, UnreadableObject) or _changed(found.value.last_updated, changed_since):
                yield found
        if self.pull_error is not None:
            raise self.pull_error


def fake_policy() -> ServicePolicy:
    """Return the rules of a made-up installation; change single ones with ``dataclasses.replace``."""
    return ServicePolicy(
        public_url="http://chargehand.test",
        our_party=PartyId("DE", "CHH"),
        our_name="Chargehand",
        our_website=None,
        sealing_key=bytes(range(32)),
    )


def fake_ports(
    *,
    clock: Clock | None = None,
    randomness: Randomness | None = None,
    payments: Payments | None = None,
    roaming: Roaming | None = None,
    checkpoints: Checkpoints | None = None,
    documents: Documents | None = None,
    mail: Mail | None = None,
    policy: ServicePolicy | None = None,
) -> Ports:
    """Return ports that are all fakes but for those given; keep hold of a fake you want to steer by giving it."""
    clock = clock or FakeClock()
    return Ports(
        clock=clock,
        randomness=randomness or FakeRandomness(),
        payments=payments or FakePayments(clock),
        roaming=roaming or FakeRoaming(),
        checkpoints=checkpoints or FakeCheckpoints(),
        documents=documents or FakeDocuments(),
        mail=mail or FakeMail(),
        policy=policy or fake_policy(),
    )


def _changed(last_updated: datetime | None, since: datetime | None) -> bool:
    return last_updated is None or since is None or last_updated >= since


def _next(queued: deque[T | AppError], default: T) -> T:
    answer = queued.popleft() if queued else default
    if isinstance(answer, AppError):
        raise answer
    return answer


def _registration(versions_url: str) -> Registration:
    return Registration(
        version="2.2.1",
        their_token="their-token",
        versions_url=versions_url,
        endpoints=(),
        roles=(PartyRole(MarketRole.CPO, PartyId("DE", "CPO"), "A fake operator"),),
    )
