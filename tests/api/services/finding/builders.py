"""Places for tests of the finding room: written the way partners' news is, so that what follows from it follows."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from api.db import UnitOfWork
from api.domain.roaming.location import Connector, Evse, EvseStatus, Location
from api.models.partner import Partner
from api.services.roaming.write_places import Arrived, write_locations
from tests.api.services.roaming import builders

APP = "remote_start_stop_capable"


def a_site(location_id: str, latitude: str, longitude: str = "9.25", *evses: Evse, **fields: Any) -> Location:
    """Return a location somewhere, with one free EVSE of its own unless some are given."""
    own = evses or (a_post(f"{location_id}-1"),)
    place = {"latitude": Decimal(latitude), "longitude": Decimal(longitude), "name": f"Site {location_id}"}
    return builders.a_location(id=location_id, evses=own, **(place | fields))


def a_post(uid: str, status: EvseStatus = EvseStatus.AVAILABLE, *connectors: Connector, **fields: Any) -> Evse:
    """Return an EVSE that the app can start."""
    own = connectors or (builders.a_connector(),)
    return builders.an_evse(uid, status=status, connectors=own, **({"evse_id": f"DE*CPO*E{uid}"} | fields))


async def store(work: UnitOfWork, *locations: Location, partner_id: str = "prt_1", **partner: Any) -> None:
    """Store locations of a partner, which is made if need be."""
    async with work() as db:
        if await db.get(Partner, partner_id) is None:
            await builders.a_partner(db, partner_id=partner_id, token=f"token-of-{partner_id}-0123456789", **partner)
        await write_locations(db, partner_id, [Arrived(each) for each in locations])


def later(location: Location, minutes: float, status: EvseStatus) -> Location:
    """Return the location some minutes later, with all its EVSEs in a status."""
    at = builders.at(minutes)
    evses = tuple(replace(each, status=status, last_updated=at) for each in location.evses)
    return replace(location, last_updated=at, evses=evses)
