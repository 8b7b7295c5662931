"""``api.ports.places.Places`` over real HTTP: lists page by page, and single locations and EVSEs (2.2.1 chapter 8)."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TypeVar

import msgspec

from api.domain.pricing.tariff import Tariff
from api.domain.roaming.location import Evse, Location
from api.domain.roaming.partner import InterfaceRole, Peer
from api.ports.places import PulledPage
from api.ports.roaming import PartnerAnsweredBadly, PulledObject, UnreadableObject
from clients.ocpi.dialect import dialect_for
from clients.ocpi.envelope import StatusCode
from clients.ocpi.paging import pages_of
from clients.ocpi.pulled import below, endpoint_of, list_params, owned, pulled_from, pulled_text
from clients.ocpi.transport import Caller, Transport

Read = TypeVar("Read")

_NOT_FOUND = 404


class OcpiPlaces:
    """Asks partners for places and prices over OCPI; implements ``Places``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def location_pages(
        self, peer: Peer, *, changed_since: datetime | None = None, begin_at: str | None = None
    ) -> AsyncIterator[PulledPage[Location]]:
        """Yield the partner's locations page by page; raises PartnerUnreachable, PartnerAnsweredBadly."""
        return self._location_pages(peer, changed_since, begin_at)

    def tariff_pages(
        self, peer: Peer, *, changed_since: datetime | None = None, begin_at: str | None = None
    ) -> AsyncIterator[PulledPage[Tariff]]:
        """Yield the partner's tariffs page by page; raises PartnerUnreachable, PartnerAnsweredBadly.

        A peer without a tariffs module may have put them into its locations: then they are taken from there.
        """
        dialect = dialect_for(peer.version)
        read = owned(dialect.read_tariff, peer)
        if peer.endpoint("tariffs", InterfaceRole.SENDER) or not peer.endpoint("locations", InterfaceRole.SENDER):
            return self._pages(peer, "tariffs", read, changed_since, begin_at)
        return self._pages(peer, "locations", read, changed_since, begin_at, parts=dialect.embedded_tariffs)

    async def fetch_location(self, peer: Peer, location_id: str) -> PulledObject[Location] | UnreadableObject | None:
        """Return one location, None when the partner has none; raises PartnerUnreachable, PartnerAnsweredBadly."""
        return await self._fetch(peer, (location_id,), owned(dialect_for(peer.version).read_location, peer))

    async def fetch_evse(
        self, peer: Peer, location_id: str, evse_uid: str
    ) -> PulledObject[Evse] | UnreadableObject | None:
        """Return one EVSE, None when the partner has none; raises PartnerUnreachable, PartnerAnsweredBadly."""
        return await self._fetch(peer, (location_id, evse_uid), dialect_for(peer.version).read_evse)

    async def _location_pages(
        self, peer: Peer, changed_since: datetime | None, begin_at: str | None
    ) -> AsyncIterator[PulledPage[Location]]:
        """Yield pages whose objects are read from their own piece of the page's text: there may be very many."""
        dialect, owner = dialect_for(peer.version), peer.their_party
        read = owned(dialect.read_location, peer)

        def read_text(text: str) -> Location:
            return dialect.read_location_text(text, owner)

        url = endpoint_of(peer, "locations", InterfaceRole.SENDER)
        walk = pages_of(
            self._transport,
            url,
            Caller.of(peer),
            params=list_params(changed_since),
            begin_at=begin_at,
            sliced=True,
        )
        async for page in walk:
            objects = tuple(
                pulled_text(self._transport, peer, "locations", raw, read_text)
                if isinstance(raw, msgspec.Raw)
                else pulled_from(self._transport, peer, "locations", raw, read)
                for raw in page.items
            )
            yield PulledPage(objects, page.next_link, page.total, page.partner_at)

    async def _pages(
        self,
        peer: Peer,
        module: str,
        read: Callable[[object], Read],
        changed_since: datetime | None,
        begin_at: str | None,
        parts: Callable[[object], tuple[object, ...]] = lambda raw: (raw,),
    ) -> AsyncIterator[PulledPage[Read]]:
        url = endpoint_of(peer, module, InterfaceRole.SENDER)
        params = list_params(changed_since)
        async for page in pages_of(self._transport, url, Caller.of(peer), params=params, begin_at=begin_at):
            objects = tuple(
                pulled_from(self._transport, peer, module, raw, read) for listed in page.items for raw in parts(listed)
            )
            yield PulledPage(objects, page.next_link, page.total, page.partner_at)

    async def _fetch(
        self, peer: Peer, path: tuple[str, ...], read: Callable[[object], Read]
    ) -> PulledObject[Read] | UnreadableObject | None:
        url = below(endpoint_of(peer, "locations", InterfaceRole.SENDER), *path)
        try:
            reply = await self._transport.get(url, Caller.of(peer))
        except PartnerAnsweredBadly as error:
            if error.facts.get("http_status") == _NOT_FOUND or error.facts.get("ocpi_status") == _UNKNOWN:
                return None
            raise
        data = reply.answer.single
        if data is None or data == []:
            return None
        return pulled_from(self._transport, peer, _MODULES[len(path) - 1], data, read)


_MODULES = ("locations", "evses")
"""What is asked for by one id, and by two."""
_UNKNOWN = int(StatusCode.UNKNOWN_LOCATION)
