"""What staff may decide of a charge that rules cannot settle: the sum to take, signed by whoever decided.

Four eyes, reasons and pages come with the finance console; until then the command line is the only way in.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import StaffSettled
from api.domain.errors import Invalid
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.ports import Ports
from api.services.charging.advance import apply_facts, lock_charge


class OwedNegative(Invalid):
    """A charge cannot end with a negative sum: that would be a refund."""


async def settle_by_staff(
    *, db: AsyncSession, ports: Ports, now: datetime, charging_session_id: str, owed_minor: int
) -> ChargingSession:
    """End a charge with ``owed_minor`` in its own currency, zero letting the whole hold go.

    Raises UnknownCharge, OwedNegative, IllegalTransition (nothing to decide in this status).
    """
    if owed_minor < 0:
        raise OwedNegative("owed_negative", owed_minor=owed_minor)
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    fact = StaffSettled(Money(owed_minor, charge.currency))
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[fact])
    return charge
