"""Adding a rule to the book. A change of a price is a new rule; the old one is ended (``end.py``)."""

from dataclasses import replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.domain.pricing.rulebook import RetailTerms, check_rules
from api.models.retail import RetailTermsRow
from api.ports import Ports
from api.services.prices.book import Retroactive, open_book


async def add_terms(*, db: AsyncSession, ports: Ports, now: datetime, terms: RetailTerms) -> RetailTerms:
    """Store a rule that counts from now or later, and return it with its id.

    Raises RulesRefused, CrossBorderMarkup, CurrencyInvalid, Retroactive.
    """
    book = await open_book(db)
    stored = replace(terms, id=ports.randomness.new_id(Prefix.RETAIL_TERMS))
    check_rules([*book, stored])
    if stored.starts_at < now:
        raise Retroactive("starts_in_the_past", starts_at=stored.starts_at.isoformat(), now=now.isoformat())
    db.add(_row(stored, now))
    await db.flush()
    return stored


def _row(terms: RetailTerms, now: datetime) -> RetailTermsRow:
    """Return a rule as it is stored."""
    return RetailTermsRow(
        id=terms.id,
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        country_code=terms.party.country_code if terms.party else None,
        party_id=terms.party.party_id if terms.party else None,
        country=terms.country,
        tariff_id=terms.tariff_id,
        currency=terms.currency,
        location_key=terms.location_key,
        markup_percent=terms.markup_percent,
        session_fee_minor=terms.session_fee_minor,
        minute_fee=terms.minute_fee,
        free_minutes=terms.free_minutes,
        created_at=now,
    )
