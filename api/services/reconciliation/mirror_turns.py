"""The copy of the processor's objects as jobs: some pages at a time, so that other bulk work is not kept waiting."""

from datetime import datetime

from api.ports import Ports
from api.services.deferral import Job, defer_job, defer_once
from api.services.reconciliation.mirror import Halt, MirrorCopy, copy_processor
from api.services.work import Work

PAGES_A_TURN = 300

REST_SECONDS = {Halt.ENOUGH_FOR_NOW: 1, Halt.PROCESSOR_AWAY: 900}
"""After which halts the copy is taken up again, and when. Whoever took it over needs no help."""


async def ask_for_copy(*, work: Work) -> bool:
    """Have the copy brought up to date by a job; False: one is waiting already."""
    async with work() as db:
        return await defer_once(db, Job.COPY_PROCESSOR, once="all")


async def copy_in_turns(
    *, work: Work, ports: Ports, goes_on: datetime | None = None, most_pages: int | None = None
) -> MirrorCopy:
    """Copy some pages and leave the rest to a job of its own."""
    made = await copy_processor(work=work, ports=ports, most_pages=most_pages or PAGES_A_TURN, goes_on=goes_on)
    if made.halt in REST_SECONDS:
        async with work() as db:
            rest = REST_SECONDS[made.halt]
            await defer_job(db, Job.COPY_PROCESSOR, rest_seconds=rest, began_at=made.began_at.isoformat())
    return made
