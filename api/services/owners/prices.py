"""An owner sets the price of a site of theirs: a rule of the book for that site alone, from now or later (CN28).

Nothing counts back: what is quoted or runs keeps the rule that its quote had (``services/prices/resolve.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import PartyId
from api.domain.pricing.rulebook import RetailTerms, RulesRefused
from api.models.location import LocationRow
from api.models.owner import OwnerPrice
from api.models.retail import RetailTermsRow
from api.ports import Ports
from api.services.charging.approvals import named, note_action
from api.services.owners.owners import own_site
from api.services.prices.add import add_terms
from api.services.prices.book import Retroactive, open_book
from api.services.prices.end import end_terms
from api.services.prices.queries import terms_of
from api.services.support.place import run_by_us

AT_ONCE = timedelta(seconds=1)
"""A price "from now on" begins with the next second, in which the one before it ends."""


@dataclass(frozen=True, slots=True)
class SetPrice:
    """A price with who set it."""

    terms: RetailTerms
    set_at: datetime
    set_by: str


async def set_own_price(
    *, db: AsyncSession, ports: Ports, now: datetime, owner_id: str | None, wish: RetailTerms, by: str
) -> RetailTerms:
    """Let a price of a site begin, and the one before it end; ``wish.starts_at`` at the present moment means at once.

    It counts until the next one that is planned. Where somebody else operates the site, its owner asks no less than the
    operator does. Raises UnknownSite, Retroactive, RulesRefused, CurrencyInvalid.
    """
    site = await own_site(db=db, owner_id=owner_id, location_key=str(wish.location_key))
    await _check_covered(db, ports, wish)
    if wish.starts_at < now:
        raise Retroactive("starts_in_the_past", starts_at=wish.starts_at.isoformat(), now=now.isoformat())
    begins = max(wish.starts_at, now + AT_ONCE)
    same = [each for each in await open_book(db) if each.scope == wish.scope and each.starts_at != each.ends_at]
    later = [each.starts_at for each in same if each.starts_at > begins]
    for each in same:
        if each.starts_at <= begins and (each.ends_at is None or each.ends_at > begins):
            await end_terms(db=db, now=now, terms_id=each.id, ends_at=begins)
    ends_at = min(later) if later else None
    stored = await add_terms(db=db, ports=ports, now=now, terms=replace(wish, starts_at=begins, ends_at=ends_at))
    db.add(
        OwnerPrice(
            terms_id=stored.id,
            owner_id=site.owner_id,
            location_key=site.location_key,
            set_at=now,
            set_by=named(by),
        )
    )
    await _log(db, now, stored, by)
    return stored


async def _check_covered(db: AsyncSession, ports: Ports, wish: RetailTerms) -> None:
    """Raise RulesRefused for a price below that of an operator who is not us: the difference would be our loss."""
    if wish.markup_percent >= 0:
        return
    location = await db.get_one(LocationRow, wish.location_key)
    if not run_by_us(ports.policy, str(PartyId(location.country_code, location.party_id))):
        raise RulesRefused("markup_below_cost", rule=wish.id)


async def price_history(*, db: AsyncSession, owner_id: str | None, location_key: str) -> Sequence[SetPrice]:
    """Return every price that this owner ever set for a site, the latest first."""
    query = (
        select(OwnerPrice, RetailTermsRow)
        .join(RetailTermsRow, col(RetailTermsRow.id) == col(OwnerPrice.terms_id))
        .where(OwnerPrice.owner_id == owner_id, OwnerPrice.location_key == location_key)
        .order_by(col(RetailTermsRow.starts_at).desc(), col(OwnerPrice.set_at).desc())
    )
    return [SetPrice(terms_of(row), price.set_at, price.set_by) for price, row in await db.exec(query)]


async def _log(db: AsyncSession, now: datetime, terms: RetailTerms, by: str) -> None:
    await note_action(
        db=db,
        now=now,
        by=named(by),
        action="own_price_set",
        subject_id=terms.id,
        charging_session_id=None,
        reason="",
        after={
            "location_key": terms.location_key,
            "starts_at": terms.starts_at.isoformat(),
            "markup_percent": str(terms.markup_percent),
            "session_fee_minor": terms.session_fee_minor,
            "minute_fee": str(terms.minute_fee),
            "currency": terms.currency,
        },
    )
