"""Who ended a charge that its partner says is over, as far as anybody can know: OCPI itself gives no reason.

What we asked for ourselves is known to the lifecycle. Beside that there are traces: a card of the driver that was shown
at the site, an EVSE that is out of order, a car that took nothing more. Without one the cause is "unknown".
"""

from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import StopCause
from api.domain.roaming.location import EvseStatus
from api.domain.roaming.session import Session, SessionStatus
from api.models.charging import ChargingSession
from api.models.location import EvseRow
from api.models.passes import PassAuthorization
from api.models.roaming import DriverTokenRow
from api.services.charging.meter import is_idle

CARD_SHOWN = timedelta(minutes=3)
"""A card that was asked about so shortly before is what ended the charge."""
_BROKEN = frozenset({EvseStatus.INOPERATIVE, EvseStatus.OUT_OF_ORDER})
_WITHDRAWN = frozenset({EvseStatus.REMOVED, EvseStatus.PLANNED, EvseStatus.BLOCKED})


async def why_it_ended(*, db: AsyncSession, now: datetime, charge: ChargingSession, session: Session) -> StopCause:
    """Return who ended a session of a locked charge; ``unknown`` while it goes on, and where there is no trace."""
    if session.status is not SessionStatus.COMPLETED or charge.stop_cause not in {None, StopCause.UNKNOWN}:
        return StopCause.UNKNOWN
    if await _card_was_shown(db, now, charge, session):
        return StopCause.BADGE
    evse = await db.get(EvseRow, charge.evse_key)
    if evse is not None and evse.status in _BROKEN:
        return StopCause.CHARGER
    if evse is None or evse.status in _WITHDRAWN:
        return StopCause.OPERATOR
    periods = sorted(session.charging_periods, key=lambda each: each.starts_at)
    return StopCause.VEHICLE if periods and is_idle(periods[-1]) else StopCause.UNKNOWN


async def _card_was_shown(db: AsyncSession, now: datetime, charge: ChargingSession, session: Session) -> bool:
    """Say whether the partner just asked about a card of the driver at the place of the charge, but to begin it."""
    query = (
        select(PassAuthorization.id)
        .join(DriverTokenRow, col(DriverTokenRow.uid) == col(PassAuthorization.token_uid))
        .where(
            DriverTokenRow.driver_id == charge.driver_id,
            PassAuthorization.partner_id == charge.partner_id,
            PassAuthorization.id != (session.authorization_reference or ""),
            col(PassAuthorization.at) >= now - CARD_SHOWN,
            col(PassAuthorization.location_id).is_(None)
            | (func.upper(col(PassAuthorization.location_id)) == charge.location_id.upper()),
        )
        .limit(1)
    )
    return (await db.exec(query)).first() is not None
