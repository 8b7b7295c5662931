"""Tasks that talk to partners: starts and stops, pulls; and the clocks of charges."""

import asyncio
import contextlib
import functools
from collections.abc import Sequence
from datetime import timedelta

from procrastinate import JobContext

from api.jobs.context import JobWorld, Task, world_of
from api.services.charging.commands import send_start, send_stop
from api.services.charging.fire import fire_timer
from api.services.charging.preferences import send_preferences
from api.services.charging.pull import observe_pulled_evses, pull_cdrs, pull_sessions
from api.services.charging.reservation_run import send_reservation, send_reservation_cancel
from api.services.charging.unlock import send_unlock
from api.services.deferral import QUEUE_OF, Job, Queue
from api.services.finance.invoice_pull import pull_invoices
from api.services.roaming.awaited import fetch_place
from api.services.roaming.client_info import pull_client_info
from api.services.roaming.locations import pull_locations
from api.services.roaming.pass_push import push_passes
from api.services.roaming.pull_runs import PullTakenOver
from api.services.roaming.pull_tariffs import pull_tariffs
from api.services.roaming.pulling import Tell

TURN = timedelta(minutes=15)
"""How long one bulk job may take: a partner whose list never ends, or trickles, gives way to the others.

It is retried later; a pull of places goes on where it was.
"""


async def start(context: JobContext, charging_session_id: str) -> None:
    """Send START_SESSION for a charge."""
    world = world_of(context)
    await send_start(work=world.work, ports=world.ports, charging_session_id=charging_session_id)


async def stop(context: JobContext, charging_session_id: str) -> None:
    """Send STOP_SESSION for a charge."""
    world = world_of(context)
    await send_stop(work=world.work, ports=world.ports, charging_session_id=charging_session_id)


async def preferences(context: JobContext, preferences_id: str) -> None:
    """Send what a driver wishes of a running charge."""
    world = world_of(context)
    await send_preferences(work=world.work, ports=world.ports, preferences_id=preferences_id)


async def fire(context: JobContext, charging_session_id: str, timer: str) -> None:
    """Fire one clock of a charge, if it ran out."""
    world = world_of(context)
    await fire_timer(work=world.work, ports=world.ports, charging_session_id=charging_session_id, timer=timer)


async def sessions(context: JobContext, partner_id: str) -> None:
    """Pull a partner's sessions."""
    world = world_of(context)
    await pull_sessions(work=world.work, ports=world.ports, partner_id=partner_id)


async def cdrs(context: JobContext, partner_id: str) -> None:
    """Pull a partner's CDRs."""
    world = world_of(context)
    await pull_cdrs(work=world.work, ports=world.ports, partner_id=partner_id)


async def locations(context: JobContext, partner_id: str) -> None:
    """Pull a partner's locations; an EVSE found free may end an idle charge."""
    world = world_of(context)
    now = world.ports.clock.now()
    with contextlib.suppress(PullTakenOver):  # whoever took it over goes on with it
        await pull_locations(
            work=world.work, ports=world.ports, now=now, partner_id=partner_id, tell=_tell(world, partner_id)
        )


async def place(context: JobContext, key: str) -> None:
    """Fetch one location or EVSE that a partner spoke of and we do not hold; its key begins with the partner."""
    world = world_of(context)
    tell = _tell(world, key.partition("/")[0])
    await fetch_place(work=world.work, ports=world.ports, now=world.ports.clock.now(), key=key, tell=tell)


async def tariffs(context: JobContext, partner_id: str) -> None:
    """Pull a partner's tariffs."""
    world = world_of(context)
    now = world.ports.clock.now()
    with contextlib.suppress(PullTakenOver):
        await pull_tariffs(work=world.work, ports=world.ports, now=now, partner_id=partner_id)


def _tell(world: JobWorld, partner_id: str) -> Tell:
    """Return what tells running charges of EVSEs that changed."""

    async def tell(evse_keys: Sequence[str]) -> None:
        await observe_pulled_evses(work=world.work, ports=world.ports, partner_id=partner_id, evse_keys=evse_keys)

    return tell


async def invoices(context: JobContext, partner_id: str) -> None:
    """Pull what a partner invoiced, and check again what did not agree."""
    world = world_of(context)
    await pull_invoices(work=world.work, ports=world.ports, partner_id=partner_id)


async def passes(context: JobContext, partner_id: str) -> None:
    """Tell a partner of passes that it does not know yet."""
    world = world_of(context)
    await push_passes(work=world.work, ports=world.ports, partner_id=partner_id)


async def client_info(context: JobContext, partner_id: str) -> None:
    """Ask a hub which parties it can reach."""
    world = world_of(context)
    await pull_client_info(work=world.work, ports=world.ports, partner_id=partner_id)


async def reservation(context: JobContext, reservation_id: str) -> None:
    """Send RESERVE_NOW."""
    world = world_of(context)
    await send_reservation(work=world.work, ports=world.ports, reservation_id=reservation_id)


async def reservation_cancel(context: JobContext, command_id: str) -> None:
    """Send CANCEL_RESERVATION."""
    world = world_of(context)
    await send_reservation_cancel(work=world.work, ports=world.ports, command_id=command_id)


async def unlock(context: JobContext, command_id: str) -> None:
    """Send UNLOCK_CONNECTOR for the help desk."""
    world = world_of(context)
    await send_unlock(work=world.work, ports=world.ports, command_id=command_id)


def in_turn(task: Task) -> Task:
    """Return a task that is broken off, with TimeoutError, when its turn is over."""

    @functools.wraps(task)
    async def bounded(context: JobContext, **arguments: str) -> None:
        async with asyncio.timeout(TURN.total_seconds()):
            await task(context, **arguments)

    return bounded


_TASKS: dict[Job, Task] = {
    Job.SEND_START: start,
    Job.SEND_STOP: stop,
    Job.SEND_PREFERENCES: preferences,
    Job.FIRE_TIMER: fire,
    Job.PULL_SESSIONS: sessions,
    Job.PULL_CDRS: cdrs,
    Job.PULL_LOCATIONS: locations,
    Job.FETCH_PLACE: place,
    Job.PULL_TARIFFS: tariffs,
    Job.PULL_INVOICES: invoices,
    Job.PUSH_PASSES: passes,
    Job.PULL_CLIENT_INFO: client_info,
    Job.SEND_RESERVATION: reservation,
    Job.SEND_RESERVATION_CANCEL: reservation_cancel,
    Job.SEND_UNLOCK: unlock,
}
TASKS: dict[Job, Task] = {job: in_turn(task) if QUEUE_OF[job] is Queue.BULK else task for job, task in _TASKS.items()}
