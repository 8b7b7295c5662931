"""Asking partners for sessions and CDRs whose push may have been lost: the recovery that OCPI prescribes.

Pulled objects take the same way as pushed ones (``observe.py``), each in its own unit of work, so that one bad object
never loses the rest. The window overlaps by fifteen minutes against clock skew (ocpi.md 4.13).
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.partner import Partner
from api.ports import Ports
from api.ports.roaming import PulledObject, UnreadableObject
from api.services.charging.findings import open_finding
from api.services.charging.observe import observe_cdr, observe_session
from api.services.roaming.partners import partner_by_id, peer_of
from api.services.work import Work

OVERLAP = timedelta(minutes=15)
FIRST_WINDOW = timedelta(days=2)

Observe = Callable[[AsyncSession, Partner, PulledObject[Any], datetime], Awaitable[object]]


async def pull_sessions(*, work: Work, ports: Ports, partner_id: str) -> int:
    """Pull and observe a partner's sessions changed since the last pull; return how many. Raises the port's errors."""

    async def observe(db: AsyncSession, partner: Partner, pulled: PulledObject[Any], now: datetime) -> None:
        await observe_session(db=db, ports=ports, now=now, partner=partner, session=pulled.value, raw=pulled.raw)

    return await _pull(work, ports, partner_id, "sessions_pulled_at", "pull_sessions", observe)


async def pull_cdrs(*, work: Work, ports: Ports, partner_id: str) -> int:
    """Pull and observe a partner's CDRs changed since the last pull; return how many. Raises the port's errors."""

    async def observe(db: AsyncSession, partner: Partner, pulled: PulledObject[Any], now: datetime) -> None:
        await observe_cdr(db=db, ports=ports, now=now, partner=partner, cdr=pulled.value, raw=pulled.raw)

    return await _pull(work, ports, partner_id, "cdrs_pulled_at", "pull_cdrs", observe)


async def _pull(work: Work, ports: Ports, partner_id: str, stamp: str, method: str, observe: Observe) -> int:
    """Run one pull and move its stamp only when the whole of it succeeded."""
    started = ports.clock.now()
    async with work() as db:
        partner = await partner_by_id(db, partner_id)
    since = (getattr(partner, stamp) or started - FIRST_WINDOW) - OVERLAP
    peer = peer_of(partner, ports)
    found: AsyncIterator[PulledObject[Any] | UnreadableObject]
    found = getattr(ports.roaming, method)(peer, changed_since=since)
    count = 0
    async for pulled in found:
        async with work() as db:
            if isinstance(pulled, UnreadableObject):
                await _keep_unreadable(db, ports, partner, method, pulled)
                continue
            await observe(db, partner, pulled, ports.clock.now())
            count += 1
    async with work() as db:
        row = await partner_by_id(db, partner_id)
        setattr(row, stamp, started)
        db.add(row)
    return count


async def _keep_unreadable(
    db: AsyncSession, ports: Ports, partner: Partner, method: str, pulled: UnreadableObject
) -> None:
    """Tell finance of an object that could not be read, with what came."""
    await open_finding(
        db=db,
        ports=ports,
        now=ports.clock.now(),
        reason="unreadable_object",
        subject=f"{partner.id}:{method}:{hashlib.sha256(pulled.raw.encode()).hexdigest()[:32]}",
        detail={"reason": pulled.reason, "raw": pulled.raw[:20000]},
    )
