"""``api.ports.hub_directory.HubDirectory`` over HTTP, and ClientInfo messages as our receiver reads and shows them.

ClientInfo is the same in 2.2.1 and 2.3.0, and 2.1.1 has none: so it is not part of the ``Dialect``. Calls carry no
routing headers, since the module speaks with the hub itself (2.2.1 chapter 4.1.5).
"""

from collections.abc import AsyncIterator
from datetime import datetime

from api.domain.roaming.hub import ClientInfo
from api.domain.roaming.partner import InterfaceRole, Peer
from api.ports.roaming import PulledObject, UnreadableObject
from clients.ocpi.paging import objects_of
from clients.ocpi.pulled import endpoint_of, list_params, pulled
from clients.ocpi.transport import Caller, Transport
from clients.ocpi.v2_2_1.mapping.client_info import read_client_info, write_client_info

__all__ = ["OcpiHubDirectory", "read_client_info", "write_client_info"]


class OcpiHubDirectory:
    """Reads hubs' lists of parties; implements ``HubDirectory``."""

    def __init__(self, transport: Transport) -> None:
        """Call over ``transport``."""
        self._transport = transport

    async def pull_client_info(
        self, peer: Peer, *, changed_since: datetime | None = None
    ) -> AsyncIterator[PulledObject[ClientInfo] | UnreadableObject]:
        """Yield the parties behind a hub; raises PartnerUnreachable, PartnerAnsweredBadly."""
        url = endpoint_of(peer, "hubclientinfo", InterfaceRole.SENDER)
        caller = Caller(peer.their_token, peer.raw_token_header)
        async for raw in objects_of(self._transport, url, caller, params=list_params(changed_since)):
            yield pulled(raw, read_client_info)
