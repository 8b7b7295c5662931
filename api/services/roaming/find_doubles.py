"""The same EVSE told by its operator and by a hub: drivers see it once, on the direct connection.

Both are kept, since sessions and bills may come over either. The same means the same EVSE id, however it is spelled.
"""

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, not_, select

from api.domain.roaming.location import EvseStatus
from api.domain.roaming.partner import MarketRole
from api.models.location import EvseRow, LocationRow
from api.models.partner import Partner
from api.services.roaming.partners import PartnerStatus


def not_doubled() -> ColumnElement[bool]:
    """Return the condition under which an ``EvseRow`` is shown.

    One that a hub tells of gives way to a published one of an operator that is connected directly.
    """
    is_hub = col(Partner.roles).contains([{"role": MarketRole.HUB.value}])
    hubs = select(Partner.id).where(is_hub)
    direct = select(Partner.id).where(Partner.status == PartnerStatus.CONNECTED, not_(is_hub))
    own, same, place = aliased(LocationRow), aliased(EvseRow), aliased(LocationRow)
    of_hub = (
        select(col(own.key)).where(col(own.key) == col(EvseRow.location_key), col(own.partner_id).in_(hubs)).exists()
    )
    told_directly = (
        select(col(same.key))
        .join(place, col(place.key) == col(same.location_key))
        .where(col(same.evse_id_normal) == col(EvseRow.evse_id_normal), col(same.status) != EvseStatus.REMOVED)
        .where(col(place.partner_id).in_(direct), col(place.publish).is_(True))
        .exists()
    )
    return not_(and_(of_hub, told_directly))
