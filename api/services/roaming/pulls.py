"""Asking for a pull from a partner, once however often the need shows up.

The pulls themselves are in ``locations.py``, ``tariffs.py`` and, for sessions and CDRs, in ``services/charging``.
"""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.services.deferral import Job, defer_once


async def ask_for_pull(*, db: AsyncSession, job: Job, partner_id: str) -> None:
    """Defer the pull ``job`` for a partner unless one is waiting already."""
    await defer_once(db, job, once=partner_id, partner_id=partner_id)
