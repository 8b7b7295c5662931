"""What the console's page of incidents is made of, and the site that somebody means by an id they typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.visual_id import normalize
from api.models.location import EvseRow, LocationRow
from api.models.partner import Partner
from api.models.status import StatusComponent, StatusIncident, StatusMaintenance, StatusUpdate
from api.services.status.incidents import updates_of
from api.services.status.maintenance import UnknownSubject, current_maintenance
from api.services.status.words import Kind, Severity

CLOSED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class StatusDesk:
    """Everything on the page."""

    components: Sequence[StatusComponent]
    open: Sequence[StatusIncident]
    signals: Sequence[StatusIncident]
    closed: Sequence[StatusIncident]
    updates: Mapping[int, Sequence[StatusUpdate]]
    works: Sequence[StatusMaintenance]
    partners: Sequence[Partner]
    names: Mapping[tuple[str, str], str]
    """Of partners and sites, by kind and subject."""

    def name(self, kind: str, subject_id: str) -> str:
        """Return what something is called."""
        return self.names.get((kind, subject_id), subject_id.replace("_", " "))


async def status_desk(*, db: AsyncSession, now: datetime) -> StatusDesk:
    """Return what is on the page now."""
    query = select(StatusIncident).order_by(col(StatusIncident.id).desc())
    opened = (await db.exec(query.where(col(StatusIncident.closed_at).is_(None)))).all()
    told = StatusIncident.severity != Severity.SIGNAL
    closed = (await db.exec(query.where(col(StatusIncident.closed_at).is_not(None), told).limit(CLOSED_SHOWN))).all()
    works = await current_maintenance(db, now)
    partners = (await db.exec(select(Partner).order_by(col(Partner.name)))).all()
    names = {(Kind.PARTNER.value, each.id): each.name for each in partners}
    about = [(each.kind, each.subject_id) for each in (*opened, *closed)] + [
        (each.kind, each.subject_id) for each in works
    ]
    sites = {subject for kind, subject in about if kind == Kind.SITE}
    for place in await db.exec(select(LocationRow).where(col(LocationRow.key).in_(sites))):
        names[Kind.SITE.value, place.key] = place.name or place.address
    return StatusDesk(
        components=(await db.exec(select(StatusComponent).order_by(col(StatusComponent.component)))).all(),
        open=[each for each in opened if each.severity != Severity.SIGNAL],
        signals=[each for each in opened if each.severity == Severity.SIGNAL],
        closed=closed,
        updates=await updates_of(db, [each.id for each in opened if each.id is not None]),
        works=works,
        partners=partners,
        names=names,
    )


async def site_meant(*, db: AsyncSession, typed: str) -> str:
    """Return the key of the location that is meant by its own id, its key, or the id of one of its EVSEs.

    Raises UnknownSubject, also where several are meant.
    """
    wanted = typed.strip()
    by_evse = select(EvseRow.location_key).where(EvseRow.evse_id_normal == normalize(wanted))
    either = (col(LocationRow.key) == wanted) | (col(LocationRow.id) == wanted) | col(LocationRow.key).in_(by_evse)
    found = (await db.exec(select(LocationRow.key).where(either).limit(2))).all()
    if len(found) != 1:
        raise UnknownSubject("unknown_subject", kind=Kind.SITE.value)
    return found[0]
