"""Firing the clocks of charges: what ran out becomes a fact."""

from dataclasses import replace

from api.domain.charging.facts import Fact, HoldNearlyUsed, StopCause, Timer, Unplugged
from api.domain.charging.state import RUNNING, ChargingStatus
from api.ports import Ports
from api.services.charging.advance import announce, apply_facts, lock_charge
from api.services.charging.estimate import last_known_price
from api.services.charging.observe import nearly_used
from api.services.charging.running import refresh_running_cost
from api.services.charging.still_plugged import has_left
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
        before, shown = charge.version, charge.running
        facts: list[Fact] = [fired]
        if fired.timer is Timer.HOLD_EXPIRY_NEAR:
            estimate = await last_known_price(db=db, policy=ports.policy, now=now, charge=charge)
            facts = [replace(fired, estimate=estimate)]
        elif charge.status == ChargingStatus.IDLE and await has_left(db=db, now=now, charge=charge):
            cause = StopCause(charge.stop_cause) if charge.stop_cause else StopCause.UNKNOWN
            facts = [Unplugged(cause)]
        elif charge.status in RUNNING:  # what time costs goes on while the partner is silent, and into the reminder
            await refresh_running_cost(db=db, policy=ports.policy, now=now, charge=charge)
            if nearly_used(charge, ports.policy.hold_stop_percent):
                facts.append(HoldNearlyUsed())
        await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=facts)
        if charge.running != shown and charge.version == before:
            await announce(db=db, charge=charge, now=now)
        if fired.timer is Timer.SESSION_TOO_LONG and charge.freed_at is None:
            charge.freed_at = now  # no car charges that long: driver and connector are free again, finance decides
            db.add(charge)
    return True
