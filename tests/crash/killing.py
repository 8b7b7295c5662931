"""Killing a background process at a named point (``api/ports/checkpoints.py``) and seeing that it really died there."""

import asyncio
import signal
from pathlib import Path

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
    code = await asyncio.to_thread(worker.wait, 30)
    assert code == -signal.SIGKILL, world.stack.log_tail(f"killed at {point}")
    assert marker.read_text() == f"killed {worker.pid} at {point}\n"
    marker.unlink()
