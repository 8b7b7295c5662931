"""Firing the clocks of charges: what ran out becomes a fact."""

from api.domain.charging.state import ChargingStatus
from api.ports import Ports
from api.services.charging.advance import apply_facts, lock_charge
from api.services.charging.meter import refresh_running_cost
from api.services.charging.timers import take_due_timer
from api.services.work import Work


async def fire_timer(*, work: Work, ports: Ports, charging_session_id: str, timer: str) -> bool:
    """Fire one clock of a charge if it ran out; say whether it did."""
    now = ports.clock.now()
    async with work() as db:
        charge = await lock_charge(db=db, charging_session_id=charging_session_id)
        fired = await take_due_timer(db=db, ports=ports, now=now, charge=charge, timer=timer)
        if fired is None:
            return False
        if charge.status == ChargingStatus.IDLE:  # what staying plugged costs goes into the reminder
            await refresh_running_cost(db=db, policy=ports.policy, now=now, charge=charge)
        await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[fired])
    return True
