"""Favorites: locations that a driver wants at hand, with their status of now."""

from datetime import datetime

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.models.finding import Favorite
from api.models.location import LocationRow
from api.ports.policy import ServicePolicy
from api.services.finding.places import read_locations
from api.services.roaming.find import FoundLocation, UnknownLocation, reachable

MOST_FAVORITES = 100


class TooManyFavorites(Conflict):
    """The driver has as many as one may. Fact: ``most``."""


async def add_favorite(*, db: AsyncSession, now: datetime, driver_id: str, location_key: str) -> None:
    """Keep a location for a driver, once; raises UnknownLocation, TooManyFavorites."""
    if (await db.exec(reachable().where(LocationRow.key == location_key))).first() is None:
        raise UnknownLocation("unknown_location")
    count = select(func.count()).where(Favorite.driver_id == driver_id, Favorite.location_key != location_key)
    if (await db.exec(count)).one() >= MOST_FAVORITES:
        raise TooManyFavorites("too_many_favorites", most=MOST_FAVORITES)
    row = {"driver_id": driver_id, "location_key": location_key, "created_at": now}
    await db.exec(insert(Favorite).values(row).on_conflict_do_nothing())


async def remove_favorite(*, db: AsyncSession, driver_id: str, location_key: str) -> None:
    """Forget a location for a driver; one that is none is forgotten already."""
    await db.exec(
        delete(Favorite).where(col(Favorite.driver_id) == driver_id, col(Favorite.location_key) == location_key)
    )


async def favorites_of_driver(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, driver_id: str
) -> list[FoundLocation]:
    """Return a driver's favorites, the newest first; those that may not be shown at present are left out."""
    query = select(Favorite.location_key).where(Favorite.driver_id == driver_id)
    keys = (await db.exec(query.order_by(col(Favorite.created_at).desc(), col(Favorite.location_key)))).all()
    return await read_locations(db=db, policy=policy, now=now, keys=keys)
