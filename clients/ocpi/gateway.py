"""``api.ports.roaming.Roaming`` over real HTTP: a peer's version decides the dialect, the transport does the call.

Lives here: which endpoint and message each request of the port means. Does not live here: HTTP rules, wire shapes.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TypeVar

from api.domain.roaming.cdr import Cdr
from api.domain.roaming.command import CommandAnswer, StartCommand, StopCommand
from api.domain.roaming.partner import InterfaceRole, OurIdentity, Peer, Registration
from api.domain.roaming.session import Session
from api.ports.roaming import PulledObject, UnreadableObject
from clients.ocpi import handshake
from clients.ocpi.dialect import dialect_for
from clients.ocpi.paging import objects_of
from clients.ocpi.pulled import endpoint_of, list_params, owned, pulled_from
from clients.ocpi.transport import Caller, Transport

Read = TypeVar("Read")


class OcpiGateway:
    """Calls partners over OCPI; implements ``Roaming``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def aclose(self) -> None:
        """Close the connections to partners."""
        await self._transport.aclose()

    async def register(self, versions_url: str, token: str, *, ours: OurIdentity, our_token: str) -> Registration:
        """Run the credentials exchange as initiator; raises RegistrationFailed."""
        return await handshake.register(self._transport, versions_url, token, ours=ours, token_b=our_token)

    async def complete_registration(self, versions_url: str, token: str, *, version: str) -> Registration:
        """Read what a peer that is registering at us in ``version`` offers; raises RegistrationFailed."""
        return await handshake.complete(self._transport, versions_url, token, version=version)

    async def rotate(self, peer: Peer, *, ours: OurIdentity, our_token: str) -> Registration:
        """Hand out a new token to a registered peer; raises RegistrationFailed."""
        return await handshake.rotate(self._transport, peer, ours=ours, token_b=our_token)

    async def end_registration(self, peer: Peer) -> None:
        """Tell a peer that we end the connection; raises RegistrationFailed."""
        await handshake.end(self._transport, peer)

    async def send_start(self, peer: Peer, command: StartCommand) -> CommandAnswer:
        """Send START_SESSION once; raises PartnerUnreachable (outcome unknown), PartnerAnsweredBadly."""
        return await post_command(
            self._transport, peer, "START_SESSION", dialect_for(peer.version).write_start(command)
        )

    async def send_stop(self, peer: Peer, command: StopCommand) -> CommandAnswer:
        """Send STOP_SESSION once; raises PartnerUnreachable, PartnerAnsweredBadly."""
        return await post_command(self._transport, peer, "STOP_SESSION", dialect_for(peer.version).write_stop(command))

    def pull_sessions(
        self, peer: Peer, *, changed_since: datetime
    ) -> AsyncIterator[PulledObject[Session] | UnreadableObject]:
        """Yield the partner's sessions changed since; raises PartnerUnreachable, PartnerAnsweredBadly."""
        return self._pull(peer, "sessions", owned(dialect_for(peer.version).read_session, peer), changed_since)

    def pull_cdrs(self, peer: Peer, *, changed_since: datetime) -> AsyncIterator[PulledObject[Cdr] | UnreadableObject]:
        """Yield the partner's CDRs changed since; raises PartnerUnreachable, PartnerAnsweredBadly."""
        return self._pull(peer, "cdrs", owned(dialect_for(peer.version).read_cdr, peer), changed_since)

    async def _pull(
        self,
        peer: Peer,
        module: str,
        read: Callable[[object], Read],
        changed_since: datetime | None,
    ) -> AsyncIterator[PulledObject[Read] | UnreadableObject]:
        url = endpoint_of(peer, module, InterfaceRole.SENDER)
        params = list_params(changed_since)
        async for raw in objects_of(self._transport, url, Caller.of(peer), params=params):
            yield pulled_from(self._transport, peer, module, raw, read)


async def post_command(transport: Transport, peer: Peer, name: str, message: dict[str, object]) -> CommandAnswer:
    """Send one command once and read its answer; raises PartnerUnreachable, PartnerAnsweredBadly."""
    url = f"{endpoint_of(peer, 'commands', InterfaceRole.RECEIVER).rstrip('/')}/{name}"
    reply = await transport.post(url, Caller.of(peer), message)
    return reply.answer.read(dialect_for(peer.version).read_command_answer)
