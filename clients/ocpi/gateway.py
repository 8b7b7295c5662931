"""``api.ports.roaming.Roaming`` over real HTTP: a peer's version decides the dialect, the transport does the call.

Lives here: which endpoint and message each request of the port means. Does not live here: HTTP rules, wire shapes.
"""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import TypeVar

from api.domain.ids import PartyId
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.command import CommandAnswer, StartCommand, StopCommand
from api.domain.roaming.location import Location
from api.domain.roaming.partner import InterfaceRole, OurIdentity, Peer, Registration
from api.domain.roaming.session import Session
from api.ports.roaming import PartnerAnsweredBadly, PulledObject, UnreadableObject
from clients.ocpi import handshake
from clients.ocpi.dialect import dialect_for
from clients.ocpi.exact_json import dump
from clients.ocpi.paging import objects_of
from clients.ocpi.transport import Caller, Transport
from clients.ocpi.unreadable import Unreadable

Read = TypeVar("Read")
PAGE_SIZE = 200
"""How many objects a page we ask for; partners give fewer when they like."""


class NotOffered(PartnerAnsweredBadly):
    """The peer does not offer the module this needs. Facts: ``module``, ``message``."""


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

    def pull_locations(
        self, peer: Peer, *, changed_since: datetime | None = None
    ) -> AsyncIterator[PulledObject[Location] | UnreadableObject]:
        """Yield the partner's locations page by page; raises PartnerUnreachable, PartnerAnsweredBadly."""
        return self._pull(peer, "locations", _owned(dialect_for(peer.version).read_location, peer), changed_since)

    def pull_tariffs(
        self, peer: Peer, *, changed_since: datetime | None = None
    ) -> AsyncIterator[PulledObject[Tariff] | UnreadableObject]:
        """Yield the partner's tariffs page by page; raises PartnerUnreachable, PartnerAnsweredBadly.

        A peer without a tariffs module may have put them into its locations: then they are taken from there.
        """
        dialect = dialect_for(peer.version)
        if peer.endpoint("tariffs", InterfaceRole.SENDER) or not peer.endpoint("locations", InterfaceRole.SENDER):
            return self._pull(peer, "tariffs", _owned(dialect.read_tariff, peer), changed_since)
        read = _owned(dialect.read_tariff, peer)
        return self._pull(peer, "locations", read, changed_since, parts=dialect.embedded_tariffs)

    def pull_sessions(
        self, peer: Peer, *, changed_since: datetime
    ) -> AsyncIterator[PulledObject[Session] | UnreadableObject]:
        """Yield the partner's sessions changed since; raises PartnerUnreachable, PartnerAnsweredBadly."""
        return self._pull(peer, "sessions", _owned(dialect_for(peer.version).read_session, peer), changed_since)

    def pull_cdrs(self, peer: Peer, *, changed_since: datetime) -> AsyncIterator[PulledObject[Cdr] | UnreadableObject]:
        """Yield the partner's CDRs changed since; raises PartnerUnreachable, PartnerAnsweredBadly."""
        return self._pull(peer, "cdrs", _owned(dialect_for(peer.version).read_cdr, peer), changed_since)

    async def _pull(
        self,
        peer: Peer,
        module: str,
        read: Callable[[object], Read],
        changed_since: datetime | None,
        parts: Callable[[object], tuple[object, ...]] = lambda raw: (raw,),
    ) -> AsyncIterator[PulledObject[Read] | UnreadableObject]:
        params = {"limit": str(PAGE_SIZE)}
        if changed_since is not None:
            params["date_from"] = changed_since.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
        url = endpoint_of(peer, module, InterfaceRole.SENDER)
        async for listed in objects_of(self._transport, url, Caller.of(peer), params=params):
            for raw in parts(listed):
                found = pulled(raw, read)
                self._note(peer, module, raw, found)
                yield found

    def _note(self, peer: Peer, module: str, raw: object, found: PulledObject[Read] | UnreadableObject) -> None:
        """Take note of what is odd about a pulled object, or why it could not be read."""
        if (traffic := self._transport.traffic) is None:
            return
        at = datetime.now(UTC)
        if isinstance(found, UnreadableObject):
            traffic.odd(peer.partner_id, module, "unreadable", at, found.reason)
        else:
            traffic.received(peer.partner_id, module, at, raw, dialect_for(peer.version).oddities)


async def post_command(transport: Transport, peer: Peer, name: str, message: dict[str, object]) -> CommandAnswer:
    """Send one command once and read its answer; raises PartnerUnreachable, PartnerAnsweredBadly."""
    url = f"{endpoint_of(peer, 'commands', InterfaceRole.RECEIVER).rstrip('/')}/{name}"
    reply = await transport.post(url, Caller.of(peer), message)
    try:
        return dialect_for(peer.version).read_command_answer(reply.answer.data)
    except Unreadable as error:
        facts = {"http_status": reply.answer.http_status, "ocpi_status": 1000, "message": error.reason}
        raise PartnerAnsweredBadly("partner_answered_badly", **facts) from error


def _owned(read: Callable[[object, PartyId | None], Read], peer: Peer) -> Callable[[object], Read]:
    """Return ``read`` for objects that are the peer's own where they name no owner."""
    return lambda raw: read(raw, peer.their_party)


def pulled(raw: object, read: Callable[[object], Read]) -> PulledObject[Read] | UnreadableObject:
    """Return what was read of one object of a list, or why it cannot be read."""
    try:
        text = dump(raw)
    except Unreadable as error:
        return UnreadableObject(reason=error.reason, raw="")
    try:
        return PulledObject(value=read(raw), raw=text)
    except Unreadable as error:
        return UnreadableObject(reason=error.reason, raw=text)


def endpoint_of(peer: Peer, module: str, role: InterfaceRole) -> str:
    """Return where the peer serves one side of a module; raises NotOffered."""
    url = peer.endpoint(module, role)
    if url is None:
        message = f"the peer offers no {module} as {role}"
        raise NotOffered("partner_offers_no_module", module=module, message=message, http_status=None, ocpi_status=None)
    return url
