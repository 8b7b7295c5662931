"""Telling partners of passes: each partner that takes tokens is told what it has not been told yet, oldest first.

What a partner knows is kept per pass, so one that was away, or connects later, is told all that it missed and nothing
twice. A partner that fails is tried again later and later; a pass that it refuses keeps none of the others waiting.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.partner import InterfaceRole, Peer
from api.domain.roaming.token import DriverToken
from api.models.partner import Partner
from api.models.passes import PassPushState, PassSync
from api.models.roaming import DriverTokenRow
from api.ports import Ports
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.services.deferral import Job, defer_once
from api.services.roaming.documents import read_endpoints
from api.services.roaming.partners import PartnerNotConnected, partner_by_id, peer_of
from api.services.roaming.queries import connected_partners
from api.services.roaming.rows import load_locked
from api.services.roaming.tokens import PASS_TYPES, as_driver_token
from api.services.work import Work

BATCH = 100
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
REFUSED = range(2000, 3000)
"""OCPI status codes by which a partner refuses this one pass, and will refuse it again."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A pass that a partner has to be told of, and whether the partner has an older state of it."""

    token: DriverToken
    has_it: bool


async def ask_for_pushes(*, db: AsyncSession) -> None:
    """Have every partner that takes tokens told what it does not know yet, when the caller commits."""
    for partner in await connected_partners(db):
        if takes_tokens(partner):
            await defer_once(db, Job.PUSH_PASSES, once=partner.id, partner_id=partner.id)


async def sweep_pushes(*, work: Work, ports: Ports) -> int:
    """Ask again for pushes that failed, were lost, or are owed to a partner that connected since; return how many."""
    now, asked = ports.clock.now(), 0
    async with work() as db:
        for partner in await connected_partners(db):
            state = await db.get(PassPushState, partner.id)
            waits = state is not None and state.next_at is not None and state.next_at > now
            if takes_tokens(partner) and not waits and await _due(db, partner.id, ports, limit=1):
                asked += await defer_once(db, Job.PUSH_PASSES, once=partner.id, partner_id=partner.id)
    return asked


def takes_tokens(partner: Partner) -> bool:
    """Say whether a partner offers its side of the tokens module."""
    endpoints = read_endpoints(partner.endpoints)
    return any(each.module == "tokens" and each.role is InterfaceRole.RECEIVER for each in endpoints)


async def push_passes(*, work: Work, ports: Ports, partner_id: str) -> int:
    """Tell one partner all that is due; stop at the first failure and set when to try again. Return how many went."""
    done = 0
    while True:
        async with work() as db:
            partner = await partner_by_id(db, partner_id)
            state = await db.get(PassPushState, partner_id)
            waits = state is not None and state.next_at is not None and state.next_at > ports.clock.now()
            due = [] if waits or not takes_tokens(partner) else await _due(db, partner_id, ports, limit=BATCH)
        if not due:
            return done
        try:
            peer = peer_of(partner, ports)
        except PartnerNotConnected:
            return done
        for each in due:
            problem = await _push(work, ports, peer, each)
            if problem is not None:
                await _note_failure(work, ports, partner_id, problem)
                return done
            done += 1


async def _push(work: Work, ports: Ports, peer: Peer, due: _Due) -> str | None:
    """Tell one pass and store that it was told; return what went wrong with the partner, if anything."""
    refusal: str | None = None
    try:
        await _call(ports, peer, due)
    except PartnerUnreachable as away:
        return away.code
    except PartnerAnsweredBadly as bad:
        if bad.facts.get("ocpi_status") not in REFUSED:
            return f"{bad.code}: {bad.facts.get('message') or bad.facts.get('ocpi_status')}"[:200]
        refusal = str(bad.facts.get("message") or bad.facts["ocpi_status"])[:200]
    now = ports.clock.now()
    values = {"told": due.token.last_updated, "has_it": refusal is None, "refusal": refusal, "at": now}
    async with work() as db:
        statement = insert(PassSync).values(partner_id=peer.partner_id, token_uid=due.token.uid, **values)
        connection = await db.connection()
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["partner_id", "token_uid"], set_=values)
        )
        state = await db.get(PassPushState, peer.partner_id)
        if state is not None:
            state.failures, state.problem, state.next_at = 0, None, None
    return None


async def _call(ports: Ports, peer: Peer, due: _Due) -> None:
    """PATCH what is now invalid where the partner has it, else PUT; one that it lost after all is put."""
    token = due.token
    if due.has_it and not token.valid:
        try:
            await ports.pass_sync.patch_token(
                peer, uid=token.uid, token_type=token.type, valid=False, last_updated=token.last_updated
            )
        except PartnerAnsweredBadly as bad:
            if bad.facts.get("http_status") != 404 and bad.facts.get("ocpi_status") not in REFUSED:
                raise
        else:
            return
    await ports.pass_sync.put_token(peer, token)


async def _note_failure(work: Work, ports: Ports, partner_id: str, problem: str) -> None:
    """Wait longer after each failure; the sweep tries again."""
    async with work() as db:
        state = await load_locked(db, PassPushState, partner_id)
        if state is None:
            state = PassPushState(partner_id=partner_id)
            db.add(state)
        pause = min(FIRST_PAUSE * 2 ** min(state.failures, 12), LONGEST_PAUSE)
        state.failures, state.problem = state.failures + 1, problem
        state.next_at = ports.clock.now() + pause


async def _due(db: AsyncSession, partner_id: str, ports: Ports, *, limit: int) -> list[_Due]:
    """Return passes that changed since the partner was told, oldest change first."""
    known = and_(col(PassSync.token_uid) == col(DriverTokenRow.uid), col(PassSync.partner_id) == partner_id)
    query = (
        select(DriverTokenRow, PassSync.has_it)
        .join(PassSync, known, isouter=True)
        .where(col(DriverTokenRow.type).in_(PASS_TYPES))
        .where(or_(col(PassSync.told).is_(None), col(PassSync.told) < col(DriverTokenRow.last_updated)))
        .order_by(col(DriverTokenRow.last_updated), DriverTokenRow.uid)
        .limit(limit)
    )
    rows = (await db.exec(query)).all()
    return [_Due(as_driver_token(row, ports.policy), bool(has_it)) for row, has_it in rows]
