"""``api.ports.pass_sync.PassSync`` over real HTTP: PUT and PATCH on a partner's tokens (2.2.1 chapter 12.2.2)."""

from datetime import datetime

from api.domain.roaming.partner import InterfaceRole, Peer
from api.domain.roaming.token import DriverToken, TokenType
from clients.ocpi.dialect import dialect_for
from clients.ocpi.fields import write_instant
from clients.ocpi.pulled import below, endpoint_of
from clients.ocpi.transport import Caller, Transport


class OcpiPassSync:
    """Keeps partners' copies of our passes; implements ``PassSync``."""

    def __init__(self, transport: Transport) -> None:
        """Call over ``transport``."""
        self._transport = transport

    async def put_token(self, peer: Peer, token: DriverToken) -> None:
        """Give a whole pass to the partner; raises PartnerUnreachable, PartnerAnsweredBadly."""
        message = dialect_for(peer.version).write_token(token)
        await self._transport.put(_url(peer, token.uid, token.type), Caller.of(peer), message)

    async def patch_token(
        self, peer: Peer, *, uid: str, token_type: TokenType, valid: bool, last_updated: datetime
    ) -> None:
        """Tell a partner that has the pass whether it is valid; raises PartnerUnreachable, PartnerAnsweredBadly."""
        message = {"valid": valid, "last_updated": write_instant(last_updated)}
        await self._transport.patch(_url(peer, uid, token_type), Caller.of(peer), message)


def _url(peer: Peer, uid: str, token_type: TokenType) -> str:
    """Return the address of one of our passes at the partner: we are its owner, whoever is in between."""
    ours, url = peer.our_party, endpoint_of(peer, "tokens", InterfaceRole.RECEIVER)
    return f"{below(url, ours.country_code, ours.party_id, uid)}?type={token_type.upper()}"
