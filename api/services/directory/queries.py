"""Reading the directory: entries by place, role and product, with what a caller meets on each now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.support.contact import ContactRole, Doubt, Line, Toll
from api.domain.support.hours import Answering, Hours, answering_at
from api.domain.support.hours_text import hours_of
from api.models.directory import ContactNumber, DirectoryEntry, DirectoryImport, DirectoryRevision


class UnknownEntry(NotFound):
    """There is no such entry in the directory."""


@dataclass(frozen=True, slots=True)
class Contact:
    """An entry with its number, and what a caller meets at the moment that was asked about."""

    entry: DirectoryEntry
    e164: str
    hours: Hours | None
    answering: Answering | None
    """None: nobody told the hours."""

    @property
    def line(self) -> Line:
        """Return it as it is ranked."""
        unsure = {each["detail"] for each in self.entry.doubts if each["kind"] == Doubt.LANGUAGE_DOUBTFUL}
        return Line(self.entry.id, self.e164, Toll(self.entry.toll), self.answering, frozenset(unsure))


async def list_contacts(
    *,
    db: AsyncSession,
    now: datetime,
    region: str | None = None,
    country: str | None = None,
    role: ContactRole | None = None,
    product: str | None = None,
    whole_region: bool = False,
) -> list[Contact]:
    """Return what is not withdrawn, by region, country, role and place in its list; None does not restrict.

    ``whole_region``: only what is of no single country. Without ``product`` come the lines for everybody: one for a
    product is found by its product only (CP03).
    """
    query = _entries().where(col(DirectoryEntry.withdrawn_at).is_(None))
    if region is not None:
        query = query.where(DirectoryEntry.region == region)
    if country is not None:
        query = query.where(DirectoryEntry.country == country)
    if whole_region:
        query = query.where(col(DirectoryEntry.country).is_(None))
    if role is not None:
        query = query.where(DirectoryEntry.role == role)
    query = query.where(col(DirectoryEntry.product).is_not_distinct_from(product))
    return [_contact(entry, number, now) for entry, number in await db.exec(query)]


async def list_for_staff(*, db: AsyncSession, now: datetime, region: str | None, country: str | None) -> list[Contact]:
    """Return all entries with every product, withdrawn ones too."""
    query = _entries()
    if region is not None:
        query = query.where(DirectoryEntry.region == region)
    if country is not None:
        query = query.where(DirectoryEntry.country == country)
    return [_contact(entry, number, now) for entry, number in await db.exec(query)]


async def entry_of(*, db: AsyncSession, now: datetime, entry_id: str) -> tuple[Contact, Sequence[DirectoryRevision]]:
    """Return one entry and its revisions, the newest first; raises UnknownEntry."""
    found = (await db.exec(_entries().where(DirectoryEntry.id == entry_id))).first()
    if found is None:
        raise UnknownEntry("unknown_entry")
    revisions = select(DirectoryRevision).where(DirectoryRevision.entry_id == entry_id)
    kept = await db.exec(revisions.order_by(col(DirectoryRevision.revision).desc()))
    entry, number = found
    return _contact(entry, number, now), list(kept)


async def products_of(*, db: AsyncSession) -> list[str]:
    """Return the products that have lines of their own."""
    query = select(DirectoryEntry.product).where(col(DirectoryEntry.withdrawn_at).is_(None)).distinct()
    return sorted(product for product in await db.exec(query) if product is not None)


async def imports(*, db: AsyncSession, limit: int = 10) -> list[DirectoryImport]:
    """Return the newest imports, the newest first."""
    return list(await db.exec(select(DirectoryImport).order_by(col(DirectoryImport.at).desc()).limit(limit)))


async def import_of(*, db: AsyncSession, import_id: str) -> DirectoryImport:
    """Return one import; raises UnknownEntry."""
    row = await db.get(DirectoryImport, import_id)
    if row is None:
        raise UnknownEntry("unknown_entry")
    return row


def _entries() -> Any:
    return (
        select(DirectoryEntry, ContactNumber.e164)
        .join(ContactNumber, col(ContactNumber.id) == col(DirectoryEntry.number_id))
        .order_by(
            col(DirectoryEntry.region),
            col(DirectoryEntry.country).nulls_first(),
            col(DirectoryEntry.role),
            col(DirectoryEntry.source),
            col(DirectoryEntry.row),
            col(DirectoryEntry.id),
        )
    )


def _contact(entry: DirectoryEntry, e164: str, now: datetime) -> Contact:
    hours = hours_of(entry.hours, entry.zone) if entry.hours is not None else None
    return Contact(entry, e164, hours, answering_at(hours, now) if hours is not None else None)
