"""The worker process: its groups of queues live and die together."""

import asyncio

import pytest

from api.worker import end_together


async def test_a_dead_group_ends_the_process_with_its_error() -> None:
    """When the money worker dies, bulk work stops too and the process ends with an error for whoever restarts it."""

    async def dies() -> None:
        raise RuntimeError("the queue is gone")

    money, bulk = asyncio.create_task(dies()), asyncio.create_task(asyncio.sleep(60))
    with pytest.raises(RuntimeError, match="the queue is gone"):
        await end_together([money, bulk])
    assert bulk.cancelled()


async def test_told_to_stop_all_end_quietly() -> None:
    """A signal cancels every group; each may finish its running jobs, and nothing is raised."""
    finished: list[str] = []

    async def works(name: str) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.01 if name == "bulk" else 0)
            finished.append(name)

    workers = [asyncio.create_task(works(name)) for name in ("money", "bulk")]
    await asyncio.sleep(0)
    for worker in workers:
        worker.cancel()
    await end_together(workers)
    assert finished == ["money", "bulk"]
