"""A bench, and a real worker of the job engine on its database."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from procrastinate import App

from api.db import UnitOfWork
from api.jobs.app import make_job_app
from api.jobs.context import KEY, JobWorld
from tests.bench import Bench, a_bench

Worker = Callable[[], Awaitable[None]]


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return a fresh installation."""
    return a_bench(work)


@pytest.fixture
async def job_app(database_url: str) -> AsyncIterator[App]:
    """Yield the job engine, open."""
    app = make_job_app(database_url, sweep_seconds=15, stalled_seconds=30, pool_size=2)
    async with app.open_async():
        yield app


@pytest.fixture
def worker(bench: Bench, job_app: App) -> Worker:
    """Return a function that runs a real worker until nothing is due."""

    async def run() -> None:
        await job_app.run_worker_async(
            wait=False,
            install_signal_handlers=False,
            additional_context={KEY: JobWorld(bench.ports, bench.work)},
            delete_jobs="successful",
            listen_notify=False,
        )

    return run
