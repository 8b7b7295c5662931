"""Tasks that write to drivers."""

from procrastinate import JobContext

from api.jobs.context import Task, world_of
from api.services.deferral import Job
from api.services.finance.receipts import issue_receipt


async def receipt(context: JobContext, charging_session_id: str) -> None:
    """Write the receipt of a settled charge."""
    world = world_of(context)
    async with world.work() as db:
        await issue_receipt(
            db=db, ports=world.ports, now=world.ports.clock.now(), charging_session_id=charging_session_id
        )


TASKS: dict[Job, Task] = {
    Job.ISSUE_RECEIPT: receipt,
}
