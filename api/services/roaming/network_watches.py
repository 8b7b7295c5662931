"""Drivers who wait for a network (CM27). They are told by ``services/charging/network_news.py``."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.network import Network, NetworkWatch


async def watch_network(*, db: AsyncSession, now: datetime, driver_id: str, network: Network) -> None:
    """Have a driver told when a network is there; asking again does nothing, and after an answer asks anew."""
    values = {
        "driver_id": driver_id,
        "country_code": network.country_code,
        "party_id": network.party_id,
        "created_at": now,
        "told_at": None,
    }
    statement = insert(NetworkWatch).values(**values)
    keys = ["driver_id", "country_code", "party_id"]
    await (await db.connection()).execute(
        statement.on_conflict_do_update(
            index_elements=keys, set_={"created_at": now, "told_at": None}, where=col(NetworkWatch.told_at).is_not(None)
        )
    )


async def unwatch_network(*, db: AsyncSession, driver_id: str, country_code: str, party_id: str) -> None:
    """Forget that a driver waits."""
    await db.exec(
        delete(NetworkWatch).where(
            col(NetworkWatch.driver_id) == driver_id,
            col(NetworkWatch.country_code) == country_code,
            col(NetworkWatch.party_id) == party_id,
        )
    )


async def watched_by(*, db: AsyncSession, driver_id: str) -> set[tuple[str, str]]:
    """Return the networks that a driver waits for."""
    query = select(NetworkWatch).where(NetworkWatch.driver_id == driver_id, col(NetworkWatch.told_at).is_(None))
    return {(row.country_code, row.party_id) for row in await db.exec(query)}
