"""``FakeRemoteControl``: answers as programmed and logs what was sent. Import it from ``tests.fakes``."""

from collections import deque

from api.domain.errors import AppError
from api.domain.roaming.command import (
    AnswerKind,
    CancelReservationCommand,
    CommandAnswer,
    ReserveCommand,
    UnlockCommand,
)
from api.domain.roaming.partner import Peer
from tests.fake_roaming import RoamingCall


class FakeRemoteControl:
    """Gives queued answers first (an ``AppError`` among them is raised), then accepts."""

    def __init__(self) -> None:
        """Start with nothing queued."""
        self.calls: list[RoamingCall] = []
        self.answers: deque[CommandAnswer | AppError] = deque()

    async def send_reserve(self, peer: Peer, command: ReserveCommand) -> CommandAnswer:
        """Answer RESERVE_NOW."""
        return self._answer("send_reserve", peer, command)

    async def send_cancel_reservation(self, peer: Peer, command: CancelReservationCommand) -> CommandAnswer:
        """Answer CANCEL_RESERVATION."""
        return self._answer("send_cancel_reservation", peer, command)

    async def send_unlock(self, peer: Peer, command: UnlockCommand) -> CommandAnswer:
        """Answer UNLOCK_CONNECTOR."""
        return self._answer("send_unlock", peer, command)

    def _answer(self, method: str, peer: Peer, command: object) -> CommandAnswer:
        self.calls.append(RoamingCall(method, peer, (command,)))
        answer = self.answers.popleft() if self.answers else CommandAnswer(AnswerKind.ACCEPTED, timeout_seconds=30)
        if isinstance(answer, AppError):
            raise answer
        return answer
