"""Telling drivers of money that goes back to them."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.money import Money
from api.models.charging import ChargingSession
from api.ports import Ports
from api.services.notices.tell import tell_driver

REFUND_MADE = "refund_made"


async def tell_refund_made(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, amount: Money, cause: str
) -> None:
    """Tell the driver of a charge what goes back, once a ``cause``."""
    await tell_driver(
        db=db,
        ports=ports,
        now=now,
        driver_id=charge.driver_id,
        message=REFUND_MADE,
        charging_session_id=charge.id,
        detail={"amount_minor": amount.minor, "currency": amount.currency},
        once=f"{cause}:{REFUND_MADE}",
    )
