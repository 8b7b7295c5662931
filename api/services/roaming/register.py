"""Registration in both directions, locking out and the end of a connection (OCPI 2.2.1 chapter 7).

Rotation that we begin is in ``rotate.py``.

What a broken-off exchange leaves: nothing. A token that a partner holds stays valid until its successor is safely
stored, and after a rotation for ``TOKEN_OVERLAP`` more, since requests with it may be on their way.
"""

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import AppError, Conflict
from api.domain.ids import Prefix
from api.domain.roaming.partner import MarketRole, PeerCredentials, Registration
from api.models.partner import Partner
from api.ports import Ports
from api.ports.roaming import RegistrationFailed
from api.services.deferral import Job, defer_job
from api.services.roaming.client_info import kept_roles
from api.services.roaming.documents import read_endpoints, read_roles, write_endpoints, write_roles
from api.services.roaming.partners import Caller, PartnerStatus, hub_party, is_token_of, partner_by_id, peer_of
from api.services.roaming.pulls import ask_for_pull
from api.services.roaming.rows import load_locked
from api.services.roaming.sealing import SealBroken, digest, seal
from api.services.roaming.shared_parties import PartyTaken, new_roles, refuse_many_roles, refuse_taken
from api.services.roaming.urls import our_identity
from api.services.work import Work

TOKEN_OVERLAP = timedelta(minutes=5)


class AlreadyRegistered(Conflict):
    """The partner is registered; it must update (PUT) instead of registering again (POST)."""


class NotRegistered(Conflict):
    """There is no registration to update or end."""


class NotSuspended(Conflict):
    """Only a suspended partner can be resumed. Fact: ``partner_id``."""


async def register_partner(
    *, work: Work, ports: Ports, now: datetime, url: str, token: str, name: str, allow_shared_party: bool = False
) -> Partner:
    """Register at a partner whose versions are at ``url`` with the one-time ``token`` it gave us.

    One that turns out to be a party of another partner is suspended until staff resume it, unless that is allowed.
    Raises AlreadyRegistered, and RegistrationFailed of ``api.ports.roaming`` after removing what was begun.
    """
    our_token = ports.randomness.secret()
    async with work() as db:
        await _refuse_second_registration(db, url)
        partner = _new_partner(ports, now, name, our_token, PartnerStatus.REGISTERING)
        partner.versions_url, partner.may_share_parties = url, allow_shared_party
        db.add(partner)
    try:
        done = await ports.roaming.register(url, token, ours=our_identity(ports.policy), our_token=our_token)
    except AppError:
        async with work() as db:
            await db.exec(delete(Partner).where(col(Partner.id) == partner.id))
        raise
    async with work() as db:
        partner = await partner_by_id(db, partner.id)
        await _hold_if_taken(db, partner, done)
        connect(partner, done, ports, now)
        if partner.status == PartnerStatus.CONNECTED:
            await _ask_for_first_pulls(db, partner)
    return partner


async def _hold_if_taken(db: AsyncSession, partner: Partner, done: Registration) -> None:
    """Suspend a partner that says to be a party of another one: it has our token already, so it cannot be refused."""
    try:
        await refuse_taken(db=db, partner=partner, roles=done.roles)
    except PartyTaken:
        partner.status = PartnerStatus.SUSPENDED


async def invite_partner(
    *, db: AsyncSession, ports: Ports, now: datetime, name: str, allow_shared_party: bool = False
) -> tuple[Partner, str]:
    """Prepare for a partner that will register at us; return it and the one-time token to give to it."""
    one_time_token = ports.randomness.secret()
    partner = _new_partner(ports, now, name, one_time_token, PartnerStatus.INVITED)
    partner.may_share_parties = allow_shared_party
    db.add(partner)
    await db.flush()
    return partner, one_time_token


