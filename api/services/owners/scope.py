"""What is somebody's own: an operator's agent has the chargers of one partner, an owner's person their sites.

Each page asks with a scope, and what is outside it does not exist there. A role without its binding has nothing. An
owner has what was at a site while it was theirs.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false
from sqlmodel import and_, col, exists, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.staff.roles import Role
from api.models.charging import ChargingSession
from api.models.location import LocationRow
from api.models.owner import OwnedSite
from api.services.charging.advance import UnknownCharge
from api.services.staff.signin import SignedInStaff


@dataclass(frozen=True, slots=True)
class Own:
    """Whose chargers: of a partner, of an owner, or of both; of neither, there are none."""

    partner_id: str | None = None
    owner_id: str | None = None

    @property
    def charges(self) -> ColumnElement[bool]:
        """Return the condition for charges of this scope."""
        mine: list[ColumnElement[bool]] = [false()]
        if self.partner_id is not None:
            mine.append(col(ChargingSession.partner_id) == self.partner_id)
        if self.owner_id is not None:
            owned = exists().where(
                col(OwnedSite.owner_id) == self.owner_id,
                col(OwnedSite.location_key) == col(ChargingSession.location_key),
                col(OwnedSite.since) <= col(ChargingSession.created_at),
                or_(col(OwnedSite.until).is_(None), col(OwnedSite.until) > col(ChargingSession.created_at)),
            )
            mine.append(owned)
        return or_(*mine)

    @property
    def locations(self) -> ColumnElement[bool]:
        """Return the condition for locations that are of this scope now."""
        mine: list[ColumnElement[bool]] = [false()]
        if self.partner_id is not None:
            mine.append(col(LocationRow.partner_id) == self.partner_id)
        if self.owner_id is not None:
            owned = exists().where(
                and_(
                    col(OwnedSite.owner_id) == self.owner_id,
                    col(OwnedSite.location_key) == col(LocationRow.key),
                    col(OwnedSite.until).is_(None),
                )
            )
            mine.append(owned)
        return or_(*mine)


def own_of(staff: SignedInStaff) -> Own:
    """Return what somebody may see: a binding counts only with its role."""
    return Own(
        partner_id=staff.partner_id if Role.OPERATOR_AGENT in staff.roles else None,
        owner_id=staff.owner_id if Role.OWNER in staff.roles else None,
    )


async def own_charge(*, db: AsyncSession, own: Own, charging_session_id: str) -> ChargingSession:
    """Return a charge of a scope; raises UnknownCharge for any other."""
    query = select(ChargingSession).where(ChargingSession.id == charging_session_id, own.charges)
    charge = (await db.exec(query)).first()
    if charge is None:
        raise UnknownCharge("unknown_charge", charging_session_id=charging_session_id)
    return charge
