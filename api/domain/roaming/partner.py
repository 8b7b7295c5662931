"""Partners and the parties behind them: one OCPI connection, one or many market roles.

Answers to OCPI 2.2.1 chapters 6 (versions) and 7 (credentials). Stored state lives in ``api/models/partner.py``.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from api.domain.ids import PartyId
from api.domain.pricing.periods import ParkingReading

MOST_ROLES, MOST_ENDPOINTS = 2000, 200
"""Of one partner: the largest hub has some hundreds of parties, and there are a dozen modules."""


class InterfaceRole(StrEnum):
    """Which side of a module's interface an endpoint implements."""

    SENDER = "sender"
    RECEIVER = "receiver"


class MarketRole(StrEnum):
    """What a party does in the market; unknown roles of a peer are kept as ``other``."""

    CPO = "cpo"
    EMSP = "emsp"
    HUB = "hub"
    NAP = "nap"
    NSP = "nsp"
    SCSP = "scsp"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a peer serves one side of one module; ``module`` is lower case, for example ``locations``."""

    module: str
    role: InterfaceRole
    url: str


@dataclass(frozen=True, slots=True)
class PartyRole:
    """One role of one party behind a connection."""

    role: MarketRole
    party: PartyId
    name: str
    website: str | None = None


class PeerCredentials(NamedTuple):
    """What a peer says in its Credentials object: the token to call it with, where its versions are, who it is."""

    token: str
    versions_url: str
    roles: tuple[PartyRole, ...]
    hub: PartyId | None = None
    """The hub behind whose connection the parties of ``roles`` are reached; only 2.3.0 says so."""


@dataclass(frozen=True, slots=True)
class OurIdentity:
    """How we introduce ourselves to a peer in the credentials exchange."""

    party: PartyId
    name: str
    website: str | None
    versions_url: str


@dataclass(frozen=True, slots=True)
class Registration:
    """The outcome of a successful credentials exchange: what we need to call the peer from now on."""

    version: str
    their_token: str
    versions_url: str
    endpoints: tuple[Endpoint, ...]
    roles: tuple[PartyRole, ...]
    hub: PartyId | None = None
    """The hub behind whose connection the parties of ``roles`` are reached, where the peer is one and says so."""
    raw_token_header: bool = False
    """True when the peer refused the Base64 form of its token and took the raw one."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Everything a call to a partner needs; built from the stored partner, never stored itself."""

    partner_id: str
    version: str
    their_token: str
    endpoints: tuple[Endpoint, ...]
    our_party: PartyId
    their_party: PartyId
    """To whom calls are routed: the one party behind the connection, or of a hub's many the one that is meant."""
    raw_token_header: bool = False
    """True when this peer wants ``Token <raw>`` instead of the Base64 form of 2.2."""
    versions_url: str = ""

    def towards(self, party: PartyId) -> "Peer":
        """Return the peer for calls to one party behind it."""
        return replace(self, their_party=party)

    def endpoint(self, module: str, role: InterfaceRole) -> str | None:
        """Return the peer's URL for one side of a module, or None when the peer does not offer it."""
        for endpoint in self.endpoints:
            if endpoint.module == module and endpoint.role is role:
                return endpoint.url
        return None


def parking_reading_of(version: str | None, chosen: str | None) -> ParkingReading:
    """Return what a partner means by PARKING_TIME: what was agreed with it, else what its version says.

    Of 2.2.1 and 2.3.0 the editions of 2026 say that the vehicle asks for no power, and that it was meant so before.
    """
    if chosen is not None:
        return ParkingReading(chosen)
    return ParkingReading.not_charging if version == "2.1.1" else ParkingReading.not_requesting_power
