"""An operator's agent gives money back for a charge at one of their chargers: within a limit at once.

It is a credit like any other (``services/charging/credits.py``): what goes back is the machine's decision, and above
the limit a second person of our finance approves.
"""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.afterwards import CreditRow, StaffAction
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.approvals import sign_with_request
from api.services.charging.credits import request_credit
from api.services.owners.scope import Own, own_charge


async def refund_by_agent(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    partner_id: str,
    charging_session_id: str,
    amount_minor: int,
    reason: str,
    text: str,
    by: str,
    request_id: str,
) -> CreditRow:
    """Waive part of a bill, or ask finance to; one page does it once, however often it is sent.

    Raises UnknownCharge, CreditUnreadable, NotSettled, DisputeOpen, CreditTooLarge.
    """
    await own_charge(db=db, own=Own(partner_id=partner_id), charging_session_id=charging_session_id)
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    before = select(StaffAction.subject_id).where(
        StaffAction.charging_session_id == charge.id,
        StaffAction.action == "credit_requested",
        StaffAction.request_id == request_id,
    )
    earlier = (await db.exec(before)).first()
    if earlier is not None:
        return await db.get_one(CreditRow, earlier)
    sign_with_request(db, request_id)
    return await request_credit(
        db=db,
        ports=ports,
        now=now,
        charging_session_id=charge.id,
        amount_minor=amount_minor,
        reason=reason,
        text=text,
        by=by,
        alone_minor=ports.policy.operator_refund.get(charge.currency, 0),
    )
