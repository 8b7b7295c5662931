"""What we ask of partners about places and prices: their lists page by page, and single objects.

Implemented by ``clients/ocpi/places.py``. Pages are given as such, so that a pull of a long list can be written page by
page, be taken up again where it broke off, and know how far it is.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from api.domain.pricing.tariff import Tariff
from api.domain.roaming.location import Evse, Location
from api.domain.roaming.partner import Peer
from api.ports.roaming import PulledObject, UnreadableObject

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class PulledPage(Generic[T_co]):
    """One page of a partner's list."""

    objects: tuple[PulledObject[T_co] | UnreadableObject, ...]
    next_link: str | None = None
    """Where the list goes on; None on the last page."""
    total: int | None = None
    """How many objects the partner says there are; it may change while we read."""
    partner_at: datetime | None = None
    """What the partner's own clock said when it gave the page."""


class Places(Protocol):
    """Calls to one partner about its locations and tariffs."""

    def location_pages(
        self, peer: Peer, *, changed_since: datetime | None = None, begin_at: str | None = None
    ) -> AsyncIterator[PulledPage[Location]]:
        """Yield the partner's locations page by page; raises PartnerUnreachable, PartnerAnsweredBadly.

        ``begin_at`` is where to begin: the ``next_link`` of a page that was read before.
        """
        ...

    def tariff_pages(
        self, peer: Peer, *, changed_since: datetime | None = None, begin_at: str | None = None
    ) -> AsyncIterator[PulledPage[Tariff]]:
        """Yield the partner's tariffs as ``location_pages`` does its locations."""
        ...

    async def fetch_location(self, peer: Peer, location_id: str) -> PulledObject[Location] | UnreadableObject | None:
        """Return one location, None when the partner has none; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...

    async def fetch_evse(
        self, peer: Peer, location_id: str, evse_uid: str
    ) -> PulledObject[Evse] | UnreadableObject | None:
        """Return one EVSE, None when the partner has none; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...
