"""Who a partner is: finding the one that calls us, what it may write, and what a call to it needs.

Registration is in ``register.py``; the specification is OCPI 2.2.1 chapters 4 (authorization) and 7 (credentials).
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import msgspec
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid, NotFound
from api.domain.ids import PartyId
from api.domain.pricing.periods import ParkingReading
from api.domain.roaming.partner import MarketRole, Peer
from api.models.partner import Partner
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.roaming.documents import read_endpoints, read_roles
from api.services.roaming.sealing import digest, unseal

_encode = msgspec.json.Encoder().encode


class PartnerStatus(StrEnum):
    """Where a connection stands; only a connected partner may use anything but versions and credentials."""

    INVITED = "invited"
    """We gave out a one-time token and wait for the partner to register with it."""
    REGISTERING = "registering"
    """We are registering at the partner, which may look at our versions meanwhile."""
    CONNECTED = "connected"
    SUSPENDED = "suspended"
    UNREGISTERED = "unregistered"
    """The connection was ended; its tokens are gone, its data stays."""


class PartnerNotConnected(Conflict):
    """There is no registered connection to call this partner on. Fact: ``partner_id``."""


class UnknownPartner(NotFound):
    """No partner has this id. Fact: ``partner_id``."""


class UnknownReading(Invalid):
    """PARKING_TIME has no such meaning. Fact: ``reading``."""


class Caller(NamedTuple):
    """A partner that proved who it is, and the token it proved it with."""

    partner: Partner
    token: str
    token_hash: str


READINGS = ("raw", "base64")
"""What the readings of a header mean, in their order."""


async def caller_by_tokens(db: AsyncSession, now: datetime, candidates: Iterable[str]) -> Caller | None:
    """Return who calls with one of ``candidates`` (the readings of one header: raw, then decoded), or None.

    The comparison is a look-up of digests, so its time tells nothing about how much of a token was right. The first
    reading that succeeds for a connected partner is remembered, and decides where two readings are two partners'.
    """
    by_hash = {digest(token): token for token in candidates}
    current = col(Partner.our_token_hash).in_(by_hash)
    pending = col(Partner.pending_token_hash).in_(by_hash)
    overlapping = and_(col(Partner.previous_token_hash).in_(by_hash), col(Partner.previous_token_until) > now)
    found = (await db.exec(select(Partner).where(or_(current, pending, overlapping)))).all()
    matches = [
        (reading, Caller(partner, token, token_hash))
        for reading, (token_hash, token) in zip(READINGS, by_hash.items(), strict=False)
        for partner in found
        if is_token_of(partner, token_hash, now)
    ]
    if not matches:
        return None
    usual = [match for match in matches if match[1].partner.token_reading in (None, match[0])]
    reading, caller = (usual or matches)[0]
    if caller.partner.token_reading is None and caller.partner.status == PartnerStatus.CONNECTED:
        caller.partner.token_reading = reading
    return caller


async def issued_digests(db: AsyncSession) -> frozenset[str]:
    """Return the digests of all tokens that we issued and that may be in use."""
    query = select(Partner.our_token_hash, Partner.pending_token_hash, Partner.previous_token_hash)
    return frozenset(each for row in (await db.exec(query)).all() for each in row if each is not None)


def is_token_of(partner: Partner, token_hash: str, now: datetime) -> bool:
    """Say whether a digest is that of a token that the partner may use now."""
    if token_hash in (partner.our_token_hash, partner.pending_token_hash):
        return True
    until = partner.previous_token_until
    return token_hash == partner.previous_token_hash and until is not None and until > now


async def partner_by_token(db: AsyncSession, now: datetime, token: str) -> Partner | None:
    """Return the partner whose current, or just rotated, token this is."""
    caller = await caller_by_tokens(db, now, (token,))
    return caller.partner if caller else None


async def partner_by_id(db: AsyncSession, partner_id: str) -> Partner:
    """Return a partner; raises UnknownPartner."""
    partner = await db.get(Partner, partner_id)
    if partner is None:
        raise UnknownPartner("partner_unknown", partner_id=partner_id)
    return partner


def owns(partner: Partner, country_code: str, party_id: str) -> bool:
    """Say whether a party is one of the partner's roles, so that the partner may write its objects."""
    return (country_code.upper(), party_id.upper()) in _parties(roles_text(partner))


def roles_text(partner: Partner) -> str:
    """Return a partner's roles as JSON text."""
    return _encode(partner.roles).decode()


@lru_cache(maxsize=1000)
def _parties(roles: str) -> frozenset[tuple[str, str]]:
    """Return the countries and parties of roles, upper case."""
    parties = (role.party for role in read_roles(msgspec.json.decode(roles)))
    return frozenset((party.country_code, party.party_id) for party in parties)


def hub_party(partner: Partner) -> PartyId | None:
    """Return the hub that a partner is, or None for one that speaks for itself only."""
    hubs = (role.party for role in read_roles(partner.roles) if role.role is MarketRole.HUB)
    return next(hubs, None)


def peer_of(partner: Partner, ports: Ports, *, also_suspended: bool = False) -> Peer:
    """Return what a call to the partner needs, of a hub to the hub itself; raises PartnerNotConnected.

    What is meant for one party behind a hub goes through ``Peer.towards``.
    """
    callable_ones = {PartnerStatus.CONNECTED, PartnerStatus.SUSPENDED} if also_suspended else {PartnerStatus.CONNECTED}
    if partner.status not in callable_ones or not partner.their_token_sealed or not partner.version:
        raise PartnerNotConnected("partner_not_connected", partner_id=partner.id)
    return Peer(
        partner_id=partner.id,
        version=partner.version,
        their_token=unseal(keys_of(ports.policy), partner.their_token_sealed, owner=partner.id),
        endpoints=read_endpoints(partner.endpoints),
        our_party=ports.policy.our_party,
        their_party=hub_party(partner) or PartyId(partner.country_code, partner.party_id),
        raw_token_header=partner.raw_token_header,
        versions_url=partner.versions_url or "",
    )


def keys_of(policy: ServicePolicy) -> tuple[bytes, ...]:
    """Return the keys that may have sealed a partner's token, the present one first."""
    return (policy.sealing_key, *policy.old_sealing_keys)


async def set_parking_reading(*, db: AsyncSession, partner_id: str, reading: str | None) -> Partner:
    """Set what a partner means by PARKING_TIME, None for what its version says.

    Charges that have started keep what they started with. Raises UnknownPartner, UnknownReading.
    """
    if reading is not None and reading not in set(ParkingReading):
        raise UnknownReading("parking_reading_unknown", reading=reading)
    partner = await partner_by_id(db, partner_id)
    partner.parking_reading = reading
    db.add(partner)
    return partner
