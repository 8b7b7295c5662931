"""Tasks of accounts: answering requests, sending letters, making copies of a driver's data, forgetting them."""

from procrastinate import JobContext

from api.jobs.context import Task, world_of
from api.services.accounts.export import make_export
from api.services.accounts.requests import answer_request
from api.services.deferral import Job
from api.services.drivers.customer_forget import perform_forgetting
from api.services.notices.letters import send_letter


async def answer(context: JobContext, request_id: str) -> None:
    """Answer what was asked for by an address alone."""
    world = world_of(context)
    await answer_request(work=world.work, ports=world.ports, request_id=request_id)


async def letter(context: JobContext, letter_id: str) -> None:
    """Send a letter about an account."""
    world = world_of(context)
    await send_letter(work=world.work, ports=world.ports, letter_id=letter_id)


async def export(context: JobContext, export_id: str) -> None:
    """Make a copy of a driver's data."""
    world = world_of(context)
    await make_export(work=world.work, ports=world.ports, export_id=export_id)


async def forget_customer(context: JobContext, operation_id: str) -> None:
    """Have the processor forget a customer who left."""
    world = world_of(context)
    await perform_forgetting(work=world.work, ports=world.ports, operation_id=operation_id)


TASKS: dict[Job, Task] = {
    Job.ANSWER_REQUEST: answer,
    Job.SEND_LETTER: letter,
    Job.MAKE_EXPORT: export,
    Job.FORGET_CUSTOMER: forget_customer,
}
