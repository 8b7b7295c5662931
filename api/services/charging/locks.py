"""Locking a hold and the charge that it secures, in one order for everybody: the charge first, then its hold.

A hold may be passed on to the driver's next charge (``standing_hold.py``), always from an older charge to a newer one,
so whoever finds that it moved while they waited locks the newer charge after the older: nobody can wait in a circle.
"""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.charging import ChargingSession
from api.models.payment import HoldRow
from api.services.charging.advance import lock_charge


async def lock_hold(*, db: AsyncSession, hold_id: str) -> tuple[ChargingSession, HoldRow]:
    """Return the charge that a hold secures at this moment and the hold, both locked until the transaction ends."""
    while True:
        owner = (await db.exec(select(HoldRow.charging_session_id).where(HoldRow.id == hold_id))).one()
        charge = await lock_charge(db=db, charging_session_id=owner)
        query = select(HoldRow).where(HoldRow.id == hold_id).with_for_update()
        hold = (await db.exec(query.execution_options(populate_existing=True))).one()
        if hold.charging_session_id == charge.id:
            return charge, hold
