"""Preferences and profiles of charging that we ask of partners. Implemented by ``clients/ocpi/gateway_smart.py``."""

from typing import Protocol

from api.domain.errors import Refused
from api.domain.roaming.partner import Peer
from api.domain.roaming.smart import ChargingPreferences, ChargingProfile, PreferencesAnswer, ProfileAnswer


class SmartChargingNotOffered(Refused):
    """This partner cannot be asked. Fact: ``reason``, ``version`` (its OCPI has no such thing) or ``module``."""


class SmartCharging(Protocol):
    """Asks partners for another way of charging. Every call raises SmartChargingNotOffered and has a time-out.

    All of them may be repeated: a later wish replaces an earlier one.
    """

    def require_preferences(self, peer: Peer) -> None:
        """Raise SmartChargingNotOffered unless preferences can be sent to this partner; calls nobody."""
        ...

    def require_profiles(self, peer: Peer) -> None:
        """Raise SmartChargingNotOffered unless profiles can be sent to this partner; calls nobody."""
        ...

    async def send_preferences(
        self, peer: Peer, session_id: str, preferences: ChargingPreferences
    ) -> PreferencesAnswer:
        """Send the driver's preferences for a session; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...

    async def set_profile(
        self, peer: Peer, session_id: str, profile: ChargingProfile, *, response_url: str
    ) -> ProfileAnswer:
        """Ask for limits on a session; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...

    async def clear_profile(self, peer: Peer, session_id: str, *, response_url: str) -> ProfileAnswer:
        """Ask to take our limits off a session; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...

    async def ask_profile(
        self, peer: Peer, session_id: str, *, duration_seconds: int, response_url: str
    ) -> ProfileAnswer:
        """Ask what the charger plans for a session; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...
