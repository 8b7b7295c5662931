"""Tasks that write to drivers."""

from procrastinate import JobContext

from api.jobs.context import Task, world_of
from api.services.deferral import Job
from api.services.finance.mails import send_mail
from api.services.finance.receipts import issue_receipt


async def receipt(context: JobContext, charging_session_id: str) -> None:
    """Write the receipt of a settled charge."""
    world = world_of(context)
    async with world.work() as db:
        await issue_receipt(
            db=db, ports=world.ports, now=world.ports.clock.now(), charging_session_id=charging_session_id
        )


async def mail(context: JobContext, mail_id: str) -> None:
    """Send a mail about a paper."""
    world = world_of(context)
    await send_mail(work=world.work, ports=world.ports, mail_id=mail_id)


TASKS: dict[Job, Task] = {
    Job.ISSUE_RECEIPT: receipt,
    Job.SEND_MAIL: mail,
}
