"""Reading visits: by their signed link, with the guest and the charge that they are about."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.guest import GuestVisit
from api.ports.policy import ServicePolicy
from api.services.guests.signing import UnknownVisit, read_visit


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit with its guest, and the newest charge where there is one."""

    row: GuestVisit
    guest: Driver
    charge: ChargingSession | None

    @property
    def occupies(self) -> bool:
        """Say whether the charge still occupies guest and connector: no other can be started."""
        return self.charge is not None and self.charge.freed_at is None and self.charge.final_at is None


async def visit_of_token(*, db: AsyncSession, policy: ServicePolicy, token: str, lock: bool = False) -> Visit:
    """Return the visit of a link, its row locked where something is about to change; raises UnknownVisit."""
    visit_id = read_visit(policy, token)
    row = await db.get(GuestVisit, visit_id, with_for_update=lock, populate_existing=True)
    if row is None:
        raise UnknownVisit("unknown_visit")
    guest = await db.get_one(Driver, row.driver_id)
    query = select(ChargingSession).where(ChargingSession.driver_id == guest.id)
    newest = query.order_by(col(ChargingSession.created_at).desc(), col(ChargingSession.id).desc()).limit(1)
    return Visit(row, guest, (await db.exec(newest)).first())


async def speak(*, db: AsyncSession, now: datetime, visit: Visit, language: str) -> None:
    """Note the language that the guest reads: their receipt will be written in it."""
    if language != visit.row.language:
        visit.row.language, visit.row.updated_at, visit.guest.language = language, now, language
        db.add_all([visit.row, visit.guest])


async def is_at(*, db: AsyncSession, policy: ServicePolicy, token: str, evse_key: str) -> bool:
    """Say whether a link is of a visit to this EVSE that still has a charge there: whoever scans again goes on."""
    try:
        visit = await visit_of_token(db=db, policy=policy, token=token)
    except UnknownVisit:
        return False
    return visit.row.evse_key == evse_key and visit.occupies
