"""What a charge without a bill would cost by now: our own running cost, else what the partner's session says.

Used when the hold is about to lapse before the CDR came (payments.md 4.14): captured as an estimate, trued up later.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.money import Money
from api.domain.pricing.breakdown import CostBreakdown, sum_line
from api.domain.pricing.retail import driver_price
from api.domain.roaming.session import Session
from api.models.charging import ChargingSession
from api.models.roaming import PartnerSessionRow
from api.ports.policy import ServicePolicy
from api.services.charging.retail import retail_of, stay_seconds
from api.services.charging.running import refresh_running_cost
from api.services.roaming.documents import read_session


async def last_known_price(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, charge: ChargingSession
) -> Money | None:
    """Return the driver's price of a charge as far as it is known at ``now``; None: nobody told a price."""
    charge.running_state = None  # what is captured is computed from the readings themselves
    running = await refresh_running_cost(db=db, policy=policy, now=now, charge=charge)
    if running is not None and running.get("total_minor") is not None:
        return Money(int(running["total_minor"]), charge.currency)
    if charge.partner_session_key is None:
        return None
    row = await db.get(PartnerSessionRow, charge.partner_session_key)
    return None if row is None else stated_price(read_session(row.document), charge, policy, now)


def stated_price(session: Session, charge: ChargingSession, policy: ServicePolicy, now: datetime) -> Money | None:
    """Return the total that a partner's session states, as the driver would pay it; None in another currency."""
    cost = session.total_cost
    if cost is None or session.currency != charge.currency or cost.before_taxes < 0:
        return None
    tax = None if cost.after_taxes is None else cost.after_taxes - cost.before_taxes
    line = sum_line(session.id, cost.before_taxes, tax)
    breakdown = CostBreakdown(charge.currency, (line,), cost.before_taxes, cost.after_taxes)
    stay = stay_seconds(charge.charging_at or session.starts_at, charge.unplugged_at or session.ended_at or now)
    return driver_price(breakdown, retail_of(charge, policy), stay_seconds=stay).total
