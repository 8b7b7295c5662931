"""Mailed links: made with a letter, good once and for a while, void when something else made them so.

Order of locks: the address, then the driver, then the link. So two clicks at once, on one link or on two, take turns.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, NotFound
from api.domain.ids import Prefix
from api.models.account import AccountLink
from api.models.driver import Driver
from api.ports import Ports
from api.services.drivers.cards import lock_driver
from api.services.notices.link_tokens import hash_of, new_token

_LOCK = text("SELECT pg_advisory_xact_lock(:number)")


class Purpose(StrEnum):
    """What a link is for."""

    ACTIVATE = "activate"
    RESET = "reset"
    EMAIL = "email"
    UNDO_EMAIL = "undo_email"
    UNDO_ERASURE = "undo_erasure"


LIFETIMES = {
    Purpose.ACTIVATE: timedelta(hours=24),
    Purpose.RESET: timedelta(hours=1),
    Purpose.EMAIL: timedelta(hours=24),
    Purpose.UNDO_EMAIL: timedelta(days=7),
}
"""How long links are good; the one to keep an account, as long as the account can be kept."""
USED, REPLACED, EXPIRED, TAKEN = "used", "replaced", "expired", "taken"


class UnknownLink(NotFound):
    """We mailed no such link."""


class LinkGone(Conflict):
    """The link is good no more. Fact: ``reason`` (``used``, ``replaced``, ``expired`` or ``taken``)."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__("link_gone", reason=reason)


async def new_link(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver_id: str,
    purpose: Purpose,
    address: str,
    lifetime: timedelta | None = None,
) -> AccountLink:
    """Store a link to be mailed."""
    link_id = ports.randomness.new_id(Prefix.ACCOUNT_LINK)
    link = AccountLink(
        id=link_id,
        driver_id=driver_id,
        purpose=purpose,
        address=address,
        token_hash=hash_of(new_token(ports.policy, link_id)),
        created_at=now,
        expires_at=now + (lifetime or LIFETIMES[purpose]),
    )
    db.add(link)
    await db.flush()
    return link


async def look_at_link(*, db: AsyncSession, now: datetime, purpose: Purpose, token: str) -> tuple[AccountLink, Driver]:
    """Return a link that would work, and whose it is, without using it up; raises UnknownLink, LinkGone."""
    query = select(AccountLink).where(AccountLink.token_hash == hash_of(token), AccountLink.purpose == purpose)
    link = (await db.exec(query)).first()
    if link is None:
        raise UnknownLink("unknown_link")
    _refuse_gone(link, now)
    return link, await db.get_one(Driver, link.driver_id)


async def use_link(*, db: AsyncSession, now: datetime, purpose: Purpose, token: str) -> tuple[AccountLink, Driver]:
    """Use a link up, and return it with its driver, locked; raises UnknownLink, LinkGone."""
    query = select(AccountLink).where(AccountLink.token_hash == hash_of(token), AccountLink.purpose == purpose)
    link = (await db.exec(query)).first()
    if link is None:
        raise UnknownLink("unknown_link")
    await lock_address(db=db, address=link.address)
    driver = await lock_driver(db=db, driver_id=link.driver_id)
    await db.refresh(driver)
    await db.refresh(link, with_for_update=True)
    _refuse_gone(link, now)
    link.used_at = now
    db.add(link)
    return link, driver


async def end_links(
    *, db: AsyncSession, now: datetime, driver_id: str, purposes: tuple[Purpose, ...], after: datetime | None = None
) -> None:
    """Make a driver's unused links of some purposes void, or only those that were made ``after`` a moment."""
    living = (col(AccountLink.driver_id) == driver_id) & col(AccountLink.purpose).in_(purposes)
    unused = col(AccountLink.used_at).is_(None) & col(AccountLink.replaced_at).is_(None)
    if after is not None:
        unused = unused & (col(AccountLink.created_at) > after)
    await db.exec(update(AccountLink).where(living & unused).values(replaced_at=now))


async def lock_address(*, db: AsyncSession, address: str) -> None:
    """Let nobody else decide whose an address is until the transaction ends."""
    number = int.from_bytes(hashlib.sha256(f"address\n{address}".encode()).digest()[:8], signed=True)
    await (await db.connection()).execute(_LOCK, {"number": number})


def _refuse_gone(link: AccountLink, now: datetime) -> None:
    """Raise LinkGone for a link that is used up, void or too old."""
    if link.used_at is not None:
        raise LinkGone(USED)
    if link.replaced_at is not None:
        raise LinkGone(REPLACED)
    if link.expires_at <= now:
        raise LinkGone(EXPIRED)
