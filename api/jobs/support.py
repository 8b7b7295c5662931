"""Tasks of cases: mails out, mails in, and what is due every minute."""

from procrastinate import JobContext

from api.jobs.context import Task, world_of
from api.services.deferral import Job
from api.services.support.clocks import run_case_clocks
from api.services.support.complaint_judge import judge_complaint
from api.services.support.inbound import sweep_unread_mails, take_in_mails
from api.services.support.inbound_read import read_mail
from api.services.support.mails import send_case_mail, sweep_case_mails
from api.services.support.tell import tell_cases


async def case_mail(context: JobContext, mail_id: str) -> None:
    """Send a mail about a case."""
    world = world_of(context)
    await send_case_mail(work=world.work, ports=world.ports, mail_id=mail_id)


async def inbound(context: JobContext, inbound_id: str) -> None:
    """Read a mail that came in."""
    world = world_of(context)
    await read_mail(work=world.work, ports=world.ports, inbound_id=inbound_id)


async def sweep_cases(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Let the clocks of cases fire, tell customers what became of them, send and read again what was left lying."""
    world = world_of(context)
    await run_case_clocks(work=world.work, now=world.ports.clock.now())
    await tell_cases(work=world.work, ports=world.ports, now=world.ports.clock.now())
    await sweep_case_mails(work=world.work, now=world.ports.clock.now())
    await sweep_unread_mails(work=world.work)


async def fetch_mails(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Look into the mailbox: apart from the clocks, which wait for no server."""
    world = world_of(context)
    await take_in_mails(work=world.work, ports=world.ports, now=world.ports.clock.now())


async def judge(context: JobContext, complaint_id: str) -> None:
    """Decide on a complaint, if its facts are final."""
    world = world_of(context)
    async with world.work() as db:
        await judge_complaint(db=db, ports=world.ports, now=world.ports.clock.now(), complaint_id=complaint_id)


TASKS: dict[Job, Task] = {Job.SEND_CASE_MAIL: case_mail, Job.READ_MAIL: inbound, Job.JUDGE_COMPLAINT: judge}
