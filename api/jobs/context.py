"""What every task is given by the worker: the outside world and units of work."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from procrastinate import JobContext

from api.ports import Ports
from api.services.work import Work

KEY = "chargehand"

Task = Callable[..., Coroutine[Any, Any, None]]
"""A function that the job engine may run, given its context and the stored arguments."""


@dataclass(frozen=True, slots=True)
class JobWorld:
    """The worker's ports and units of work."""

    ports: Ports
    work: Work


def world_of(context: JobContext) -> JobWorld:
    """Return the world that the worker passed along with a job."""
    world = context.additional_context[KEY]
    assert isinstance(world, JobWorld)  # noqa: S101 - the worker in this code base is the only one that sets it
    return world
