"""A fresh quote in place of one that ran out: same connector, same car and plan, at the price of now (CM13)."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import AppError
from api.models.charging import Quote
from api.models.driver import Driver
from api.models.location import ConnectorRow
from api.ports import Ports
from api.services.charging.quote import quote_charge
from api.services.charging.quote_plan import wish_of


@dataclass(frozen=True, slots=True)
class FreshQuote:
    """A quote that can be accepted, and for which connector it is."""

    quote: Quote
    connector_id: str


async def quote_again(
    *, db: AsyncSession, ports: Ports, now: datetime, driver: Driver, quote_id: str
) -> FreshQuote | None:
    """Quote again what ran out; None where nothing ran out, or where no start is possible any more.

    Why it is not possible is told by an ordinary quote, which the app asks for next.
    """
    old = await db.get(Quote, quote_id)
    if old is None or old.driver_id != driver.id or old.accepted_at is not None:
        return None
    connector = await db.get(ConnectorRow, old.connector_key)
    if connector is None:
        return None
    try:
        quote = await quote_charge(
            db=db,
            ports=ports,
            now=now,
            driver=driver,
            connector_public_id=connector.public_id,
            visual_id=old.visual_id,
            wish=wish_of(old.price),
        )
    except AppError:
        return None
    return FreshQuote(quote, connector.public_id)
