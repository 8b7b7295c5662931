"""``FakePassSync``: partners' copies of our passes, in memory. Import it from ``tests.fakes``."""

from collections import deque
from datetime import datetime

from api.domain.errors import AppError
from api.domain.roaming.partner import Peer
from api.domain.roaming.token import DriverToken, TokenType
from tests.fake_roaming import RoamingCall


class FakePassSync:
    """Takes every pass, unless a queued ``AppError`` is next; None in the queue lets one call pass."""

    def __init__(self) -> None:
        """Start with nothing queued."""
        self.calls: list[RoamingCall] = []
        self.troubles: deque[AppError | None] = deque()

    def of(self, partner_id: str) -> list[tuple[str, object]]:
        """Return the calls that went to one partner: method and what was told."""
        return [
            (each.method, each.arguments[0]) for each in self.calls if each.peer and each.peer.partner_id == partner_id
        ]

    async def put_token(self, peer: Peer, token: DriverToken) -> None:
        """Log the pass."""
        self._take(RoamingCall("put_token", peer, (token,)))

    async def patch_token(
        self, peer: Peer, *, uid: str, token_type: TokenType, valid: bool, last_updated: datetime
    ) -> None:
        """Log the change."""
        self._take(RoamingCall("patch_token", peer, (uid, token_type, valid, last_updated)))

    def _take(self, call: RoamingCall) -> None:
        self.calls.append(call)
        trouble = self.troubles.popleft() if self.troubles else None
        if trouble is not None:
            raise trouble
