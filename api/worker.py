"""The live background process: runs the jobs until it is told to stop, money apart from whatever waits for partners.

``python -m api.worker`` or ``chargehand worker``. Kill it at any moment: another worker takes over its jobs.
"""

import asyncio
import gc
import signal
from collections.abc import Sequence

from api.db import UnitOfWork, database_url, make_engine
from api.jobs.app import make_job_app
from api.jobs.context import KEY, JobWorld
from api.logs import write_logs
from api.services.deferral import Queue
from api.services.roaming.traffic import flushing
from api.settings import Settings
from api.wiring import build_ports

POLL_SECONDS = 1.0
"""How often the queue is looked at for jobs that became due; new ones are announced by PostgreSQL at once."""
BULK_AT_ONCE = 4
"""How many lists are read at the same time: one partner that takes its time does not keep all others waiting."""


async def run_worker(settings: Settings) -> None:
    """Run jobs until SIGINT or SIGTERM, then finish the running ones."""
    url = database_url(settings)
    engine = make_engine(url, pool_size=settings.database_pool_size, role=settings.database_role)
    world = JobWorld(build_ports(settings), UnitOfWork(engine))
    app = make_job_app(
        url, sweep_seconds=settings.sweep_seconds, stalled_seconds=settings.worker_stalled_seconds, pool_size=8
    )
    groups = (
        ([Queue.MONEY, Queue.NOTICES], settings.worker_concurrency),
        ([Queue.ROAMING], settings.worker_concurrency),
        ([Queue.BULK], BULK_AT_ONCE),
    )
    gc.collect()
    gc.freeze()  # what lives as long as the process need not be looked through each time that a list made much garbage
    async with app.open_async(), flushing(work=world.work, traffic=world.ports.traffic):
        workers = [
            asyncio.create_task(
                app.run_worker_async(
                    queues=[str(queue) for queue in queues],
                    concurrency=concurrency,
                    additional_context={KEY: world},
                    install_signal_handlers=False,
                    fetch_job_polling_interval=POLL_SECONDS,
                    update_heartbeat_interval=settings.worker_heartbeat_seconds,
                    stalled_worker_timeout=settings.worker_stalled_seconds,
                    shutdown_graceful_timeout=20,
                    delete_jobs="successful",
                )
            )
            for queues, concurrency in groups
        ]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: [worker.cancel() for worker in workers])
        await end_together(workers)
    await engine.dispose()


async def end_together(workers: Sequence[asyncio.Task[None]]) -> None:
    """Wait for workers that belong together: when one dies the others are told to stop, and its error is raised.

    A process that goes on with bulk work while its money worker is dead looks alive to everybody who could restart it.
    """
    done, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
    if any(not worker.cancelled() and worker.exception() for worker in done):
        for worker in workers:
            worker.cancel()
    for ended in await asyncio.gather(*workers, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


def main() -> None:
    """Run the worker with settings from the environment."""
    settings = Settings()
    write_logs(settings.log_level)
    asyncio.run(run_worker(settings))


if __name__ == "__main__":
    main()
