"""One party on two connections: only where staff said so.

A country code and party id of a credentials object are what its sender says it is (OCPI 2.2.1 chapter 7). Who says to
be a party that another partner is already would have its chargers shown twice, or instead. There are good reasons for
it, such as a hub and a direct connection of one operator, so staff may allow it, and nobody else. What a hub tells of
the parties behind it is not asked about here (``client_info.py``).
"""

from collections.abc import Iterable

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid
from api.domain.ids import PartyId
from api.domain.roaming.partner import MOST_ROLES, MarketRole, PartyRole
from api.models.partner import Partner
from api.services.roaming.documents import read_roles
from api.services.roaming.partners import PartnerStatus

_STANDING = (PartnerStatus.CONNECTED, PartnerStatus.SUSPENDED)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('parties of partners', 0))")


class PartyTaken(Conflict):
    """Another partner is this party already, and staff did not allow two. Fact: ``reason``."""


class TooManyRoles(Invalid):
    """Credentials name more roles than any platform has. Fact: ``reason``."""


def refuse_many_roles(roles: Iterable[PartyRole]) -> None:
    """Raise TooManyRoles for credentials with more roles than we keep of one partner."""
    if len(tuple(roles)) > MOST_ROLES:
        raise TooManyRoles("roles_too_many", reason=f"roles: more than {MOST_ROLES}")


async def refuse_taken(*, db: AsyncSession, partner: Partner, roles: Iterable[PartyRole]) -> None:
    """Raise PartyTaken if a partner becomes a party that another one is, unless staff allowed it to.

    Two partners that come at once wait for each other here.
    """
    if partner.may_share_parties:
        return
    await (await db.connection()).execute(_ONE_AT_A_TIME)
    taken = sorted(str(party) for party in _operators(roles) & await _parties_of_others(db, partner))
    if taken:
        reason = f"{', '.join(taken[:5])}: connected with us already; ask us to allow a second connection"
        raise PartyTaken("party_taken", reason=reason)


def new_roles(partner: Partner, roles: Iterable[PartyRole]) -> list[PartyRole]:
    """Return those of the roles that a partner does not have yet."""
    held = _operators(read_roles(partner.roles))
    return [role for role in roles if role.party not in held]


async def _parties_of_others(db: AsyncSession, partner: Partner) -> set[PartyId]:
    """Return the operators behind all other connections that stand."""
    query = select(Partner.roles).where(Partner.id != partner.id, col(Partner.status).in_(_STANDING))
    return {party for roles in (await db.exec(query)).all() for party in _operators(read_roles(list(roles)))}


def _operators(roles: Iterable[PartyRole]) -> set[PartyId]:
    return {role.party for role in roles if role.role is MarketRole.CPO}
