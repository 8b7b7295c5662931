"""What our own rules make of a charge that starts now: found once, when it is quoted, and stored with the quote.

Asks where the charge is and what the partner's tariff is, never who charges (AFIR Art. 5).
"""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import PartyId
from api.domain.pricing.local_time import local_date
from api.domain.pricing.retail import RetailRule
from api.domain.pricing.rulebook import RetailTerms, choose_terms, resolved
from api.domain.pricing.vat import vat_percent
from api.models.location import LocationRow
from api.models.retail import RetailTermsRow
from api.ports.policy import ServicePolicy
from api.services.prices.queries import terms_of


async def resolve_retail(
    *,
    db: AsyncSession,
    policy: ServicePolicy,
    now: datetime,
    location: LocationRow,
    tariff_id: str | None,
    currency: str,
) -> RetailRule:
    """Return the rule for a charge at ``location`` under a tariff, with the tax of the day that it is there."""
    terms = await terms_valid_at(db=db, now=now)
    return rule_for(terms, policy=policy, now=now, location=location, tariff_id=tariff_id, currency=currency)


async def terms_valid_at(*, db: AsyncSession, now: datetime) -> list[RetailTerms]:
    """Return the rules that count at a moment, wherever they are for."""
    valid = select(RetailTermsRow).where(
        col(RetailTermsRow.starts_at) <= now,
        or_(col(RetailTermsRow.ends_at).is_(None), col(RetailTermsRow.ends_at) > now),
    )
    return [terms_of(row) for row in await db.exec(valid)]


def rule_for(
    terms: Iterable[RetailTerms],
    *,
    policy: ServicePolicy,
    now: datetime,
    location: LocationRow,
    tariff_id: str | None,
    currency: str,
) -> RetailRule:
    """Choose from rules that were read before, for many places at once."""
    chosen = choose_terms(
        terms,
        party=PartyId(location.country_code, location.party_id),
        country=location.country,
        tariff_id=tariff_id,
        currency=currency,
        at=now,
        location_key=location.key,
    )
    today = local_date(now, location.time_zone)
    return resolved(chosen, vat_percent=vat_percent(location.country, today, policy.vat_percent_by_country))
