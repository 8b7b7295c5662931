"""Tasks that move money or look at it: placing, capturing, releasing and resolving holds; settling; webhooks."""

from procrastinate import JobContext

from api.jobs.context import Task, world_of
from api.services.charging.look import handle_processor_event, resolve_hold
from api.services.charging.move_money import run_operation
from api.services.charging.settle import settle_charge
from api.services.deferral import Job
from api.services.drivers.cards_remove import perform_removal


async def place_hold(context: JobContext, operation_id: str) -> None:
    """Place a planned hold."""
    world = world_of(context)
    await run_operation(work=world.work, ports=world.ports, operation_id=operation_id)


async def extend_hold(context: JobContext, operation_id: str) -> None:
    """Raise a hold to what the driver agreed to."""
    world = world_of(context)
    await run_operation(work=world.work, ports=world.ports, operation_id=operation_id)


async def capture_hold(context: JobContext, operation_id: str) -> None:
    """Capture what a bill says from a hold."""
    world = world_of(context)
    await run_operation(work=world.work, ports=world.ports, operation_id=operation_id)


async def release_hold(context: JobContext, operation_id: str) -> None:
    """Let a hold go."""
    world = world_of(context)
    await run_operation(work=world.work, ports=world.ports, operation_id=operation_id)


async def resolve_unknown_hold(context: JobContext, charging_session_id: str) -> None:
    """Find out what became of a hold."""
    world = world_of(context)
    await resolve_hold(work=world.work, ports=world.ports, charging_session_id=charging_session_id)


async def settle(context: JobContext, charging_session_id: str) -> None:
    """Bill a charge by its CDRs."""
    world = world_of(context)
    async with world.work() as db:
        await settle_charge(
            db=db, ports=world.ports, now=world.ports.clock.now(), charging_session_id=charging_session_id
        )


async def handle_event(context: JobContext, event_id: str) -> None:
    """Look at the hold that a webhook speaks of."""
    world = world_of(context)
    await handle_processor_event(work=world.work, ports=world.ports, event_id=event_id)


async def remove_card(context: JobContext, operation_id: str) -> None:
    """Let the processor let go of a card that its driver removed."""
    world = world_of(context)
    await perform_removal(work=world.work, ports=world.ports, operation_id=operation_id)


TASKS: dict[Job, Task] = {
    Job.PLACE_HOLD: place_hold,
    Job.EXTEND_HOLD: extend_hold,
    Job.CAPTURE_HOLD: capture_hold,
    Job.RELEASE_HOLD: release_hold,
    Job.RESOLVE_HOLD: resolve_unknown_hold,
    Job.SETTLE: settle,
    Job.HANDLE_PROCESSOR_EVENT: handle_event,
    Job.REMOVE_CARD: remove_card,
}
