"""``FakePlaces``: places and prices of a partner in memory. Import it from ``tests.fakes``."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

from api.domain.errors import AppError
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.location import Evse, Location
from api.domain.roaming.partner import Peer
from api.ports.places import PulledPage
from api.ports.roaming import PulledObject, UnreadableObject
from tests.fake_roaming import FakeRoaming, RoamingCall, changed


class FakePlaces:
    """Gives the locations and tariffs of a ``FakeRoaming``, which also keeps the calls and breaks pulls off."""

    def __init__(self, roaming: FakeRoaming | None = None, *, page_size: int = 200) -> None:
        """Page what ``roaming`` holds; links are offsets."""
        self.roaming = roaming or FakeRoaming()
        self.page_size = page_size
        self.partner_at: datetime | None = None
        """What the partner's clock says on every page."""
        self.hidden: set[str] = set()
        """Ids of locations that the list skips, as when they moved between pages, but that can be fetched."""
        self.errors: list[AppError] = []
        """Raised by the next calls, one each."""

    def location_pages(
        self, peer: Peer, *, changed_since: datetime | None = None, begin_at: str | None = None
    ) -> AsyncIterator[PulledPage[Location]]:
        """Yield pages of ``roaming.locations``, of those changed since."""
        listed = [
            each
            for each in self.roaming.locations
            if isinstance(each, UnreadableObject) or each.value.id not in self.hidden
        ]
        return self._pages("pull_locations", peer, listed, changed_since, begin_at)

    def tariff_pages(
        self, peer: Peer, *, changed_since: datetime | None = None, begin_at: str | None = None
    ) -> AsyncIterator[PulledPage[Tariff]]:
        """Yield pages of ``roaming.tariffs``, of those changed since."""
        return self._pages("pull_tariffs", peer, self.roaming.tariffs, changed_since, begin_at)

    async def fetch_location(self, peer: Peer, location_id: str) -> PulledObject[Location] | UnreadableObject | None:
        """Return the location of this id, or None."""
        self._note("fetch_location", peer, location_id)
        for each in self.roaming.locations:
            if not isinstance(each, UnreadableObject) and each.value.id.upper() == location_id.upper():
                return each
        return None

    async def fetch_evse(
        self, peer: Peer, location_id: str, evse_uid: str
    ) -> PulledObject[Evse] | UnreadableObject | None:
        """Return the EVSE of this uid, or None."""
        self._note("fetch_evse", peer, location_id, evse_uid)
        for each in self.roaming.locations:
            if not isinstance(each, UnreadableObject) and each.value.id.upper() == location_id.upper():
                found = [evse for evse in each.value.evses if evse.uid.upper() == evse_uid.upper()]
                return PulledObject(found[0], "{}") if found else None
        return None

    async def _pages(
        self,
        method: str,
        peer: Peer,
        objects: Iterable[PulledObject[Any] | UnreadableObject],
        since: datetime | None,
        begin_at: str | None,
    ) -> AsyncIterator[PulledPage[Any]]:
        self._note(method, peer, since, *((begin_at,) if begin_at else ()))
        found = [
            each for each in objects if isinstance(each, UnreadableObject) or changed(each.value.last_updated, since)
        ]
        for offset in range(int(begin_at or 0), len(found) or 1, self.page_size):
            after = offset + self.page_size
            link = str(after) if after < len(found) else None
            yield PulledPage(tuple(found[offset:after]), link, len(found), self.partner_at)
            if self.roaming.pull_error is not None:
                raise self.roaming.pull_error

    def _note(self, method: str, peer: Peer, *arguments: object) -> None:
        self.roaming.calls.append(RoamingCall(method, peer, arguments))
        if self.errors:
            raise self.errors.pop(0)
