"""Killing our processes: a worker at a named point (``api/ports/checkpoints.py``), and any process at any moment."""

import asyncio
import signal
import time
from pathlib import Path

import httpx

from tests.journeys.world import World

LETS_THE_DEAD_LIE = {"CHARGEHAND_WORKER_STALLED_SECONDS": "3600", "CHARGEHAND_SWEEP_SECONDS": "59"}
"""A worker that is about to die must not clean up after the one that died before it."""


def marker_of(world: World, point: str) -> Path:
    """Return the file that a process leaves when it kills itself at ``point``."""
    return world.stack.settings.data_dir / f"killed-{point}"


async def dies_at(world: World, point: str) -> None:
    """Start a worker that kills itself at ``point`` and wait until it did; its work must be waiting already."""
    assert world.worker_stopped, "another worker would take the work"
    marker = marker_of(world, point)
    marker.unlink(missing_ok=True)
    worker = world.stack.spawn_worker(f"killed at {point}", CHARGEHAND_KILL_AT=point, **LETS_THE_DEAD_LIE)
    code = await asyncio.to_thread(worker.wait, 60)
    assert code == -signal.SIGKILL, world.stack.log_tail(f"killed at {point}")
    assert marker.read_text() == f"killed {worker.pid} at {point}\n"
    marker.unlink()


async def is_killed(world: World, name: str) -> None:
    """Kill a process of ours outright, whatever it is doing."""
    process = world.stack.processes[name]
    process.kill()
    assert await asyncio.to_thread(process.wait, 10) == -signal.SIGKILL


async def comes_back(world: World, name: str) -> None:
    """Start a killed process again with the command line it had; its port is the same."""
    command_line = world.stack.processes[name].args
    assert isinstance(command_line, list)
    world.stack.spawn(name, *[str(part) for part in command_line[1:]])
    if name == "web":
        deadline = time.monotonic() + 20
        while not await _answers(world):
            assert time.monotonic() < deadline, world.stack.log_tail("web")
            await asyncio.sleep(0.05)


async def _answers(world: World) -> bool:
    """Say whether the web process is ready."""
    try:
        return (await world.http.get(f"{world.stack.web_url}/readyz")).is_success
    except httpx.HTTPError:
        return False
