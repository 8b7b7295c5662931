"""A session that is completed while its EVSE goes on saying that a car stands there: the cable is not out yet.

Partners complete a session when the energy ends for good; whether the car left, the status of the EVSE tells (OCPI
2.2.1 chapter 8, CHARGING and BLOCKED). It counts only where it is from after the end of the session, and for a while:
a status that is never taken back must not keep a driver. What the stay costs ends with the session all the same.
"""

from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import RUNNING
from api.domain.roaming.location import EvseStatus
from api.domain.roaming.session import Session, SessionStatus
from api.models.charging import ChargingSession
from api.models.location import EvseRow
from api.models.roaming import PartnerSessionRow
from api.services.roaming.documents import read_session

LONGEST = timedelta(minutes=15)
"""For how long after a session's end the status of its EVSE is believed more than the session."""
_TAKEN = frozenset({EvseStatus.CHARGING, EvseStatus.BLOCKED})


async def is_still_plugged(*, db: AsyncSession, now: datetime, charge: ChargingSession, session: Session) -> bool:
    """Say whether the session of a charge is completed and its EVSE told since then that the car is still there."""
    if session.status is not SessionStatus.COMPLETED or charge.status not in RUNNING:
        return False
    ended_at = session.ended_at or session.last_updated
    evse = await db.get(EvseRow, charge.evse_key, populate_existing=True)
    if evse is None or evse.status not in _TAKEN or now - ended_at >= LONGEST:
        return False
    return evse.last_updated >= ended_at  # by the partner's own clock, both of them


async def has_left(*, db: AsyncSession, now: datetime, charge: ChargingSession) -> bool:
    """Say whether the session of a charge is completed and nothing speaks for the car being there any more."""
    row = None if charge.partner_session_key is None else await db.get(PartnerSessionRow, charge.partner_session_key)
    if row is None or row.status != SessionStatus.COMPLETED:
        return False
    return not await is_still_plugged(db=db, now=now, charge=charge, session=read_session(row.document))
