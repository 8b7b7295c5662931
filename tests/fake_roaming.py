"""``FakeRoaming``: the roaming port in memory, answering as programmed. Import it from ``tests.fakes``."""

from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from api.domain.errors import AppError
from api.domain.ids import PartyId
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.command import AnswerKind, CommandAnswer, StartCommand, StopCommand
from api.domain.roaming.location import Location
from api.domain.roaming.partner import MarketRole, OurIdentity, PartyRole, Peer, Registration
from api.domain.roaming.session import Session
from api.ports.roaming import PulledObject, UnreadableObject


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

    async def complete_registration(self, versions_url: str, token: str, *, version: str) -> Registration:
        """Return the next queued registration, or one with a CPO and no endpoints."""
        self.calls.append(RoamingCall("complete_registration", None, (versions_url, token, version)))
        return _next(self.registrations, _registration(versions_url))

    async def rotate(self, peer: Peer, *, ours: OurIdentity, our_token: str) -> Registration:
        """Return the next queued registration, or one with a CPO and no endpoints."""
        self.calls.append(RoamingCall("rotate", peer, (ours, our_token)))
        return _next(self.registrations, _registration(peer.versions_url))

    async def end_registration(self, peer: Peer) -> None:
        """Note the call."""
        self.calls.append(RoamingCall("end_registration", peer, ()))

    async def send_start(self, peer: Peer, command: StartCommand) -> CommandAnswer:
        """Return the next queued answer, or accept."""
        self.calls.append(RoamingCall("send_start", peer, (command,)))
        return _next(self.start_answers, CommandAnswer(AnswerKind.ACCEPTED, timeout_seconds=30))

    async def send_stop(self, peer: Peer, command: StopCommand) -> CommandAnswer:
        """Return the next queued answer, or accept."""
        self.calls.append(RoamingCall("send_stop", peer, (command,)))
        return _next(self.stop_answers, CommandAnswer(AnswerKind.ACCEPTED, timeout_seconds=30))

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
            if isinstance(found, UnreadableObject) or changed(found.value.last_updated, changed_since):
                yield found
        if self.pull_error is not None:
            raise self.pull_error


def changed(last_updated: datetime | None, since: datetime | None) -> bool:
    """Say whether an object belongs to a pull of what changed since a moment."""
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
