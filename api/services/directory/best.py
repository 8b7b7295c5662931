"""The best line to call at a moment, and one that is always open for whoever is in the middle of a charge (CP15, CM24).

The lines of the caller's country come first. Where it has none that is open, our own hotline stands in, which is
answered day and night; where there is no hotline either, a line of the region that is always open, and not one that is
free at home only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.support.contact import ContactRole, Toll, ranked
from api.domain.support.countries import Country, country_of
from api.services.directory.queries import Contact, list_contacts


class NoContact(NotFound):
    """There is no line for this country, role and product."""


@dataclass(frozen=True, slots=True)
class BestContact:
    """A line, and what a caller meets on it."""

    number: str
    """In E.164 where it is of the directory; the hotline as its settings have it."""
    toll: Toll
    open: bool | None
    """None: nobody told its hours."""
    always_open: bool
    languages_now: tuple[str, ...]
    next_change_at: datetime | None
    contact: Contact | None
    """Its entry in the directory; None: our hotline."""
    abroad: bool = False
    """Of another country, since the caller's has none."""


async def best_contact(
    db: AsyncSession,
    *,
    country: str | None,
    role: ContactRole,
    languages: Sequence[str],
    now: datetime,
    product: str | None = None,
    hotline: str | None = None,
) -> BestContact | None:
    """Return the best line at a moment, None where there is none at all.

    ``country`` is an ISO code of two or three letters, ``languages`` the caller's, the preferred first, ``hotline`` our
    own number that is answered day and night.
    """
    found = await best_contacts(
        db, country=country, role=role, languages=languages, now=now, product=product, hotline=hotline
    )
    return found[0] if found else None


async def best_contacts(
    db: AsyncSession,
    *,
    country: str | None,
    role: ContactRole,
    languages: Sequence[str],
    now: datetime,
    product: str | None = None,
    hotline: str | None = None,
) -> list[BestContact]:
    """Return all lines there are for a caller, the best first."""
    there = country_of(country)
    own = await _at_home(db, there, role, now, product)
    found = [_best(each) for each in _in_order(own, languages)]
    if found and found[0].open:
        return found
    if hotline and product is None and role is ContactRole.DRIVER:
        return [_hotline(hotline), *found]
    return found or [_best(each, abroad=True) for each in await _abroad(db, there, role, languages, now, product)]


async def always_open_contact(
    db: AsyncSession, *, country: str | None, languages: Sequence[str], now: datetime, hotline: str | None
) -> BestContact | None:
    """Return the best line for drivers that is always open; None: neither the directory nor we have one."""
    there = country_of(country)
    own = await _at_home(db, there, ContactRole.DRIVER, now, None)
    always = [_best(each) for each in _in_order(own, languages) if _is_always_open(each)]
    if always:
        return always[0]
    if hotline:
        return _hotline(hotline)
    abroad = await _abroad(db, there, ContactRole.DRIVER, languages, now, None)
    return _best(abroad[0], abroad=True) if abroad else None


async def _at_home(
    db: AsyncSession, there: Country | None, role: ContactRole, now: datetime, product: str | None
) -> list[Contact]:
    """Return the lines of a country; those of its whole region where it has none of its own."""
    if there is None:
        return []
    own = await list_contacts(db=db, now=now, country=there.code, role=role, product=product)
    return own or await list_contacts(
        db=db, now=now, region=there.region, role=role, product=product, whole_region=True
    )


async def _abroad(
    db: AsyncSession,
    there: Country | None,
    role: ContactRole,
    languages: Sequence[str],
    now: datetime,
    product: str | None,
) -> list[Contact]:
    """Return the always open lines of the region, else of the world, in their order."""
    lines = await list_contacts(db=db, now=now, role=role, product=product)
    usable = [each for each in lines if _is_always_open(each) and each.entry.toll != Toll.FREE]
    near = [each for each in usable if there is not None and each.entry.region == there.region] or usable
    return _in_order(near, [*languages, "en"])


def _in_order(contacts: Sequence[Contact], languages: Sequence[str]) -> list[Contact]:
    """Return contacts, the best first; where two lists have a number it comes once."""
    by_key = {each.entry.id: each for each in contacts}
    by_number: dict[str, Contact] = {}
    for line in ranked([each.line for each in contacts], languages):
        by_number.setdefault(line.number, by_key[line.key])
    return list(by_number.values())


def _is_always_open(contact: Contact) -> bool:
    return contact.hours is not None and contact.hours.always_open


def _best(contact: Contact, *, abroad: bool = False) -> BestContact:
    answering = contact.answering
    return BestContact(
        number=contact.e164,
        # What a call costs is known for the country of the entry; it costs something else from another one.
        toll=Toll.UNKNOWN if abroad else Toll(contact.entry.toll),
        open=answering.open if answering is not None else None,
        always_open=_is_always_open(contact),
        languages_now=answering.languages_now if answering is not None else (),
        next_change_at=answering.next_change_at if answering is not None else None,
        contact=contact,
        abroad=abroad,
    )


def _hotline(number: str) -> BestContact:
    return BestContact(
        number, Toll.UNKNOWN, open=True, always_open=True, languages_now=(), next_change_at=None, contact=None
    )
