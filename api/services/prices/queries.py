"""Reads of the book of retail rules. Nothing here writes."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import PartyId
from api.domain.pricing.rulebook import RetailTerms
from api.models.retail import RetailTermsRow


async def all_terms(db: AsyncSession) -> list[RetailTerms]:
    """Return every rule that there ever was, oldest first."""
    query = select(RetailTermsRow).order_by(col(RetailTermsRow.starts_at), col(RetailTermsRow.id))
    return [terms_of(row) for row in await db.exec(query)]


def terms_of(row: RetailTermsRow) -> RetailTerms:
    """Return a stored rule as the domain has it."""
    known = row.country_code is not None and row.party_id is not None
    return RetailTerms(
        id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        party=PartyId(row.country_code or "", row.party_id or "") if known else None,
        country=row.country,
        tariff_id=row.tariff_id,
        currency=row.currency,
        location_key=row.location_key,
        markup_percent=row.markup_percent,
        session_fee_minor=row.session_fee_minor,
        minute_fee=row.minute_fee,
        free_minutes=row.free_minutes,
    )
