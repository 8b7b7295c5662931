"""What requests of every kind have in common when a second person comes: finding them locked, and whether it may be.

Each kind says by itself what else must still be so, and what follows (``credits.py``, ``write_offs.py``,
``settlements.py``).
"""

from datetime import datetime
from typing import TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.afterwards import CreditRow, SettlementRow, WriteOffRow
from api.models.charging import ChargingSession
from api.services.charging.advance import lock_charge
from api.services.charging.approvals import AlreadyDecided, Request, RequestState, check_second_person

R = TypeVar("R", CreditRow, WriteOffRow, SettlementRow)


def check_decidable(request: Request, *, by: str, now: datetime) -> None:
    """Raise SamePerson or AlreadyDecided unless ``by`` may approve a request now."""
    check_second_person(by=by, requested_by=request.requested_by)
    if request.state != RequestState.REQUESTED or request.expires_at <= now:
        raise AlreadyDecided("already_decided", state=request.state)


async def locked_request(*, db: AsyncSession, kind: type[R], subject_id: str) -> tuple[ChargingSession, R] | None:
    """Return a request with its charge, both as stored now and the charge locked; None: there is none."""
    found = await db.get(kind, subject_id)
    if found is None:
        return None
    charge = await lock_charge(db=db, charging_session_id=found.charging_session_id)
    return charge, await db.get_one(kind, subject_id, populate_existing=True)
