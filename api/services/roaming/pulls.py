"""Asking for a pull from a partner, once however often the need shows up.

The pulls themselves are in ``locations.py``, ``tariffs.py`` and, for sessions and CDRs, in ``services/charging``.
"""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.partner import Partner
from api.services.deferral import Job, defer_job

_WAITING = text(
    "SELECT 1 FROM procrastinate_jobs"
    " WHERE status = 'todo' AND task_name = :task AND args ->> 'partner_id' = :partner_id LIMIT 1"
)


async def ask_for_pull(*, db: AsyncSession, job: Job, partner: Partner) -> None:
    """Defer the pull ``job`` for a partner unless one is waiting already."""
    waiting = await (await db.connection()).execute(_WAITING, {"task": job.value, "partner_id": partner.id})
    if waiting.first() is None:
        await defer_job(db, job, partner_id=partner.id)