async def accept_registration(
    *, work: Work, ports: Ports, now: datetime, caller: Caller, credentials: PeerCredentials, version: str
) -> str:
    """Answer POST credentials: look at the peer, connect, and return the token it shall call us with from now on.

    The one-time token dies with success only. Raises AlreadyRegistered, RegistrationFailed, PartyTaken, TooManyRoles.
    """
    if caller.partner.status != PartnerStatus.INVITED:
        raise AlreadyRegistered("already_registered")
    refuse_many_roles(credentials.roles)
    done = await ports.roaming.complete_registration(credentials.versions_url, credentials.token, version=version)
    our_token = ports.randomness.secret()
    async with work() as db:
        partner = await load_locked(db, Partner, caller.partner.id)
        if partner is None or partner.status != PartnerStatus.INVITED or partner.our_token_hash != caller.token_hash:
            raise AlreadyRegistered("already_registered")
        await refuse_taken(db=db, partner=partner, roles=credentials.roles)
        partner.our_token_hash = digest(our_token)
        connect(partner, _with_said(done, credentials), ports, now)
        await _ask_for_first_pulls(db, partner)
    return our_token


async def update_registration(
    *, work: Work, ports: Ports, now: datetime, caller: Caller, credentials: PeerCredentials, version: str
) -> str:
    """Answer PUT credentials: look at the peer anew and return a fresh token.

    The token used for this very request lives on for ``TOKEN_OVERLAP``: if our answer is lost, the peer can ask again
    with it. Raises NotRegistered, RegistrationFailed, PartyTaken, TooManyRoles.
    """
    refuse_unregistered(caller.partner)
    refuse_many_roles(credentials.roles)
    done = await ports.roaming.complete_registration(credentials.versions_url, credentials.token, version=version)
    our_token = ports.randomness.secret()
    async with work() as db:
        partner = await load_locked(db, Partner, caller.partner.id)
        if partner is None or not is_token_of(partner, caller.token_hash, ports.clock.now()):
            raise NotRegistered("not_registered")  # looking at the peer takes long: the token may be gone by now
        refuse_unregistered(partner)
        await refuse_taken(db=db, partner=partner, roles=new_roles(partner, credentials.roles))
        partner.previous_token_hash, partner.previous_token_until = caller.token_hash, now + TOKEN_OVERLAP
        if caller.token_hash == partner.pending_token_hash:
            settle_pending(partner)
        partner.our_token_hash = digest(our_token)
        connect(partner, _with_said(done, credentials), ports, now)
    return our_token


async def unregister(*, db: AsyncSession, partner_id: str) -> None:
    """End a connection: both tokens are forgotten, what the partner told us stays. Raises NotRegistered."""
    partner = await partner_by_id(db, partner_id)
    refuse_unregistered(partner)
    _forget(partner)
    await db.flush()


async def remove_partner(*, work: Work, ports: Ports, partner_id: str) -> bool:
    """End a connection from our side, whatever state it is in; say whether the partner could be told.

    Raises UnknownPartner, and NotRegistered where it has ended before.
    """
    async with work() as db:
        partner = await partner_by_id(db, partner_id)
        if partner.status == PartnerStatus.UNREGISTERED:
            raise NotRegistered("not_registered")
    told = False
    if partner.their_token_sealed:
        with contextlib.suppress(RegistrationFailed, SealBroken):
            await ports.roaming.end_registration(peer_of(partner, ports, also_suspended=True))
            told = True
    async with work() as db:
        _forget(await partner_by_id(db, partner_id))
    return told


async def suspend_partner(*, db: AsyncSession, partner_id: str) -> Partner:
    """Lock a connected partner out: its calls are refused and it is called no more. Raises NotRegistered."""
    partner = await partner_by_id(db, partner_id)
    refuse_unregistered(partner)
    partner.status = PartnerStatus.SUSPENDED
    await db.flush()
    return partner


async def resume_partner(*, db: AsyncSession, partner_id: str, allow_shared_party: bool = False) -> Partner:
    """Let a suspended partner in again and fetch what it could not tell meanwhile. Raises NotSuspended, PartyTaken."""
    partner = await partner_by_id(db, partner_id)
    if partner.status != PartnerStatus.SUSPENDED:
        raise NotSuspended("not_suspended", partner_id=partner_id)
    partner.may_share_parties = partner.may_share_parties or allow_shared_party
    await refuse_taken(db=db, partner=partner, roles=read_roles(partner.roles))
    partner.status = PartnerStatus.CONNECTED
    for job in (Job.PULL_TARIFFS, Job.PULL_LOCATIONS, Job.PULL_SESSIONS, Job.PULL_CDRS):
        await ask_for_pull(db=db, job=job, partner_id=partner.id)
    return partner


