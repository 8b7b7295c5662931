"""A driver's charges, newest first, by what the driver looks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from api.domain.charging.state import ChargingStatus
from api.domain.finance.payer import Payer
from api.models.charging import ChargingSession


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which charges: each field narrows, None and empty do not."""

    since: datetime | None = None
    """Begun at this moment or later; when the driver started it, since a failed start has no other moment."""
    before: datetime | None = None
    """Begun earlier than this."""
    statuses: Sequence[ChargingStatus] = ()
    network: tuple[str, str] | None = None
    """Country code and party of whose post it was."""
    payer: Payer | None = None


async def charges_of_driver(
    *,
    db: AsyncSession,
    driver_id: str,
    wanted: Wanted,
    limit: int,
    behind: tuple[datetime, str] | None = None,
) -> list[ChargingSession]:
    """Return a driver's charges, newest first; ``behind`` is the creation moment and id of the last one seen."""
    query = _narrowed(select(ChargingSession).where(ChargingSession.driver_id == driver_id), wanted)
    if behind is not None:
        created_at, last_id = behind
        same = (col(ChargingSession.created_at) == created_at) & (col(ChargingSession.id) < last_id)
        query = query.where((col(ChargingSession.created_at) < created_at) | same)
    query = query.order_by(col(ChargingSession.created_at).desc(), col(ChargingSession.id).desc())
    return list(await db.exec(query.limit(limit)))


def _narrowed(query: SelectOfScalar[ChargingSession], wanted: Wanted) -> SelectOfScalar[ChargingSession]:
    if wanted.since is not None:
        query = query.where(col(ChargingSession.created_at) >= wanted.since)
    if wanted.before is not None:
        query = query.where(col(ChargingSession.created_at) < wanted.before)
    if wanted.statuses:
        query = query.where(col(ChargingSession.status).in_(wanted.statuses))
    if wanted.network is not None:
        country_code, party_id = wanted.network
        query = query.where(
            func.upper(ChargingSession.country_code) == country_code, func.upper(ChargingSession.party_id) == party_id
        )
    if wanted.payer is not None:
        query = query.where(ChargingSession.payer_type == wanted.payer)
    return query
