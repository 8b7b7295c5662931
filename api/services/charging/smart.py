"""What preferences and profiles need of a charge: that it runs, its session at the partner, and whom to call."""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import ChargingStatus
from api.domain.errors import Conflict
from api.domain.ids import PartyId
from api.domain.roaming.partner import Peer
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.models.roaming import PartnerSessionRow
from api.ports import Ports
from api.services.roaming.partners import partner_by_id, peer_of
from api.services.roaming.queries import sessions_of_charge

RUNNING = frozenset({ChargingStatus.CHARGING, ChargingStatus.IDLE})
"""A charge that a charger steers may look idle while it waits for cheap or green energy."""
_OPEN = frozenset({SessionStatus.ACTIVE, SessionStatus.PENDING})


class NotCharging(Conflict):
    """No session of this charge runs at the partner now. Fact: ``status``."""


async def running_session(db: AsyncSession, charge: ChargingSession) -> PartnerSessionRow:
    """Return the partner's session of a running charge, the newest if there are several; raises NotCharging."""
    sessions = await sessions_of_charge(db, charge.id) if charge.status in RUNNING else []
    running = [session for session in sessions if session.status in _OPEN]
    if not running:
        raise NotCharging("not_charging", status=charge.status)
    return running[-1]


async def peer_of_charge(db: AsyncSession, ports: Ports, charge: ChargingSession) -> Peer:
    """Return whom to call about a charge, behind a hub its own operator; raises PartnerNotConnected."""
    partner = await partner_by_id(db, charge.partner_id)
    return peer_of(partner, ports).towards(PartyId(charge.country_code, charge.party_id))
