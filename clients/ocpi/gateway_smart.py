"""``api.ports.smart_charging.SmartCharging`` over real HTTP.

Lives here: which endpoint and message each request means. Does not live here: HTTP rules, wire shapes.
"""

from urllib.parse import urlencode

from api.domain.roaming.partner import InterfaceRole, Peer
from api.domain.roaming.smart import ChargingPreferences, ChargingProfile, PreferencesAnswer, ProfileAnswer
from api.ports.smart_charging import SmartChargingNotOffered
from clients.ocpi.pulled import below
from clients.ocpi.smart_dialect import VERSIONS, smart_dialect_for
from clients.ocpi.transport import Caller, Transport

_PREFERENCES = ("sessions", InterfaceRole.SENDER)
_PROFILES = ("chargingprofiles", InterfaceRole.RECEIVER)


class OcpiSmartCharging:
    """Asks partners over OCPI; implements ``SmartCharging``. The transport is whoever made it's to close."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def require_preferences(self, peer: Peer) -> None:
        """Raise SmartChargingNotOffered unless the peer's version and modules have preferences."""
        _endpoint(peer, *_PREFERENCES)

    def require_profiles(self, peer: Peer) -> None:
        """Raise SmartChargingNotOffered unless the peer's version and modules have profiles."""
        _endpoint(peer, *_PROFILES)

    async def send_preferences(
        self, peer: Peer, session_id: str, preferences: ChargingPreferences
    ) -> PreferencesAnswer:
        """PUT preferences; raises SmartChargingNotOffered, PartnerUnreachable, PartnerAnsweredBadly."""
        url = f"{_of_session(peer, session_id, *_PREFERENCES)}/charging_preferences"
        dialect = smart_dialect_for(peer.version)
        reply = await self._transport.put(url, Caller.of(peer), dialect.write_preferences(preferences))
        return reply.answer.read(dialect.read_preferences_answer)

    async def set_profile(
        self, peer: Peer, session_id: str, profile: ChargingProfile, *, response_url: str
    ) -> ProfileAnswer:
        """PUT a profile; raises SmartChargingNotOffered, PartnerUnreachable, PartnerAnsweredBadly."""
        url = _of_session(peer, session_id, *_PROFILES)
        dialect = smart_dialect_for(peer.version)
        reply = await self._transport.put(url, Caller.of(peer), dialect.write_set_profile(profile, response_url))
        return reply.answer.read(dialect.read_profile_answer)

    async def clear_profile(self, peer: Peer, session_id: str, *, response_url: str) -> ProfileAnswer:
        """DELETE our profile; raises SmartChargingNotOffered, PartnerUnreachable, PartnerAnsweredBadly."""
        url = f"{_of_session(peer, session_id, *_PROFILES)}?{urlencode({'response_url': response_url})}"
        reply = await self._transport.delete(url, Caller.of(peer))
        return reply.answer.read(smart_dialect_for(peer.version).read_profile_answer)

    async def ask_profile(
        self, peer: Peer, session_id: str, *, duration_seconds: int, response_url: str
    ) -> ProfileAnswer:
        """GET the active profile; raises SmartChargingNotOffered, PartnerUnreachable, PartnerAnsweredBadly."""
        url = _of_session(peer, session_id, *_PROFILES)
        wanted = {"duration": str(duration_seconds), "response_url": response_url}
        reply = await self._transport.get(url, Caller.of(peer), params=wanted)
        return reply.answer.read(smart_dialect_for(peer.version).read_profile_answer)


def _of_session(peer: Peer, session_id: str, module: str, role: InterfaceRole) -> str:
    return below(_endpoint(peer, module, role), session_id)


def _endpoint(peer: Peer, module: str, role: InterfaceRole) -> str:
    if peer.version not in VERSIONS:
        raise SmartChargingNotOffered("smart_charging_not_offered", reason="version", version=peer.version)
    url = peer.endpoint(module, role)
    if url is None:
        raise SmartChargingNotOffered("smart_charging_not_offered", reason="module", module=module)
    return url
