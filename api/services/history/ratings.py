"""Rating charges: one rating a driver and charge, changeable for a while, shown to others as a sum of many (CM28)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Forbidden, NotFound
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.location import ConnectorRow
from api.models.rating import Rating
from api.services.charging.queries import charge_of_driver
from api.services.drivers.signup import GUEST
from api.services.roaming.find import UnknownConnector

LONGEST_COMMENT = 1000
CHANGEABLE = timedelta(days=30)
FEWEST_DRIVERS = 5
"""Of fewer drivers no average is told: whoever knows the others could work out what one of them thinks."""


class Subject(StrEnum):
    """What can be rated; each kind has ids of its own."""

    CHARGING_SESSION = "charging_session"


class RatingTooEarly(Conflict):
    """The charge goes on."""


class RatingClosed(Conflict):
    """The rating was given too long ago to be changed. Fact: ``days``."""


class UnknownRating(NotFound):
    """The driver did not rate this charge."""


class GuestsDoNotRate(Forbidden):
    """Ratings are for drivers with an account."""


@dataclass(frozen=True, slots=True)
class Average:
    """What many drivers think."""

    score: Decimal
    """With one decimal place."""
    count: int


async def rate_charge(
    *,
    db: AsyncSession,
    now: datetime,
    driver_id: str,
    charging_session_id: str,
    score: int,
    comment: str | None,
) -> Rating:
    """Store what a driver thinks of a charge of theirs, or change it.

    Raises UnknownCharge, GuestsDoNotRate, RatingTooEarly, RatingClosed.
    """
    charge = await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
    if (await db.get_one(Driver, driver_id)).kind == GUEST:
        raise GuestsDoNotRate("guests_do_not_rate")
    if charge.freed_at is None and charge.final_at is None:
        raise RatingTooEarly("rating_too_early", status=charge.status)
    changed = {"score": score, "comment": comment or None, "updated_at": now}
    whose = {"driver_id": driver_id, "subject_kind": Subject.CHARGING_SESSION, "subject_id": charge.id}
    given = insert(Rating).values(whose | changed | {"created_at": now})
    stored = given.on_conflict_do_update(
        index_elements=list(whose), set_=changed, where=col(Rating.created_at) > now - CHANGEABLE
    )
    connection = await db.connection()
    if (await connection.execute(stored.returning(col(Rating.score)))).first() is None:
        raise RatingClosed("rating_closed", days=CHANGEABLE.days)
    return await rating_of(db=db, driver_id=driver_id, charging_session_id=charge.id)


async def rating_of(*, db: AsyncSession, driver_id: str, charging_session_id: str) -> Rating:
    """Return what a driver thinks of a charge of theirs; raises UnknownCharge, UnknownRating."""
    charge = await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
    rating = await db.get(Rating, (driver_id, Subject.CHARGING_SESSION, charge.id), populate_existing=True)
    if rating is None:
        raise UnknownRating("unknown_rating")
    return rating


async def average_of_network(*, db: AsyncSession, country_code: str, party_id: str) -> Average | None:
    """Return what drivers think of charges at a network; None: too few of them to say."""
    here = (func.upper(ChargingSession.country_code) == country_code.upper()) & (
        func.upper(ChargingSession.party_id) == party_id.upper()
    )
    return await _average(db, here)


async def average_at_connector(*, db: AsyncSession, connector_public_id: str) -> Average | None:
    """Return what drivers think of charges at a connector's EVSE; None: too few to say; raises UnknownConnector."""
    query = select(ConnectorRow.evse_key).where(ConnectorRow.public_id == connector_public_id)
    evse_key = (await db.exec(query)).first()
    if evse_key is None:
        raise UnknownConnector("unknown_connector")
    return await _average(db, col(ChargingSession.evse_key) == evse_key)


async def _average(db: AsyncSession, where: ColumnElement[bool]) -> Average | None:
    query = (
        select(
            func.coalesce(func.sum(col(Rating.score)), 0),
            func.count(),
            func.count(func.distinct(col(Rating.driver_id))),
        )
        .select_from(Rating)
        .join(ChargingSession, col(ChargingSession.id) == col(Rating.subject_id))
        .where(Rating.subject_kind == Subject.CHARGING_SESSION, where)
    )
    total, count, drivers = (await db.exec(query)).one()
    if drivers < FEWEST_DRIVERS:
        return None
    return Average((Decimal(total) / count).quantize(Decimal("0.1"), ROUND_HALF_UP), count)
