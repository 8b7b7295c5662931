"""The charger behind a link at a post: found by its EVSE id alone, and only what any map tells of it (A26)."""

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.location import EvseStatus
from api.domain.visual_id import normalize
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.models.partner import Partner
from api.services.roaming.find_doubles import not_doubled
from api.services.roaming.partners import PartnerStatus


@dataclass(frozen=True, slots=True)
class LinkedConnector:
    """A connector of the charger; ``id`` is what quotes are asked for with."""

    id: str
    standard: str
    power_w: int | None


@dataclass(frozen=True, slots=True)
class LinkedPlace:
    """A charger as anybody may see it."""

    evse_key: str
    evse_id: str
    name: str | None
    address: str
    city: str
    country: str
    time_zone: str
    operator_name: str | None
    operator_phone: str | None
    connectors: tuple[LinkedConnector, ...]


async def place_behind_link(*, db: AsyncSession, evse_id: str) -> LinkedPlace | None:
    """Return the published charger with this EVSE id, however its separators are written; None: there is none."""
    wanted = normalize(evse_id)
    if not wanted:
        return None
    query = (
        select(EvseRow, LocationRow, ConnectorRow)
        .join(LocationRow, col(LocationRow.key) == col(EvseRow.location_key))
        .join(Partner, col(Partner.id) == col(LocationRow.partner_id))
        .join(ConnectorRow, col(ConnectorRow.evse_key) == col(EvseRow.key))
        .where(EvseRow.evse_id_normal == wanted, EvseRow.status != EvseStatus.REMOVED.value)
        .where(col(LocationRow.publish).is_(True), Partner.status == PartnerStatus.CONNECTED.value)
        .where(not_doubled())
        .order_by(EvseRow.key, ConnectorRow.id)
    )
    rows = (await db.exec(query)).all()
    if not rows:
        return None
    evse, location, _ = rows[0]
    connectors = (connector for owner, _, connector in rows if owner.key == evse.key)
    return LinkedPlace(
        evse_key=evse.key,
        evse_id=evse.evse_id or wanted,
        name=location.name,
        address=location.address,
        city=location.city,
        country=location.country,
        time_zone=location.time_zone,
        operator_name=location.operator_name,
        operator_phone=location.help_phone,
        connectors=tuple(LinkedConnector(c.public_id, c.standard, c.max_electric_power_w) for c in connectors),
    )