def settle_pending(partner: Partner) -> None:
    """Stop waiting for news of a rotation: what was pending is known, or will never be needed."""
    partner.pending_token_hash = partner.pending_seed = None
    partner.pending_since = partner.rotating_until = None


def _forget(partner: Partner) -> None:
    """End a connection on our side: no token of either side is left."""
    partner.status = PartnerStatus.UNREGISTERED
    partner.our_token_hash = partner.previous_token_hash = partner.their_token_sealed = None
    partner.previous_token_until = None
    settle_pending(partner)


def refuse_unregistered(partner: Partner) -> None:
    """Raise NotRegistered unless the connection stands."""
    if partner.status != PartnerStatus.CONNECTED:
        raise NotRegistered("not_registered")


async def _refuse_second_registration(db: AsyncSession, url: str) -> None:
    """Raise AlreadyRegistered when a connection to the same platform stands."""
    same = select(Partner.id).where(Partner.versions_url == url, Partner.status == PartnerStatus.CONNECTED)
    if (await db.exec(same)).first() is not None:
        raise AlreadyRegistered("already_registered", url=url)


def _new_partner(ports: Ports, now: datetime, name: str, our_token: str, status: PartnerStatus) -> Partner:
    """Return a partner that is known by ``our_token`` and nothing else yet."""
    return Partner(
        id=ports.randomness.new_id(Prefix.PARTNER),
        name=name,
        status=status,
        our_token_hash=digest(our_token),
        created_at=now,
    )


def _with_said(done: Registration, credentials: PeerCredentials) -> Registration:
    """Return the registration with what only the peer's credentials say: who it is."""
    return replace(
        done,
        their_token=credentials.token,
        versions_url=credentials.versions_url,
        roles=credentials.roles,
        hub=credentials.hub,
    )


def connect(partner: Partner, done: Registration, ports: Ports, now: datetime) -> None:
    """Write the outcome of a credentials exchange to the partner; one that was suspended meanwhile stays so."""
    cpos = [role for role in done.roles if role.role is MarketRole.CPO]
    first = next(iter(cpos or done.roles), None)
    if partner.status != PartnerStatus.SUSPENDED:
        partner.status = PartnerStatus.CONNECTED
    partner.version = done.version
    partner.versions_url = done.versions_url
    partner.their_token_sealed = seal(ports.policy.sealing_key, done.their_token, owner=partner.id)
    partner.raw_token_header = done.raw_token_header
    partner.endpoints = write_endpoints(done.endpoints)
    partner.roles = write_roles(kept_roles(partner, done.roles, done.hub))
    if first is not None:
        partner.country_code, partner.party_id = first.party.country_code, first.party.party_id
    partner.hub_country_code = done.hub.country_code if done.hub else None
    partner.hub_party_id = done.hub.party_id if done.hub else None
    partner.registered_at = now


async def _ask_for_first_pulls(db: AsyncSession, partner: Partner) -> None:
    """Have the partner's prices and places fetched as soon as this commits; of a hub that lists its parties, those.

    What is of a party that nobody named is not taken, so theirs are fetched once they are known (``client_info.py``).
    """
    lists_parties = any(each.module == "hubclientinfo" for each in read_endpoints(partner.endpoints))
    if hub_party(partner) is not None and lists_parties:
        await defer_job(db, Job.PULL_CLIENT_INFO, partner_id=partner.id)
        if not any(role.role is MarketRole.CPO for role in read_roles(partner.roles)):
            return
    await defer_job(db, Job.PULL_TARIFFS, partner_id=partner.id)
    await defer_job(db, Job.PULL_LOCATIONS, partner_id=partner.id)
