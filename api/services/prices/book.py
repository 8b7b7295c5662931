"""One writer of the book of retail rules at a time: a rule is checked against all others before it is written."""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Refused
from api.domain.pricing.rulebook import RetailTerms
from api.services.prices.queries import all_terms


class Retroactive(Refused):
    """A rule would change what counted already. Facts: ``now`` and the moment that was asked for."""


async def open_book(db: AsyncSession) -> list[RetailTerms]:
    """Return every rule; until the transaction ends nobody else writes one, while charges are still quoted."""
    await (await db.connection()).execute(text("LOCK TABLE retail_terms IN EXCLUSIVE MODE"))
    return await all_terms(db)
