"""Rotating the tokens of a connection from our side: PUT credentials at the partner (OCPI 2.2.1 chapter 7).

Our new token is derived from our key and a random seed, and is good before it is sent. If the answer is lost, nobody
knows which of our tokens the partner holds: both stay good, and the same token is sent again until an answer comes.
Then the seed is forgotten, and the old token lives on for ``TOKEN_OVERLAP``.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import AppError, Conflict
from api.domain.roaming.partner import Registration
from api.models.partner import Partner
from api.ports import Ports
from api.ports.roaming import RegistrationFailed
from api.services.roaming.partners import PartnerStatus, UnknownPartner, peer_of
from api.services.roaming.register import (
    TOKEN_OVERLAP,
    NotRegistered,
    connect,
    refuse_unregistered,
    settle_pending,
)
from api.services.roaming.rows import load_locked
from api.services.roaming.sealing import derived_secret, digest
from api.services.roaming.shared_parties import PartyTaken, new_roles, refuse_taken
from api.services.roaming.urls import our_identity
from api.services.work import Work

LEASE = timedelta(minutes=20)
"""Longer than any exchange of credentials can take: two reads and a write, each in two spellings of the token, a read
with its extra tries, and every call up to its time-out."""
_log = logging.getLogger(__name__)


class RotationUnderWay(Conflict):
    """Somebody is rotating this partner's tokens right now. Fact: ``partner_id``."""


async def rotate_tokens(*, work: Work, ports: Ports, now: datetime, partner_id: str, upgrade: bool = False) -> Partner:
    """Exchange both tokens with a partner, or take up a rotation whose answer was lost; ``upgrade`` its version too.

    Raises NotRegistered, RotationUnderWay, and RegistrationFailed: then the old tokens are as good as before.
    """
    async with work() as db:
        partner = await _locked(db, partner_id)
        if partner.rotating_until is not None and partner.rotating_until > now:
            raise RotationUnderWay("rotation_under_way", partner_id=partner_id)
        first_try = partner.pending_seed is None
        if first_try:
            partner.pending_seed, partner.pending_since = ports.randomness.secret(), now
        our_token = derived_secret(ports.policy.sealing_key, f"rotation:{partner.id}:{partner.pending_seed}")
        partner.pending_token_hash, partner.rotating_until = digest(our_token), now + LEASE
        peer = peer_of(partner, ports)
    try:
        asked = replace(peer, version="") if upgrade else peer
        done = await ports.roaming.rotate(asked, ours=our_identity(ports.policy), our_token=our_token)
    except AppError as failed:
        await _keep_what_may_be(work, partner_id, nothing_sent=first_try and not may_have_arrived(failed))
        raise
    return await _complete(work, ports, partner_id, digest(our_token), done)


def may_have_arrived(failed: AppError) -> bool:
    """Say whether the partner may have taken our new credentials although the exchange failed.

    Only before they are sent, and on a clear refusal, it has not.
    """
    if not isinstance(failed, RegistrationFailed) or failed.facts.get("step") != "credentials":
        return not isinstance(failed, RegistrationFailed)
    http_status, ocpi_status = failed.facts.get("http_status"), failed.facts.get("ocpi_status")
    if isinstance(http_status, int) and http_status >= 400:
        return http_status >= 500
    return not (isinstance(ocpi_status, int) and ocpi_status >= 2000)


async def rotate_what_is_due(*, work: Work, ports: Ports) -> None:
    """Take up rotations whose answer was lost, and begin those that the policy has fall due; failures are logged."""
    now = ports.clock.now()
    due: ColumnElement[bool] = col(Partner.pending_seed).is_not(None)
    if ports.policy.rotation_period is not None:
        due = or_(due, col(Partner.registered_at) < now - ports.policy.rotation_period)
    query = select(Partner.id).where(due, Partner.status == PartnerStatus.CONNECTED).order_by(col(Partner.id))
    async with work() as db:
        partner_ids = (await db.exec(query)).all()
    for partner_id in partner_ids:
        try:
            await rotate_tokens(work=work, ports=ports, now=ports.clock.now(), partner_id=partner_id)
        except AppError as error:
            _log.warning("partner.rotation_failed", extra={"partner_id": partner_id, "code": error.code})


async def _locked(db: AsyncSession, partner_id: str) -> Partner:
    """Return a connected partner, locked; raises UnknownPartner, NotRegistered."""
    partner = await load_locked(db, Partner, partner_id)
    if partner is None:
        raise UnknownPartner("partner_unknown", partner_id=partner_id)
    refuse_unregistered(partner)
    return partner


async def _keep_what_may_be(work: Work, partner_id: str, *, nothing_sent: bool) -> None:
    """After a failure: forget the pending token if nobody can have it, else leave it good; let others try."""
    async with work() as db:
        partner = await load_locked(db, Partner, partner_id)
        if partner is None:
            return
        partner.rotating_until = None
        if nothing_sent:
            settle_pending(partner)


async def _complete(work: Work, ports: Ports, partner_id: str, token_hash: str, done: Registration) -> Partner:
    """Take the partner's new token; ours is the one it confirmed, and the one before lives on for a while."""
    now = ports.clock.now()
    async with work() as db:
        partner = await load_locked(db, Partner, partner_id)
        if partner is None or partner.status == PartnerStatus.UNREGISTERED:
            raise NotRegistered("not_registered")
        partner.previous_token_hash, partner.previous_token_until = partner.our_token_hash, now + TOKEN_OVERLAP
        settle_pending(partner)
        partner.our_token_hash = token_hash
        added = new_roles(partner, done.roles)
        try:
            await refuse_taken(db=db, partner=partner, roles=added)
        except PartyTaken as taken:  # the tokens are exchanged: it goes on as who it was
            _log.warning("partner.party_taken", extra={"partner_id": partner_id, "reason": taken.facts["reason"]})
            done = replace(done, roles=tuple(role for role in done.roles if role not in added))
        connect(partner, done, ports, now)
    return partner
