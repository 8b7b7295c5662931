"""Where else: connectors that the app can start, at the same site first and then by distance (P12, CK14).

Occupied ones are left out, for they are no way out; one whose status nobody knows is a try worth making.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.ways import Availability
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.ports.policy import ServicePolicy
from api.services.finding.filters import Filters
from api.services.finding.places import locations_in_box
from api.services.roaming.find import Box, FoundConnector, UnknownConnector, reachable
from api.services.roaming.near import SITE_METERS, Somewhere, meters_between

REACHES = (Decimal("0.02"), Decimal("0.1"), Decimal("0.5"))
"""Degrees to the north: some 2, 11 and 55 km, tried in turn until there is enough."""
MOST_PLACES = 50


@dataclass(frozen=True, slots=True)
class Point:
    """Where a driver stands, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Alternative:
    """A connector and how far it is from where the driver stands."""

    found: FoundConnector
    distance_m: int
    same_site: bool


async def alternatives_to(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, connector_id: str, any_standard: bool, limit: int
) -> list[Alternative]:
    """Return startable connectors near one, of its own standard unless any will do; raises UnknownConnector."""
    query = (
        reachable()
        .join(EvseRow, col(EvseRow.location_key) == col(LocationRow.key))
        .join(ConnectorRow, col(ConnectorRow.evse_key) == col(EvseRow.key))
        .where(ConnectorRow.public_id == connector_id)
    )
    here = (await db.exec(query)).first()
    connector = (await db.exec(select(ConnectorRow).where(ConnectorRow.public_id == connector_id))).first()
    if here is None or connector is None:
        raise UnknownConnector("unknown_connector")
    standards = () if any_standard else (connector.standard,)
    filters = Filters(app_charging=True, standards=standards)
    found = await startable_near(db=db, policy=policy, now=now, here=here, filters=filters, limit=limit + 10)
    return [each for each in found if each.found.evse.key != connector.evse_key][:limit]


async def startable_near(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, here: Somewhere, filters: Filters, limit: int
) -> list[Alternative]:
    """Return connectors that can be started and are not known to be occupied: the same site first, then by distance."""
    free = Filters(
        app_charging=True,
        standards=filters.standards,
        min_power_w=filters.min_power_w,
        availability=(Availability.AVAILABLE, Availability.UNKNOWN),
    )
    found: list[Alternative] = []
    for reach in REACHES:
        places, _ = await locations_in_box(
            db=db, policy=policy, now=now, box=_around(here, reach), filters=free, limit=MOST_PLACES
        )
        found = _ordered(here, (each for place in places for each in place.connectors))
        if len(found) >= limit:
            break
    return found[:limit]


def _ordered(here: Somewhere, connectors: Iterable[FoundConnector]) -> list[Alternative]:
    found = []
    for each in connectors:
        meters = meters_between(here, each.location)
        found.append(Alternative(each, round(meters), meters <= SITE_METERS))
    return sorted(found, key=lambda each: (not each.same_site, each.distance_m, each.found.connector.key))


def _around(here: Somewhere, reach: Decimal) -> Box:
    """Return the box around a place, twice as wide in degrees as it is high, as on our latitudes."""
    latitude, longitude = Decimal(str(here.latitude)), Decimal(str(here.longitude))
    west, east = (_turned(longitude + side) for side in (-reach * 2, reach * 2))
    return Box(west, max(Decimal(-90), latitude - reach), east, min(Decimal(90), latitude + reach))


def _turned(longitude: Decimal) -> Decimal:
    """Return a longitude between -180 and 180."""
    return (longitude + 180) % 360 - 180 if not -180 <= longitude <= 180 else longitude
