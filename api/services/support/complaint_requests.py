"""Complaints as apps and guests send them: one key makes one complaint, however often it is sent."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.charging import ChargingSession
from api.models.complaint import Complaint
from api.ports import Ports
from api.services.charging.advance import UnknownCharge
from api.services.drivers.repeats import begin_once, finish_once
from api.services.finance.receipt_link import read_receipt_token
from api.services.support.complaint_intake import NewComplaint, open_complaint


async def open_once(
    *, db: AsyncSession, ports: Ports, now: datetime, new: NewComplaint, key: str, request: str
) -> tuple[Complaint, bool]:
    """Take a complaint in, or return the one that this key made, and whether it was made before.

    Raises KeyReused, RequestInFlight, and what ``open_complaint`` raises.
    """
    known = await begin_once(db=db, driver_id=new.driver_id, key=key, request=request)
    if known is not None:
        return await db.get_one(Complaint, known), True
    made = await open_complaint(db=db, ports=ports, now=now, new=new)
    await finish_once(db=db, now=now, driver_id=new.driver_id, key=key, request=request, resource_id=made.id)
    return made, False


async def charge_of_receipt_link(*, db: AsyncSession, ports: Ports, now: datetime, token: str) -> ChargingSession:
    """Return the charge behind the link to a guest's receipt.

    Raises UnknownReceiptLink, ReceiptLinkExpired, UnknownCharge.
    """
    charge = await db.get(ChargingSession, read_receipt_token(ports.policy, token, now))
    if charge is None:
        raise UnknownCharge("unknown_charging_session")
    return charge
