"""Telling drivers when a charger becomes free: watches that end once they were told, or at their time (P12).

A sweep looks at the few open watches and at the EVSEs they wait for, so that whatever writes statuses, a push or a
pull, need not know of them. What is free when the watch is asked for is no reason to wait.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, NotFound
from api.domain.ids import Prefix
from api.models.finding import Watch
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.ports import Ports
from api.services.finding.filters import APP, Filters, Where
from api.services.notices.tell import tell_driver
from api.services.roaming.find import UnknownLocation, reachable
from api.services.work import Work

MOST_WATCHES = 20
AT_ONCE = 200
ENDED_KEPT = timedelta(days=30)
"""How long the app can still show what came of a watch."""
CONNECTOR_FREE = "connector_free"


class TooManyWatches(Conflict):
    """The driver waits for as many chargers as one may. Fact: ``most``."""


class AlreadyFree(Conflict):
    """What the driver would wait for is free. Fact: ``connector_id``."""


class NothingToWaitFor(Conflict):
    """The app can start no charge there, free or not."""


class UnknownWatch(NotFound):
    """There is no such watch of this driver."""


async def add_watch(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver_id: str,
    location_key: str,
    connector_id: str | None,
    lifetime: timedelta,
) -> Watch:
    """Begin to wait for a connector, or for any startable one of a location.

    Raises UnknownLocation, AlreadyFree, NothingToWaitFor, TooManyWatches.
    """
    if (await db.exec(reachable().where(LocationRow.key == location_key))).first() is None:
        raise UnknownLocation("unknown_location")
    open_watches = [each for each in await watches_of_driver(db=db, driver_id=driver_id) if _open(each, now)]
    if len(open_watches) >= MOST_WATCHES:
        raise TooManyWatches("too_many_watches", most=MOST_WATCHES)
    free, any_startable = await _startable(db, location_key, connector_id)
    if free is not None:
        raise AlreadyFree("already_free", connector_id=free)
    if not any_startable:
        raise NothingToWaitFor("nothing_to_wait_for")
    watch = Watch(
        id=ports.randomness.new_id(Prefix.WATCH),
        driver_id=driver_id,
        location_key=location_key,
        connector_id=connector_id,
        created_at=now,
        expires_at=now + lifetime,
    )
    db.add(watch)
    return watch


async def end_watch(*, db: AsyncSession, driver_id: str, watch_id: str) -> None:
    """Wait no longer; raises UnknownWatch."""
    watch = await db.get(Watch, watch_id)
    if watch is None or watch.driver_id != driver_id:
        raise UnknownWatch("unknown_watch")
    await db.delete(watch)


async def watches_of_driver(*, db: AsyncSession, driver_id: str) -> list[Watch]:
    """Return a driver's watches, the newest first, those that ended lately too."""
    query = select(Watch).where(Watch.driver_id == driver_id)
    return list(await db.exec(query.order_by(col(Watch.created_at).desc(), col(Watch.id)).limit(50)))


async def forget_watches(*, work: Work, now: datetime) -> int:
    """Delete watches that ended a while ago, told or not; return how many."""
    ended = func.coalesce(col(Watch.told_at), col(Watch.expires_at))
    async with work() as db:
        gone = await (await db.connection()).execute(delete(Watch).where(ended < now - ENDED_KEPT))
    return gone.rowcount


async def place_of_connector(*, db: AsyncSession, connector_id: str) -> str:
    """Return the key of the location of a connector; raises UnknownLocation."""
    query = (
        select(EvseRow.location_key)
        .join(ConnectorRow, col(ConnectorRow.evse_key) == col(EvseRow.key))
        .where(ConnectorRow.public_id == connector_id)
    )
    found = (await db.exec(query)).first()
    if found is None:
        raise UnknownLocation("unknown_location")
    return found


async def tell_what_became_free(*, work: Work, ports: Ports) -> int:
    """Tell the drivers whose watched connectors are free, each once; return how many. Expired watches are silent."""
    now = ports.clock.now()
    async with work() as db:
        told = 0
        for watch in await _due(db, now):
            connector_id, _ = await _startable(db, watch.location_key, watch.connector_id)
            if connector_id is None:
                continue
            watch.told_at, watch.told_connector_id = now, connector_id
            await tell_driver(
                db=db,
                ports=ports,
                now=now,
                driver_id=watch.driver_id,
                message=CONNECTOR_FREE,
                detail={"watch_id": watch.id, "connector_id": connector_id},
            )
            told += 1
    return told


async def _due(db: AsyncSession, now: datetime) -> Sequence[Watch]:
    """Lock the open watches of places where something is free; two sweeps at once take different ones."""
    free = text("EXISTS (SELECT 1 FROM evse e WHERE e.location_key = watch.location_key AND e.status = 'available')")
    query = select(Watch).where(col(Watch.told_at).is_(None), col(Watch.expires_at) > now, free)
    return (await db.exec(query.order_by(col(Watch.created_at)).limit(AT_ONCE).with_for_update(skip_locked=True))).all()


async def _startable(db: AsyncSession, location_key: str, connector_id: str | None) -> tuple[str | None, bool]:
    """Return a startable connector that is free, and whether there is any startable one at all."""
    where = Where()
    where.at([location_key])
    where.wanted(Filters(), passes_offered=False)
    where.add(APP)
    if connector_id is not None:
        where.add("s.connector_id = {}", connector_id)
    statement = f"SELECT s.connector_id, s.status = 1 FROM spot s WHERE {where} ORDER BY s.connector_id"  # noqa: S608 - conditions of ours
    rows: Sequence[Any] = (await (await db.connection()).exec_driver_sql(statement, tuple(where.values))).all()
    return next((row[0] for row in rows if row[1]), None), bool(rows)


def _open(watch: Watch, now: datetime) -> bool:
    return watch.told_at is None and watch.expires_at > now
