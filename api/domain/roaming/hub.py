"""The parties behind a hub and whether they can be reached (OCPI 2.2.1 chapter 14)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.domain.ids import PartyId
from api.domain.roaming.partner import MarketRole


class ConnectionStatus(StrEnum):
    """Whether the hub can pass on what is meant for a party."""

    CONNECTED = "connected"
    OFFLINE = "offline"
    PLANNED = "planned"
    SUSPENDED = "suspended"
    OTHER = "other"
    """A word that we do not know: taken for reachable, since the hub itself says when it is not."""


AWAY = frozenset({ConnectionStatus.OFFLINE, ConnectionStatus.PLANNED, ConnectionStatus.SUSPENDED})
"""Nothing is sent to a party in one of these."""


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """One role of one party behind a hub."""

    party: PartyId
    role: MarketRole
    status: ConnectionStatus
    last_updated: datetime | None
    """None: the hub did not say, as in an example of the specification."""
