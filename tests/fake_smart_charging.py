"""``FakeSmartCharging``: the port in memory, answering as programmed. Import it from ``tests.fakes``."""

from collections import deque
from dataclasses import dataclass
from typing import TypeVar

from api.domain.roaming.partner import Peer
from api.domain.roaming.smart import (
    ChargingPreferences,
    ChargingProfile,
    PreferencesAnswer,
    ProfileAnswer,
    ProfileAnswerKind,
)
from api.ports.smart_charging import SmartChargingNotOffered

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class SmartCall:
    """One call that reached the fake, in order."""

    method: str
    peer: Peer
    session_id: str
    arguments: tuple[object, ...]


class FakeSmartCharging:
    """Answers as programmed: queued answers first (an exception among them is raised), then it accepts.

    As over OCPI, 2.1.1 has nothing of this; every other partner offers it unless told so (``without_module``).
    """

    def __init__(self) -> None:
        """Start with nothing queued and every module offered."""
        self.calls: list[SmartCall] = []
        self.preferences_answers: deque[PreferencesAnswer | BaseException] = deque()
        self.profile_answers: deque[ProfileAnswer | BaseException] = deque()
        self.without_module = False

    def require_preferences(self, peer: Peer) -> None:
        """Raise SmartChargingNotOffered for 2.1.1 and without a module."""
        self._require(peer)

    def require_profiles(self, peer: Peer) -> None:
        """Raise SmartChargingNotOffered for 2.1.1 and without a module."""
        self._require(peer)

    async def send_preferences(
        self, peer: Peer, session_id: str, preferences: ChargingPreferences
    ) -> PreferencesAnswer:
        """Return the next queued answer, or accept."""
        self._note("send_preferences", peer, session_id, preferences)
        return _next(self.preferences_answers, PreferencesAnswer.ACCEPTED)

    async def set_profile(
        self, peer: Peer, session_id: str, profile: ChargingProfile, *, response_url: str
    ) -> ProfileAnswer:
        """Return the next queued answer, or accept."""
        self._note("set_profile", peer, session_id, profile, response_url)
        return _next(self.profile_answers, ProfileAnswer(ProfileAnswerKind.ACCEPTED, 30))

    async def clear_profile(self, peer: Peer, session_id: str, *, response_url: str) -> ProfileAnswer:
        """Return the next queued answer, or accept."""
        self._note("clear_profile", peer, session_id, response_url)
        return _next(self.profile_answers, ProfileAnswer(ProfileAnswerKind.ACCEPTED, 30))

    async def ask_profile(
        self, peer: Peer, session_id: str, *, duration_seconds: int, response_url: str
    ) -> ProfileAnswer:
        """Return the next queued answer, or accept."""
        self._note("ask_profile", peer, session_id, duration_seconds, response_url)
        return _next(self.profile_answers, ProfileAnswer(ProfileAnswerKind.ACCEPTED, 30))

    def _note(self, method: str, peer: Peer, session_id: str, *arguments: object) -> None:
        self._require(peer)
        self.calls.append(SmartCall(method, peer, session_id, arguments))

    def _require(self, peer: Peer) -> None:
        if peer.version == "2.1.1" or self.without_module:
            reason = "version" if peer.version == "2.1.1" else "module"
            raise SmartChargingNotOffered("smart_charging_not_offered", reason=reason)


def _next(queued: deque[A | BaseException], default: A) -> A:
    answer = queued.popleft() if queued else default
    if isinstance(answer, BaseException):
        raise answer
    return answer
