"""``FakeHubDirectory``: what hubs list, in memory. Import it from ``tests.fakes``."""

from collections.abc import AsyncIterator
from datetime import datetime

from api.domain.errors import AppError
from api.domain.roaming.hub import ClientInfo
from api.domain.roaming.partner import Peer
from api.ports.roaming import PulledObject, UnreadableObject
from tests.fake_roaming import RoamingCall


class FakeHubDirectory:
    """Lists ``parties``; with ``error`` the list breaks off after them."""

    def __init__(self) -> None:
        """Start with an empty list."""
        self.calls: list[RoamingCall] = []
        self.parties: list[PulledObject[ClientInfo] | UnreadableObject] = []
        self.error: AppError | None = None

    async def pull_client_info(
        self, peer: Peer, *, changed_since: datetime | None = None
    ) -> AsyncIterator[PulledObject[ClientInfo] | UnreadableObject]:
        """Yield the list."""
        self.calls.append(RoamingCall("pull_client_info", peer, (changed_since,)))
        for each in self.parties:
            yield each
        if self.error is not None:
            raise self.error
