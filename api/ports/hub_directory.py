"""Asking a hub which parties can be reached through it (OCPI 2.2.1 chapter 14.3.2).

Implemented by ``clients/ocpi/hub_directory.py``. The errors are those of ``roaming.py``.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from api.domain.roaming.hub import ClientInfo
from api.domain.roaming.partner import Peer
from api.ports.roaming import PulledObject, UnreadableObject


class HubDirectory(Protocol):
    """Reads a hub's list of parties."""

    def pull_client_info(
        self, peer: Peer, *, changed_since: datetime | None = None
    ) -> AsyncIterator[PulledObject[ClientInfo] | UnreadableObject]:
        """Yield the parties behind a hub; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...
