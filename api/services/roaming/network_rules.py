"""The rules by which networks number their posts, for the search by visual identifier (CM08)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlmodel import col, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.visual_id import Post
from api.domain.visual_id_rules import VisualIdRule, read_rules
from api.models.location import LocationRow
from api.models.network import Network


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of some networks, by country and party."""

    by_owner: Mapping[tuple[str, str], tuple[VisualIdRule, ...]]

    def of(self, post: Post, location: LocationRow) -> Post:
        """Return the post with the rules of the network that its location belongs to."""
        rules = self.by_owner.get((location.country_code.upper(), location.party_id.upper()), ())
        return replace(post, rules=rules) if rules else post


async def rules_at(db: AsyncSession, locations: Collection[LocationRow]) -> Rules:
    """Return the rules of the networks that some locations belong to, in one query."""
    owners = {(each.country_code.upper(), each.party_id.upper()) for each in locations}
    if not owners:
        return Rules({})
    query = select(Network).where(tuple_(col(Network.country_code), col(Network.party_id)).in_(owners))
    return Rules({(row.country_code, row.party_id): read_rules(row.visual_id_rules) for row in await db.exec(query)})
