"""The post that a guest stands in front of: found by a reference in a code, or by the id printed on it."""

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.visual_id import normalize
from api.models.location import ConnectorRow, EvseRow, LocationRow


class UnknownPost(NotFound):
    """We know no such EVSE, or several partners have one. Fact: ``evse_id``."""


@dataclass(frozen=True, slots=True)
class GuestPost:
    """One EVSE with its site and its connectors, in the operator's order."""

    evse: EvseRow
    location: LocationRow
    connectors: tuple[ConnectorRow, ...]

    @property
    def ref(self) -> str:
        """Return what codes for this EVSE are bound to: the public id of its first connector."""
        return min(each.public_id for each in self.connectors)


async def post_of_ref(*, db: AsyncSession, ref: str) -> GuestPost:
    """Return the EVSE that has a connector of this public id; raises UnknownPost."""
    query = select(ConnectorRow).where(ConnectorRow.public_id == ref)
    connector = (await db.exec(query)).first() if ref.isprintable() else None  # the database takes no NUL
    if connector is None:
        raise UnknownPost("unknown_post")
    return await post_of_evse(db=db, evse_key=connector.evse_key)


async def post_of_evse_id(*, db: AsyncSession, evse_id: str) -> GuestPost:
    """Return the EVSE with an id as printed on it, separators or not; raises UnknownPost, also where two have it."""
    query = select(EvseRow.key).where(EvseRow.evse_id_normal == normalize(evse_id)).limit(2)
    keys = list(await db.exec(query))
    if len(keys) != 1:
        raise UnknownPost("unknown_post", evse_id=evse_id, found=len(keys))
    return await post_of_evse(db=db, evse_key=keys[0])


async def post_of_evse(*, db: AsyncSession, evse_key: str) -> GuestPost:
    """Return an EVSE with all around it; raises UnknownPost where it is gone or has no connector."""
    evse = await db.get(EvseRow, evse_key)
    query = select(ConnectorRow).where(ConnectorRow.evse_key == evse_key)
    connectors = tuple(await db.exec(query.order_by(col(ConnectorRow.position).nulls_last(), col(ConnectorRow.id))))
    if evse is None or not connectors:
        raise UnknownPost("unknown_post")
    return GuestPost(evse, await db.get_one(LocationRow, evse.location_key), connectors)
