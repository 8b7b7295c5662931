"""Tasks about cases and complaints of customers."""

from procrastinate import JobContext

from api.jobs.context import Task, world_of
from api.services.deferral import Job
from api.services.support.complaint_judge import judge_complaint


async def judge(context: JobContext, complaint_id: str) -> None:
    """Decide on a complaint, if its facts are final."""
    world = world_of(context)
    async with world.work() as db:
        await judge_complaint(db=db, ports=world.ports, now=world.ports.clock.now(), complaint_id=complaint_id)


TASKS: dict[Job, Task] = {Job.JUDGE_COMPLAINT: judge}
"""What runs under which stored name."""
