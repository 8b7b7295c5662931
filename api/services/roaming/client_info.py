"""The parties behind hubs: who they are, and whether anything may be sent to them (OCPI 2.2.1 chapter 14).

A hub speaks for many owners on one connection. Each operator that it tells of becomes one of the partner's roles, so
that its objects are taken; a role is never taken back, because bills of a party that left still come. Only a partner
that registered as a hub may tell of others.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.ids import PartyId
from api.domain.roaming.hub import AWAY, ClientInfo, ConnectionStatus
from api.domain.roaming.partner import MOST_ROLES, MarketRole, PartyRole
from api.models.hub import ClientInfoRow
from api.models.partner import Partner
from api.ports import Ports
from api.ports.roaming import UnreadableObject
from api.services.deferral import Job, defer_once
from api.services.roaming.documents import read_roles, write_roles
from api.services.roaming.partners import hub_party, partner_by_id, peer_of
from api.services.roaming.pulls import ask_for_pull
from api.services.roaming.queries import connected_partners
from api.services.roaming.rows import load_locked
from api.services.work import Work

_log = logging.getLogger(__name__)


class NotAHub(NotFound):
    """Only a hub may tell of other parties."""


class UnknownParty(NotFound):
    """The hub never told us of this party."""


async def store_client_info(
    *, db: AsyncSession, ports: Ports, now: datetime, partner: Partner, info: ClientInfo
) -> bool:
    """Keep what a hub says of a party, unless something newer is known; return whether it was. Raises NotAHub."""
    if hub_party(partner) is None:
        raise NotAHub("not_a_hub")
    if info.party == ports.policy.our_party:
        return False  # hubs list us as well
    locked = await load_locked(db, Partner, partner.id)
    key = (partner.id, info.party.country_code, info.party.party_id, info.role.value)
    row = await db.get(ClientInfoRow, key, populate_existing=True)
    told_at = info.last_updated or now
    if row is not None and row.last_updated > told_at:
        return False
    if row is None:
        names = ("partner_id", "country_code", "party_id", "role")
        db.add(ClientInfoRow(**dict(zip(names, key, strict=True)), status=info.status.value, last_updated=told_at))
    else:
        row.sqlmodel_update({"status": info.status.value, "last_updated": told_at})
    if locked is not None and info.role is MarketRole.CPO:
        await _take_in(db, locked, info.party)
    await db.flush()
    return True


async def _take_in(db: AsyncSession, hub: Partner, party: PartyId) -> None:
    """Add an operator to a hub's parties and have its prices and places fetched, whose news we were not there for."""
    held = read_roles(hub.roles)
    roles = with_role(held, party)
    if len(roles) == len(held):
        return
    if len(roles) > MOST_ROLES:
        _log.warning("partner.roles_too_many", extra={"partner_id": hub.id, "party": str(party)})
        return
    hub.roles = write_roles(roles)
    hub.locations_pulled_at = hub.tariffs_pulled_at = None  # the lists are read whole again
    for job in (Job.PULL_TARIFFS, Job.PULL_LOCATIONS):
        await ask_for_pull(db=db, job=job, partner_id=hub.id)


async def pull_client_info(*, work: Work, ports: Ports, partner_id: str) -> int:
    """Ask a hub for all its parties; one it no longer lists is suspended. Return how many it listed."""
    async with work() as db:
        partner = await partner_by_id(db, partner_id)
    started, whole = ports.clock.now(), True
    listed: set[tuple[PartyId, str]] = set()
    async for pulled in ports.hub_directory.pull_client_info(peer_of(partner, ports)):
        if isinstance(pulled, UnreadableObject):
            whole = False  # it may be about a party that would be suspended below
            continue
        listed.add((pulled.value.party, pulled.value.role.value))
        async with work() as db:
            await store_client_info(db=db, ports=ports, now=ports.clock.now(), partner=partner, info=pulled.value)
    if whole and listed:
        await _suspend_others(work, started, partner_id, listed)
    return len(listed)


async def ask_for_client_info(*, work: Work) -> None:
    """Have the parties of every hub asked for, since a push may have been lost."""
    async with work() as db:
        for partner in await connected_partners(db):
            if hub_party(partner) is not None:
                await defer_once(db, Job.PULL_CLIENT_INFO, once=partner.id, partner_id=partner.id)


async def client_infos(db: AsyncSession, partner: Partner, country_code: str, party_id: str) -> list[ClientInfo]:
    """Return what a hub told of a party, one for each of its roles; raises UnknownParty."""
    query = select(ClientInfoRow).where(
        ClientInfoRow.partner_id == partner.id,
        ClientInfoRow.country_code == country_code.upper(),
        ClientInfoRow.party_id == party_id.upper(),
    )
    rows = (await db.exec(query.order_by(col(ClientInfoRow.last_updated).desc()))).all()
    if not rows:
        raise UnknownParty("party_unknown")
    return [
        ClientInfo(
            PartyId(row.country_code, row.party_id),
            MarketRole(row.role),
            ConnectionStatus(row.status),
            row.last_updated,
        )
        for row in rows
    ]


async def party_away(db: AsyncSession, partner_id: str, party: PartyId) -> str | None:
    """Return why nothing may be sent to an operator behind a hub (its status), or None when it may."""
    row = await db.get(ClientInfoRow, (partner_id, party.country_code, party.party_id, MarketRole.CPO.value))
    return row.status if row is not None and row.status in AWAY else None


def with_role(roles: Iterable[PartyRole], party: PartyId) -> list[PartyRole]:
    """Return the roles with that of an operator added, unless it is there."""
    held = list(roles)
    if any(each.role is MarketRole.CPO and each.party == party for each in held):
        return held
    return [*held, PartyRole(MarketRole.CPO, party, str(party))]


def kept_roles(partner: Partner, said: Iterable[PartyRole], hub: PartyId | None) -> list[PartyRole]:
    """Return the roles of new credentials, and of a hub also the operators that it told of before.

    ``hub``: 2.3.0 has no role for hubs and names the hub beside the roles; we keep it as a role all the same.
    """
    roles = list(said)
    if hub is not None and not any(each.role is MarketRole.HUB for each in roles):
        roles.append(PartyRole(MarketRole.HUB, hub, str(hub)))
    if any(each.role is MarketRole.HUB for each in roles):
        for each in read_roles(partner.roles):
            if each.role is MarketRole.CPO:
                roles = with_role(roles, each.party)
    return roles


async def _suspend_others(work: Work, started: datetime, partner_id: str, listed: set[tuple[PartyId, str]]) -> None:
    """Suspend what a whole list leaves out, but for what the hub told of while we read the list."""
    async with work() as db:
        await load_locked(db, Partner, partner_id)
        query = select(ClientInfoRow).where(
            ClientInfoRow.partner_id == partner_id, col(ClientInfoRow.last_updated) < started
        )
        for row in (await db.exec(query)).all():
            if (PartyId(row.country_code, row.party_id), row.role) not in listed:
                row.sqlmodel_update({"status": ConnectionStatus.SUSPENDED.value})
                db.add(row)
