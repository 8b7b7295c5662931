"""Asking partners for sessions and CDRs whose push may have been lost: the recovery that OCPI prescribes.

Pulled objects take the same way as pushed ones (``observe.py``), each in its own unit of work, so that one bad object
never loses the rest. The window overlaps by fifteen minutes against clock skew (ocpi.md 4.13).
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import AppError
from api.models.partner import Partner
from api.ports import Ports
from api.ports.roaming import PulledObject, UnreadableObject
from api.services.charging.findings import open_finding
from api.services.charging.observe import observe_cdr, observe_evse_status, observe_session
from api.services.charging.queries import occupied_evses
from api.services.roaming.messages import How
from api.services.roaming.partners import owns, partner_by_id, peer_of
from api.services.roaming.pull_runs import PULL_OVERLAP
from api.services.roaming.rows import is_unstorable
from api.services.work import Work

FIRST_WINDOW = timedelta(days=2)

Observe = Callable[[AsyncSession, Partner, PulledObject[Any], datetime], Awaitable[object]]


async def pull_sessions(*, work: Work, ports: Ports, partner_id: str) -> int:
    """Pull and observe a partner's sessions changed since the last pull; return how many. Raises the port's errors."""

    async def observe(db: AsyncSession, partner: Partner, pulled: PulledObject[Any], now: datetime) -> None:
        await observe_session(
            db=db, ports=ports, now=now, partner=partner, session=pulled.value, raw=pulled.raw, how=How.PULL
        )

    return await _pull(work, ports, partner_id, "sessions_pulled_at", "pull_sessions", observe)


async def pull_cdrs(*, work: Work, ports: Ports, partner_id: str) -> int:
    """Pull and observe a partner's CDRs changed since the last pull; return how many. Raises the port's errors."""

    async def observe(db: AsyncSession, partner: Partner, pulled: PulledObject[Any], now: datetime) -> None:
        await observe_cdr(db=db, ports=ports, now=now, partner=partner, cdr=pulled.value, raw=pulled.raw, how=How.PULL)

    return await _pull(work, ports, partner_id, "cdrs_pulled_at", "pull_cdrs", observe)


async def _pull(work: Work, ports: Ports, partner_id: str, stamp: str, method: str, observe: Observe) -> int:
    """Run one pull and move its stamp only when the whole of it succeeded."""
    started = ports.clock.now()
    async with work() as db:
        partner = await partner_by_id(db, partner_id)
    since = (getattr(partner, stamp) or started - FIRST_WINDOW) - PULL_OVERLAP
    found: AsyncIterator[PulledObject[Any] | UnreadableObject]
    found = getattr(ports.roaming, method)(peer_of(partner, ports), changed_since=since)
    count = 0
    async for pulled in found:
        reason = await _take(work, ports, partner, pulled, observe)
        count += reason is None
        if reason is not None:
            await keep_refused(work, ports, partner, method, pulled.raw, reason)
    async with work() as db:
        row = await partner_by_id(db, partner_id)
        setattr(row, stamp, started)
        db.add(row)
    return count


async def _take(
    work: Work, ports: Ports, partner: Partner, pulled: PulledObject[Any] | UnreadableObject, observe: Observe
) -> str | None:
    """Observe one object in its own unit of work; return why it could not be taken, if so."""
    if isinstance(pulled, UnreadableObject):
        return pulled.reason
    if not owns(partner, pulled.value.country_code, pulled.value.party_id):
        return "not_the_partners_own"
    try:
        async with work() as db:
            await observe(db, partner, pulled, ports.clock.now())
    except DBAPIError as error:
        if not is_unstorable(error):
            raise
        return "unstorable"
    except AppError as error:  # an id that nobody could mean, or a story that cannot have happened
        return error.code
    return None


async def keep_refused(work: Work, ports: Ports, partner: Partner, method: str, raw: str, reason: str) -> None:
    """Tell finance of an object that could not be taken, with what came; pulled and pushed alike, it is told once."""
    digest = hashlib.sha256(raw.encode()).hexdigest()[:32]
    async with work() as db:
        await open_finding(
            db=db,
            ports=ports,
            now=ports.clock.now(),
            reason="unreadable_object",
            subject=f"{partner.id}:{method}:{digest}",
            detail={"reason": reason, "raw": raw.replace("\\u0000", "").replace("\x00", "")[:20000]},
        )


async def observe_pulled_evses(*, work: Work, ports: Ports, partner_id: str, evse_keys: Sequence[str]) -> None:
    """Tell charges of the EVSEs that a pull of locations found changed."""
    async with work() as db:
        occupied = await occupied_evses(db=db, partner_id=partner_id, evse_keys=evse_keys)
    for evse_key in occupied:
        async with work() as db:
            partner = await partner_by_id(db, partner_id)
            await observe_evse_status(db=db, ports=ports, now=ports.clock.now(), partner=partner, evse_key=evse_key)
