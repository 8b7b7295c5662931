"""Ending a rule of the book, in the future only: what was quoted by it stays as it was quoted."""

from dataclasses import replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.pricing.rulebook import RetailTerms, check_rules
from api.models.retail import RetailTermsRow
from api.services.prices.book import Retroactive, open_book


class UnknownTerms(NotFound):
    """The book has no such rule. Fact: ``rule``."""


async def end_terms(*, db: AsyncSession, now: datetime, terms_id: str, ends_at: datetime) -> RetailTerms:
    """Let a rule end at a moment to come, or at another one than was planned; its own start withdraws it.

    Raises UnknownTerms, Retroactive, RulesRefused, CrossBorderMarkup.
    """
    book = {rule.id: rule for rule in await open_book(db)}
    if terms_id not in book:
        raise UnknownTerms("unknown_terms", rule=terms_id)
    known = book[terms_id].ends_at
    book[terms_id] = replace(book[terms_id], ends_at=ends_at)
    check_rules([*book.values()])
    if ends_at <= now or (known is not None and known <= now):
        raise Retroactive("ends_in_the_past", ends_at=min(ends_at, known or ends_at).isoformat(), now=now.isoformat())
    row = await db.get_one(RetailTermsRow, terms_id)
    row.ends_at = ends_at
    db.add(row)
    await db.flush()
    return book[terms_id]
