"""The job engine with all our tasks; used by the worker and by tests that drain jobs."""

from urllib.parse import urlsplit, urlunsplit

from procrastinate import App, PsycopgConnector, RetryStrategy

from api.jobs import accounts, money, notices, reconciliation, roaming, support, wallet
from api.jobs.context import Task
from api.jobs.sweep import add_sweeps
from api.services.deferral import QUEUE_OF, Job

RETRY = RetryStrategy(max_attempts=8, exponential_wait=2)
"""For errors that nobody foresaw: the sweep covers the foreseen ones, and both are bounded."""

TASKS: dict[Job, Task] = {
    **money.TASKS,
    **roaming.TASKS,
    **notices.TASKS,
    **wallet.TASKS,
    **accounts.TASKS,
    **reconciliation.TASKS,
    **support.TASKS,
}


def make_job_app(database_url: str, *, sweep_seconds: int, stalled_seconds: float, pool_size: int = 4) -> App:
    """Return the job engine on ``database_url`` (plain ``postgresql://``), not yet opened."""
    parts = urlsplit(database_url)
    conninfo = urlunsplit(parts._replace(netloc=parts.netloc or "postgres@"))
    app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=pool_size))
    for job, function in TASKS.items():
        app.task(name=job, queue=QUEUE_OF[job], retry=RETRY, pass_context=True)(function)
    add_sweeps(app, sweep_seconds=sweep_seconds, stalled_seconds=stalled_seconds)
    return app
