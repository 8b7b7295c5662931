"""Tasks that move money or look at it: holds, settling, refunds, disputes, webhooks."""

from datetime import datetime

from procrastinate import JobContext

from api.jobs.context import Task, world_of
from api.services.charging.afterwards import count_afterwards
from api.services.charging.disputes import look_at_dispute
from api.services.charging.evidence_submit import run_submission
from api.services.charging.inbox import handle_processor_event
from api.services.charging.look import resolve_hold
from api.services.charging.move_money import run_operation
from api.services.charging.refund_news import look_at_refund
from api.services.charging.refund_run import run_refund
from api.services.charging.settle import settle_charge
from api.services.deferral import Job
from api.services.drivers.cards_remove import perform_removal
from api.services.finance.payouts import handle_payout_event
from api.services.reconciliation.mirror_turns import copy_in_turns


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
    """Look at what a webhook speaks of."""
    world = world_of(context)
    await handle_processor_event(work=world.work, ports=world.ports, event_id=event_id)


async def remove_card(context: JobContext, operation_id: str) -> None:
    """Let the processor let go of a card that its driver removed."""
    world = world_of(context)
    await perform_removal(work=world.work, ports=world.ports, operation_id=operation_id)


async def take_in_payout(context: JobContext, payout_id: str) -> None:
    """Book a payout and match it to the books; a processor that is away is asked again every hour."""
    world = world_of(context)
    await handle_payout_event(work=world.work, ports=world.ports, payout_id=payout_id)


async def copy_from_processor(context: JobContext, began_at: str | None = None) -> None:
    """Copy some pages of what there is at the processor; the rest is the next job's."""
    world = world_of(context)
    goes_on = None if began_at is None else datetime.fromisoformat(began_at)
    await copy_in_turns(work=world.work, ports=world.ports, goes_on=goes_on)


async def refund_payment(context: JobContext, operation_id: str) -> None:
    """Give money back."""
    world = world_of(context)
    await run_refund(work=world.work, ports=world.ports, operation_id=operation_id)


async def look_at_one_refund(context: JobContext, processor_refund_id: str) -> None:
    """Look what became of a refund that kept silent."""
    world = world_of(context)
    await look_at_refund(work=world.work, ports=world.ports, processor_refund_id=processor_refund_id)


async def look_at_one_dispute(context: JobContext, processor_dispute_id: str) -> None:
    """Look what became of a dispute that kept silent."""
    world = world_of(context)
    await look_at_dispute(work=world.work, ports=world.ports, processor_dispute_id=processor_dispute_id, source="sweep")


async def hand_in_evidence(context: JobContext, operation_id: str) -> None:
    """Hand evidence to the bank."""
    world = world_of(context)
    await run_submission(work=world.work, ports=world.ports, operation_id=operation_id)


async def count_money_afterwards(context: JobContext, charging_session_id: str) -> None:
    """Tell a charge's lifecycle what moved beside its hold."""
    world = world_of(context)
    async with world.work() as db:
        now = world.ports.clock.now()
        await count_afterwards(db=db, ports=world.ports, now=now, charging_session_id=charging_session_id)


TASKS: dict[Job, Task] = {
    Job.PLACE_HOLD: place_hold,
    Job.EXTEND_HOLD: extend_hold,
    Job.CAPTURE_HOLD: capture_hold,
    Job.RELEASE_HOLD: release_hold,
    Job.RESOLVE_HOLD: resolve_unknown_hold,
    Job.REFUND_PAYMENT: refund_payment,
    Job.LOOK_AT_REFUND: look_at_one_refund,
    Job.LOOK_AT_DISPUTE: look_at_one_dispute,
    Job.SUBMIT_EVIDENCE: hand_in_evidence,
    Job.COUNT_AFTERWARDS: count_money_afterwards,
    Job.SETTLE: settle,
    Job.HANDLE_PROCESSOR_EVENT: handle_event,
    Job.REMOVE_CARD: remove_card,
    Job.TAKE_IN_PAYOUT: take_in_payout,
    Job.COPY_PROCESSOR: copy_from_processor,
}
