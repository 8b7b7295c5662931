"""Telling a driver in time that charging on will cost more."""

from datetime import datetime

from api.domain.charging.state import ChargingStatus
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.price_watch import watch_price
from api.services.notices.relevance import PRICE_STEP
from api.services.notices.tell import tell_driver
from api.services.work import Work


async def tell_price_step(*, work: Work, ports: Ports, charging_session_id: str, rise_at: str) -> None:
    """Tell the driver of a charge that still runs, once a rise, and watch for the next."""
    now, rise = ports.clock.now(), datetime.fromisoformat(rise_at)
    async with work() as db:
        charge = await lock_charge(db=db, charging_session_id=charging_session_id)
        if charge.freed_at is not None or charge.unplugged_at is not None:
            return
        if charge.status == ChargingStatus.CHARGING and now < rise:
            await tell_driver(
                db=db,
                ports=ports,
                now=now,
                driver_id=charge.driver_id,
                message=PRICE_STEP,
                charging_session_id=charge.id,
                detail={"at": rise_at, "time_zone": charge.time_zone},
                once=f"{charge.id}:{PRICE_STEP}:{rise_at}",
            )
        await watch_price(db=db, ports=ports, now=now, charge=charge, after=rise)
