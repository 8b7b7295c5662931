"""Tasks of reconciliation: a run that somebody asked for. The nightly one is in ``sweep.py``."""

from procrastinate import JobContext

from api.jobs.context import Task, world_of
from api.services.deferral import Job
from api.services.reconciliation.run import OF_CHARGE, ON_DEMAND, Wish, reconcile


async def run_reconciliation(
    context: JobContext, by: str | None = None, charging_session_id: str | None = None
) -> None:
    """Reconcile everything, what changed, or one charge."""
    world = world_of(context)
    wish = Wish(OF_CHARGE if charging_session_id else ON_DEMAND, by, charging_session_id=charging_session_id)
    await reconcile(work=world.work, ports=world.ports, wish=wish)


TASKS: dict[Job, Task] = {Job.RECONCILE: run_reconciliation}
