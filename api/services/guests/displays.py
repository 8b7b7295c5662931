"""Displays of posts: each has a key of its own, and fetches a fresh code with it as often as it likes."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.domain.roaming.location import Capability
from api.models.guest import GuestDisplay
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.guests.posts import GuestPost, UnknownPost, post_of_evse, post_of_evse_id
from api.services.guests.signing import digits_now, scan_token

_NOTED_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FreshCode:
    """What a display shows: the address in the code, and the digits for those who cannot scan."""

    url: str
    digits: str
    evse_id: str | None


def fresh_code(policy: ServicePolicy, post: GuestPost, now: datetime) -> FreshCode:
    """Return a code for a post that is good from now on for a few minutes."""
    url = f"{policy.public_url}/pay/c/{scan_token(policy, post.ref, now)}"
    return FreshCode(url, digits_now(policy, post.ref, now), post.evse.evse_id)


def printed_url(policy: ServicePolicy, post: GuestPost) -> str:
    """Return the address that may be printed on a post: it opens nothing without the digits of its display."""
    return f"{policy.public_url}/pay/e/{post.ref}"


async def code_for_evse(*, db: AsyncSession, ports: Ports, now: datetime, evse_id: str) -> tuple[FreshCode, str]:
    """Return a fresh code of a post for staff, and its printed address; raises UnknownPost."""
    post = await post_of_evse_id(db=db, evse_id=evse_id)
    return fresh_code(ports.policy, post, now), printed_url(ports.policy, post)


async def guests_at(*, db: AsyncSession, evse_key: str) -> str | None:
    """Return the reference of a post whose display lets guests in; None: it has no display, or cannot be started."""
    query = select(GuestDisplay.id).where(GuestDisplay.evse_key == evse_key)
    if (await db.exec(query)).first() is None:
        return None
    post = await post_of_evse(db=db, evse_key=evse_key)
    return post.ref if Capability.REMOTE_START_STOP in post.evse.capabilities else None


async def give_display_key(*, db: AsyncSession, ports: Ports, now: datetime, evse_id: str) -> str:
    """Return the address from which the display of a post fetches its code; an older one stops working.

    Raises UnknownPost.
    """
    post = await post_of_evse_id(db=db, evse_id=evse_id)
    secret = ports.randomness.secret()
    query = select(GuestDisplay).where(GuestDisplay.evse_key == post.evse.key).with_for_update()
    display = (await db.exec(query)).first() or GuestDisplay(
        id=ports.randomness.new_id(Prefix.GUEST_DISPLAY), evse_key=post.evse.key, key_hash="", created_at=now
    )
    display.key_hash, display.created_at = _hash(secret), now
    db.add(display)
    return f"{ports.policy.public_url}/pay/qr/{display.id}.svg?key={secret}"


async def code_for_display(*, db: AsyncSession, ports: Ports, now: datetime, display_id: str, key: str) -> FreshCode:
    """Return a fresh code for the display that knows its key; raises UnknownPost whatever is wrong."""
    display = await db.get(GuestDisplay, display_id) if display_id.isprintable() else None
    if display is None or not hmac.compare_digest(display.key_hash, _hash(key)):
        raise UnknownPost("unknown_post")
    if display.shown_at is None or now - display.shown_at > _NOTED_AGAIN_AFTER:
        display.shown_at = now
        db.add(display)
    return fresh_code(ports.policy, await post_of_evse(db=db, evse_key=display.evse_key), now)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
