"""The stage of the crash tests: a sandbox of its own, whose workers notice within seconds that another one died."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journeys.stage import Stage
from tests.journeys.world import World, open_world

NOTICES_THE_DEAD = {"worker_heartbeat_seconds": 0.5, "worker_stalled_seconds": 2, "sweep_seconds": 1}


@pytest.fixture(scope="session")
def crash_stage(postgres_template: tuple[str, str]) -> Iterator[Stage]:
    """Yield the stage; its processes start with the first test."""
    stage = Stage("crash", postgres_template[0])
    yield stage
    asyncio.run(stage.clear())


@pytest.fixture
async def world(crash_stage: Stage) -> AsyncIterator[World]:
    """Yield the world of one test; one that did not end with the promise kept leaves no stage to the next."""
    stack = await crash_stage.ready(**NOTICES_THE_DEAD)
    async with open_world(stack) as world:
        yield world
    if not world.promise_kept:
        await crash_stage.clear()
