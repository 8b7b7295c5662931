"""The sweeper's three rounds: clocks that ran out, operations without an end, events that nobody handled."""

from datetime import timedelta

from sqlmodel import col, select

from api.domain.charging.state import HoldStatus
from api.domain.errors import AppError
from api.models.payment import HoldRow, ProcessorEventRow
from api.ports import Ports
from api.services.charging.fire import fire_timer
from api.services.charging.move_money import look_at_hold
from api.services.charging.timers import due_timers
from api.services.deferral import QUEUE_OF, Job, defer_job
from api.services.payments.operations import JOB_OF, OperationKind, due_operations
from api.services.work import Work

EVENT_PATIENCE = timedelta(minutes=1)
"""How long a stored event may wait for its own job before the sweep takes it."""

EXPIRY_PATIENCE = timedelta(minutes=1)
"""How long after a hold's last moment we ask what became of it, when no webhook told."""

assert set(JOB_OF.values()) <= set(QUEUE_OF)  # noqa: S101 - a wiring mistake must not wait for a crash to show


async def sweep_timers(*, work: Work, ports: Ports) -> int:
    """Fire clocks that ran out; return how many."""
    async with work() as db:
        due = await due_timers(db=db, now=ports.clock.now())
    fired = 0
    for charging_session_id, timer in due:
        fired += await fire_timer(work=work, ports=ports, charging_session_id=charging_session_id, timer=timer)
    return fired


async def sweep_operations(*, work: Work, ports: Ports) -> int:
    """Defer operations that rested too long, and look at holds past their last moment; return how many."""
    now = ports.clock.now()
    async with work() as db:
        due = await due_operations(db=db, now=now, pause=ports.policy.operation_retry)
        for operation in due:
            job = JOB_OF[OperationKind(operation.kind)]
            await defer_job(db, job, lock=operation.charging_session_id, operation_id=operation.id)
        query = select(HoldRow).where(
            col(HoldRow.status).in_([HoldStatus.PLACED, HoldStatus.NEEDS_ACTION, HoldStatus.CAPTURE_FAILED]),
            col(HoldRow.capture_before) < now - EXPIRY_PATIENCE,
        )
        lapsed = [hold.payment_intent_id for hold in await db.exec(query) if hold.payment_intent_id]
    for payment_intent_id in lapsed:
        try:
            await look_at_hold(work=work, ports=ports, payment_intent_id=payment_intent_id, source="sweep")
        except AppError:
            continue  # the processor is away: the next round asks again
    return len(due) + len(lapsed)


async def sweep_events(*, work: Work, ports: Ports) -> int:
    """Defer the handling of events whose job was lost; return how many."""
    async with work() as db:
        query = select(ProcessorEventRow).where(
            col(ProcessorEventRow.handled_at).is_(None),
            col(ProcessorEventRow.received_at) < ports.clock.now() - EVENT_PATIENCE,
        )
        waiting = list(await db.exec(query.limit(200)))
        for event in waiting:
            await defer_job(db, Job.HANDLE_PROCESSOR_EVENT, event_id=event.id)
    return len(waiting)
