"""Owners of sites that we run: who they are, and which sites are theirs from when until when."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid, NotFound
from api.domain.ids import Prefix
from api.models.location import LocationRow
from api.models.owner import OwnedSite, SiteOwner
from api.ports import Ports
from api.services.charging.approvals import named, note_action

HUNDRED = Decimal(100)


class UnknownOwner(NotFound):
    """There is no such owner."""


class UnknownSite(NotFound):
    """There is no such site, or it is not theirs."""


class OwnerUnreadable(Invalid):
    """A name, a series of capitals and digits, a country of three letters and a fee up to 100 percent are needed."""


class SiteTaken(Conflict):
    """The site has an owner. Fact: ``owner_id``."""


async def add_owner(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    name: str,
    street: str,
    postal_code: str,
    city: str,
    country: str,
    series: str,
    fee_percent: Decimal,
    by: str,
    vat_id: str | None = None,
) -> SiteOwner:
    """Store an owner; raises OwnerUnreadable, PersonUnnamed."""
    readable = name.strip() and series.isascii() and series.isalnum() and series == series.upper()
    if not readable or len(country) != 3 or not (fee_percent.is_finite() and 0 <= fee_percent <= HUNDRED):
        raise OwnerUnreadable("owner_unreadable")
    owner = SiteOwner(
        id=ports.randomness.new_id(Prefix.OWNER),
        name=name.strip(),
        street=street,
        postal_code=postal_code,
        city=city,
        country=country.upper(),
        vat_id=vat_id,
        fee_percent=fee_percent,
        statement_series=series,
        created_at=now,
        created_by=named(by),
    )
    db.add(owner)
    await db.flush()
    await _log(db, now, by, "owner_added", owner.id, {"name": owner.name, "fee_percent": str(fee_percent)})
    return owner


async def give_site(
    *, db: AsyncSession, ports: Ports, now: datetime, owner_id: str, location_key: str, since: datetime, by: str
) -> OwnedSite:
    """Say that a site is an owner's from a moment on; raises UnknownOwner, UnknownSite, SiteTaken."""
    await owner_by_id(db=db, owner_id=owner_id, locked=True)
    if await db.get(LocationRow, location_key) is None:
        raise UnknownSite("unknown_site")
    query = select(OwnedSite).where(OwnedSite.location_key == location_key)
    for each in await db.exec(query):
        if each.until is None or each.until > since:
            raise SiteTaken("site_taken", owner_id=each.owner_id)
    site = OwnedSite(
        id=ports.randomness.new_id(Prefix.OWNED_SITE), owner_id=owner_id, location_key=location_key, since=since
    )
    db.add(site)
    await db.flush()
    await _log(db, now, by, "site_given", owner_id, {"location_key": location_key, "since": since.isoformat()})
    return site


async def take_site(*, db: AsyncSession, now: datetime, owner_id: str, location_key: str, by: str) -> None:
    """Say that a site is an owner's no more; what was sold there before stays theirs. Raises UnknownSite."""
    site = await own_site(db=db, owner_id=owner_id, location_key=location_key)
    site.until = now
    db.add(site)
    await _log(db, now, by, "site_taken", owner_id, {"location_key": location_key})


async def own_site(*, db: AsyncSession, owner_id: str | None, location_key: str) -> OwnedSite:
    """Return a site that is an owner's now, locked; raises UnknownSite."""
    query = select(OwnedSite).where(
        OwnedSite.owner_id == owner_id, OwnedSite.location_key == location_key, col(OwnedSite.until).is_(None)
    )
    site = (await db.exec(query.with_for_update())).first()
    if site is None:
        raise UnknownSite("unknown_site")
    return site


async def owner_by_id(*, db: AsyncSession, owner_id: str, locked: bool = False) -> SiteOwner:
    """Return an owner; raises UnknownOwner."""
    owner = await db.get(SiteOwner, owner_id, with_for_update=locked or None)
    if owner is None:
        raise UnknownOwner("unknown_owner")
    return owner


async def all_owners(*, db: AsyncSession) -> Sequence[SiteOwner]:
    """Return every owner, by name."""
    return (await db.exec(select(SiteOwner).order_by(SiteOwner.name, SiteOwner.id))).all()


async def _log(db: AsyncSession, now: datetime, by: str, action: str, subject_id: str, after: dict[str, str]) -> None:
    await note_action(
        db=db,
        now=now,
        by=named(by),
        action=action,
        subject_id=subject_id,
        charging_session_id=None,
        reason="",
        after=after,
    )
