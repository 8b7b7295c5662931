"""A guest arrives: a fresh code, or its digits, opens a visit to one connector of the post; nothing else does."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.domain.ids import Prefix
from api.models.guest import GuestVisit
from api.ports import Ports
from api.services.drivers.signup import new_guest
from api.services.guests.posts import GuestPost, post_of_ref
from api.services.guests.signing import digits_match, read_scan
from api.services.guests.tries import count_try
from api.services.work import Work

SCAN, TYPED = "scan", "digits"
WRONG_AT_ONE_POST = 20
BY_ONE_CALLER = 10
"""Wrong digits within fifteen minutes, of a million that there are; scanning goes on working."""
OPENED_BY_ONE_CALLER = 60
"""Visits that one address may open within fifteen minutes: many guests may share one of a mobile network."""


class WrongDigits(Invalid):
    """These are not the digits that the display shows."""


class ChooseConnector(Invalid):
    """The post has several connectors: the guest says which."""


async def scanned_post(*, db: AsyncSession, ports: Ports, now: datetime, token: str) -> GuestPost:
    """Return the post of a fresh code; raises CodeStale, UnknownPost."""
    return await post_of_ref(db=db, ref=read_scan(ports.policy, token, now))


async def check_digits(*, work: Work, ports: Ports, ref: str, typed: str, caller: str) -> GuestPost:
    """Return the post whose digits were typed.

    What was wrong is counted in a transaction of its own, so that it stays. Raises WrongDigits, TooManyTries,
    UnknownPost.
    """
    now = ports.clock.now()
    async with work() as db:
        post = await post_of_ref(db=db, ref=ref)
        limits = {f"post {post.evse.key}": WRONG_AT_ONE_POST, f"caller {caller}": BY_ONE_CALLER}
        right = digits_match(ports.policy, post.ref, typed, now)
        await count_try(db=db, now=now, kind="digits", limits=limits)
    if not right:
        raise WrongDigits("wrong_digits")
    return post


async def open_visit(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    post: GuestPost,
    connector_public_id: str | None,
    proof: str,
    language: str,
    caller: str,
) -> GuestVisit:
    """Write a guest and their visit to one connector of a post; raises ChooseConnector, TooManyTries."""
    ids = [each.public_id for each in post.connectors]
    chosen = ids[0] if len(ids) == 1 else connector_public_id
    if chosen not in ids:
        raise ChooseConnector("choose_connector")
    await count_try(db=db, now=now, kind="visit", limits={caller: OPENED_BY_ONE_CALLER})
    guest = await new_guest(db=db, ports=ports, now=now, language=language)
    visit = GuestVisit(
        id=ports.randomness.new_id(Prefix.GUEST_VISIT),
        driver_id=guest.id,
        connector_public_id=chosen,
        evse_key=post.evse.key,
        proof=proof,
        language=language,
        opened_at=now,
        updated_at=now,
    )
    db.add(visit)
    await db.flush()
    return visit
