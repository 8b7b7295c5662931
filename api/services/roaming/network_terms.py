"""What our agreements say about networks, and when their partners were heard last: read once for many places."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.hub import AWAY
from api.domain.roaming.partner import MarketRole
from api.domain.roaming.ways import NetworkTerms
from api.models.hub import ClientInfoRow
from api.models.location import LocationRow
from api.models.network import Network
from api.models.partner import Partner
from api.models.traffic import PartnerPush

Owner = tuple[str, str]
_PLAIN = NetworkTerms()


@dataclass(frozen=True, slots=True)
class Owners:
    """What is known of the owners of some locations, and of the partners that tell of them."""

    terms: Mapping[Owner, NetworkTerms] = field(default_factory=dict)
    away: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """Why an operator behind a hub cannot be reached, by partner and owner."""
    heard: Mapping[str, datetime] = field(default_factory=dict)
    """When a partner last told us of its places, by pushing or in a pull."""

    def terms_at(self, place: LocationRow) -> NetworkTerms:
        """Return the agreement that holds at a location."""
        return self.terms.get((place.country_code, place.party_id), _PLAIN)

    def away_at(self, place: LocationRow) -> str | None:
        """Return why nothing can be started at a location at present, as the hub tells it."""
        return self.away.get((place.partner_id, place.country_code, place.party_id))


async def owners_of(db: AsyncSession, places: Collection[LocationRow]) -> Owners:
    """Return what is known of the owners of ``places``."""
    if not places:
        return Owners()
    owners = {(place.country_code, place.party_id) for place in places}
    partners = {place.partner_id for place in places}
    named = select(Network).where(tuple_(col(Network.country_code), col(Network.party_id)).in_(owners))
    away = select(ClientInfoRow).where(
        col(ClientInfoRow.partner_id).in_(partners),
        ClientInfoRow.role == MarketRole.CPO.value,
        col(ClientInfoRow.status).in_(AWAY),
    )
    heard = (
        select(Partner.id, Partner.locations_pulled_at, PartnerPush.last_at)
        .join(
            PartnerPush,
            (col(PartnerPush.partner_id) == col(Partner.id)) & (col(PartnerPush.module) == "locations"),
            isouter=True,
        )
        .where(col(Partner.id).in_(partners))
    )
    return Owners(
        {(row.country_code, row.party_id): terms_of(row) for row in await db.exec(named)},
        {(row.partner_id, row.country_code, row.party_id): row.status for row in await db.exec(away)},
        {key: max(filter(None, at)) for key, *at in await db.exec(heard) if any(at)},
    )


async def terms_of_owner(db: AsyncSession, country_code: str, party_id: str) -> NetworkTerms:
    """Return the agreement with one network."""
    row = await db.get(Network, (country_code, party_id))
    return terms_of(row) if row is not None else _PLAIN


def terms_of(row: Network) -> NetworkTerms:
    """Return the agreement that a row notes."""
    return NetworkTerms(row.name, row.website, row.state, row.app_charging, row.pass_policy)
