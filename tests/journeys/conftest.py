"""Fixtures of the stories: the stage, shared by all stories of a test process, and the world on it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journeys.stage import Stage
from tests.journeys.world import World, open_world


@pytest.fixture(scope="session")
def stage(postgres_template: tuple[str, str]) -> Iterator[Stage]:
    """Yield the stage; its processes start with the first story."""
    stage = Stage("journeys", postgres_template[0])
    yield stage
    asyncio.run(stage.clear())


@pytest.fixture
async def world(stage: Stage) -> AsyncIterator[World]:
    """Yield the world of one story; a story that did not end with the promise kept leaves no stage to the next."""
    stack = await stage.ready(passes_enabled=True)
    async with open_world(stack) as world:
        yield world
    if not world.promise_kept:
        await stage.clear()
