"""The same EVSE told by its operator and by a hub: drivers see it once, on the direct connection.

Both are kept, since sessions and bills may come over either. The same means the same EVSE id, however it is spelled.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, not_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.location import EvseStatus
from api.models.location import EvseRow, LocationRow
from api.models.partner import Partner
from api.services.roaming.partners import PartnerStatus, hub_party


async def not_doubled(db: AsyncSession, partner_ids: Iterable[str]) -> list[ColumnElement[bool]]:
    """Return the conditions under which an ``EvseRow`` of these partners is shown: none where no hub is among them.

    One that a hub tells of gives way to a published one of an operator connected directly.
    """
    asked = (await db.exec(select(Partner).where(col(Partner.id).in_(set(partner_ids))))).all()
    if all(hub_party(partner) is None for partner in asked):
        return []
    connected = (await db.exec(select(Partner).where(Partner.status == PartnerStatus.CONNECTED))).all()
    direct = [partner.id for partner in connected if hub_party(partner) is None]
    hubs = [partner.id for partner in asked if hub_party(partner) is not None]
    own, same, place = aliased(LocationRow), aliased(EvseRow), aliased(LocationRow)
    of_hub = select(own.key).where(own.key == col(EvseRow.location_key), own.partner_id.in_(hubs)).exists()  # type: ignore[attr-defined]  # a column of an alias
    told_directly = (
        select(same.key)
        .join(place, place.key == same.location_key)  # type: ignore[arg-type]  # as above
        .where(same.evse_id_normal == col(EvseRow.evse_id_normal), same.status != EvseStatus.REMOVED)
        .where(place.partner_id.in_(direct), place.publish.is_(True))  # type: ignore[attr-defined]  # as above
        .exists()
    )
    return [not_(and_(of_hub, told_directly))]
