"""Forgetting visits that came to nothing: no charge, no address worth keeping, gone after a day."""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlmodel import col, select

from api.models.charging import ChargingSession, Quote
from api.models.driver import Driver
from api.models.guest import GuestVisit
from api.ports import Ports
from api.services.guests.tries import forget_tries
from api.services.work import Work

KEPT = timedelta(days=1)


async def sweep_visits(*, work: Work, ports: Ports, limit: int = 500) -> int:
    """Delete visits of guests who never charged, with the guest and the offers; return how many.

    Guests whom the processor knows are erased by the next sweep of accounts, since it has their address.
    """
    now = ports.clock.now()
    charged = select(ChargingSession.id).where(col(ChargingSession.driver_id) == col(GuestVisit.driver_id))
    query = select(GuestVisit.driver_id).where(col(GuestVisit.updated_at) < now - KEPT, ~charged.exists())
    async with work() as db:
        await forget_tries(db=db, now=now)
        guests = list(await db.exec(query.limit(limit).with_for_update(skip_locked=True)))
        if guests:
            connection = await db.connection()
            await connection.execute(
                update(GuestVisit).where(col(GuestVisit.driver_id).in_(guests)).values(quote_id=None)
            )
            await connection.execute(delete(Quote).where(col(Quote.driver_id).in_(guests)))
            await connection.execute(delete(GuestVisit).where(col(GuestVisit.driver_id).in_(guests)))
            known = col(Driver.processor_customer_id).is_not(
                None
            )  # to be forgotten there first (``accounts/erase.py``)
            mine = col(Driver.id).in_(guests)
            await connection.execute(update(Driver).where(mine, known).values(closing_at=now))
            await connection.execute(delete(Driver).where(mine, ~known))
    return len(guests)
