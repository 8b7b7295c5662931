"""Writing down a network, and telling the drivers who waited once it is there (CM27): one transaction.

Lives above the rooms of networks and of notices, which do not know each other.
"""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.ways import LIVE
from api.models.network import Network, NetworkWatch
from api.ports import Ports
from api.services.notices.tell import tell_driver
from api.services.roaming.networks import NetworkChange, network_id, set_network

NETWORK_LIVE = "network_live"
"""The message of the notice; ``detail`` has ``network_id`` and ``name``."""


async def write_network(
    *, db: AsyncSession, ports: Ports, now: datetime, country_code: str, party_id: str, change: NetworkChange
) -> tuple[Network, int]:
    """Write down what is different about a network; return it and how many drivers are told that it is there.

    Raises NetworkInvalid, VisualIdRuleInvalid.
    """
    row = await set_network(db=db, now=now, country_code=country_code, party_id=party_id, change=change)
    if row.state != LIVE or not row.app_charging:
        return row, 0
    waiting = select(NetworkWatch).where(
        NetworkWatch.country_code == row.country_code,
        NetworkWatch.party_id == row.party_id,
        col(NetworkWatch.told_at).is_(None),
    )
    watches = list(await db.exec(waiting.order_by(NetworkWatch.driver_id).with_for_update()))
    detail = {"network_id": network_id(row.country_code, row.party_id), "name": row.name}
    for watch in watches:
        watch.told_at = now
        db.add(watch)
        await tell_driver(db=db, ports=ports, now=now, driver_id=watch.driver_id, message=NETWORK_LIVE, detail=detail)
    return row, len(watches)
