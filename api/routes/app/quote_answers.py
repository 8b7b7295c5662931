"""Showing a quote to its driver: with who can pay it, in their language; and beside the refusal of one that ran out."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork
from api.domain.language import language_of, wishes_of
from api.domain.money import Money
from api.models.charging import Quote
from api.models.driver import Driver
from api.ports import Ports
from api.routes.app.payer_shapes import ShownPayer
from api.routes.app.quote_shapes import ShownQuote
from api.services.charging.payers import payers_for
from api.services.charging.requote import quote_again
from api.services.charging.start import QuoteExpired
from api.services.drivers.queries import driver_by_id


async def shown_quote(
    *, db: AsyncSession, ports: Ports, driver: Driver, quote: Quote, connector_id: str, accept_language: str | None
) -> ShownQuote:
    """Return a quote as its driver sees it."""
    hold = Money(quote.hold_minor, quote.currency)
    payers = await payers_for(db=db, policy=ports.policy, driver=driver, hold=hold)
    language = language_of(*wishes_of(accept_language), driver.language)
    return ShownQuote.of(quote, connector_id, [ShownPayer.of(each) for each in payers], language)


async def with_fresh_quote(
    expired: QuoteExpired,
    *,
    work: UnitOfWork,
    ports: Ports,
    now: datetime,
    driver_id: str,
    quote_id: str,
    accept_language: str | None,
) -> QuoteExpired:
    """Return the refusal of a start with a fresh quote among its facts, where there can be one (CM13)."""
    async with work() as db:
        driver = await driver_by_id(db, driver_id)
        fresh = await quote_again(db=db, ports=ports, now=now, driver=driver, quote_id=quote_id)
        if fresh is None:
            return expired
        shown = await shown_quote(
            db=db,
            ports=ports,
            driver=driver,
            quote=fresh.quote,
            connector_id=fresh.connector_id,
            accept_language=accept_language,
        )
    return QuoteExpired(expired.code, **expired.facts, quote=shown.model_dump(mode="json"))
