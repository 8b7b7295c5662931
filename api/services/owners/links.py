"""The flight recorder link: the technical story of one charge for whoever has the address, for a while, until revoked.

Its secret is derived from our key and the link's id, so that a repeated request gets the same address; only its digest
is stored. Each opening is counted. What is shown is in ``technical.py`` and names nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, NotFound
from api.domain.ids import Prefix
from api.models.charging import ChargingSession
from api.models.owner import TimelineLink
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.charging.advance import lock_charge
from api.services.charging.approvals import note_action
from api.services.owners.technical import Story, technical_story
from api.services.roaming.sealing import derived_secret, digest

DRIVER = "driver"
"""Who made or revoked it, where that was the charge's driver."""
SHORTEST_HOURS, LONGEST_HOURS, USUAL_HOURS = 1, 72, 24
MOST_OPEN = 5
"""Links of one charge that work at the same time."""
PATH = "/t"


class UnknownTimelineLink(NotFound):
    """We made no such link."""


class TooManyTimelineLinks(Conflict):
    """There are enough links to this charge already. Fact: ``most``."""


class TimelineLinkGone(NotFound):
    """The link ran out, or was revoked."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What somebody with a link sees."""

    story: Story
    expires_at: datetime


async def make_link(
    *, db: AsyncSession, ports: Ports, now: datetime, charging_session_id: str, hours: int, by: str
) -> TimelineLink:
    """Make a link to a charge and return it; ``url_of`` tells its address. Raises UnknownCharge, TooManyTimelineLinks.

    Whether ``by`` may see the charge is the caller's to check.
    """
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    working = select(func.count()).where(
        TimelineLink.charging_session_id == charge.id,
        col(TimelineLink.revoked_at).is_(None),
        TimelineLink.expires_at > now,
    )
    if (await db.exec(working)).one() >= MOST_OPEN:
        raise TooManyTimelineLinks("too_many_timeline_links", most=MOST_OPEN)
    link_id = ports.randomness.new_id(Prefix.TIMELINE_LINK)
    link = TimelineLink(
        id=link_id,
        charging_session_id=charge.id,
        secret_hash=digest(_secret(ports.policy, link_id)),
        created_at=now,
        created_by=by,
        expires_at=now + timedelta(hours=min(max(hours, SHORTEST_HOURS), LONGEST_HOURS)),
    )
    db.add(link)
    await db.flush()
    await _log(db, now, link, by, "timeline_link_made")
    return link


def url_of(policy: ServicePolicy, link: TimelineLink) -> str:
    """Return the address of a link."""
    return f"{policy.public_url}{PATH}/{_secret(policy, link.id)}"


async def links_of_charge(*, db: AsyncSession, charging_session_id: str) -> list[TimelineLink]:
    """Return all links of a charge, the newest first."""
    query = select(TimelineLink).where(TimelineLink.charging_session_id == charging_session_id)
    return list(await db.exec(query.order_by(col(TimelineLink.created_at).desc(), col(TimelineLink.id))))


async def revoke_link(
    *, db: AsyncSession, now: datetime, charging_session_id: str, link_id: str, by: str
) -> TimelineLink:
    """Let a link work no more; again, nothing changes. Raises UnknownTimelineLink."""
    link = await db.get(TimelineLink, link_id, with_for_update=True)
    if link is None or link.charging_session_id != charging_session_id:
        raise UnknownTimelineLink("unknown_timeline_link")
    if link.revoked_at is None:
        link.revoked_at, link.revoked_by = now, by
        db.add(link)
        await db.flush()
        await _log(db, now, link, by, "timeline_link_revoked")
    return link


async def open_link(*, db: AsyncSession, now: datetime, secret: str, count: bool = True) -> Opened:
    """Return the story behind a link, and count; raises UnknownTimelineLink, TimelineLinkGone."""
    query = select(TimelineLink).where(TimelineLink.secret_hash == digest(secret)).with_for_update()
    link = (await db.exec(query)).first()
    if link is None:
        raise UnknownTimelineLink("unknown_timeline_link")
    if link.revoked_at is not None or link.expires_at <= now:
        raise TimelineLinkGone("timeline_link_gone")
    if count:
        link.opened, link.last_opened_at = link.opened + 1, now
        db.add(link)
    charge = await db.get_one(ChargingSession, link.charging_session_id)
    return Opened(await technical_story(db=db, charge=charge), link.expires_at)


def _secret(policy: ServicePolicy, link_id: str) -> str:
    return derived_secret(policy.sealing_key, f"timeline link {link_id}")


async def _log(db: AsyncSession, now: datetime, link: TimelineLink, by: str, action: str) -> None:
    """Log what staff did; a driver's own doings are in the row."""
    if by != DRIVER:
        await note_action(
            db=db,
            now=now,
            by=by,
            action=action,
            subject_id=link.id,
            charging_session_id=link.charging_session_id,
            reason="",
            after={"expires_at": link.expires_at.isoformat()},
        )
