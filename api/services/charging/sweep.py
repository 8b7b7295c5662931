"""The sweeper's rounds: clocks that ran out, operations without an end, events and CDRs that nobody handled.

A round asks the database only: what needs the network becomes a job, one at a time for each thing, so that a processor
that is away neither stops the rounds nor fills the queue.
"""

import logging
from datetime import datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HoldStatus
from api.domain.errors import AppError
from api.models.payment import HoldRow, ProcessorEventRow
from api.models.roaming import CdrRow
from api.ports import Ports
from api.services.charging.findings import open_finding
from api.services.charging.fire import fire_timer
from api.services.charging.timers import due_timers
from api.services.deferral import QUEUE_OF, Job, defer_once
from api.services.payments.availability import away_until
from api.services.payments.operations import JOB_OF, OperationKind, due_operations
from api.services.work import Work

EVENT_PATIENCE = timedelta(minutes=1)
"""How long a stored event may wait for its own job before the sweep takes it."""

EXPIRY_PATIENCE = timedelta(minutes=1)
"""How long after a hold's last moment we ask what became of it, when no webhook told."""

BANK_PATIENCE = timedelta(seconds=30)
"""How long we wait to be told that the driver answered the bank; then we ask in every round, until their clock ends."""

CDR_PATIENCE = timedelta(minutes=10)
"""How long a stored CDR may wait to be billed before the sweep asks again: its job may have failed for good."""

CDRS_WITHIN = timedelta(days=30)
"""How far back the sweep looks for CDRs; older ones were told to finance long ago."""

ALARM_AFTER = timedelta(hours=1)
"""How long money may be on its way before finance is told; the operation goes on all the same (payments.md 4.31)."""

PROBES = 1
"""How many operations are tried in a round while the processor is away: enough to notice that it is back."""

_OPEN = (HoldStatus.PLACED, HoldStatus.NEEDS_ACTION, HoldStatus.CAPTURE_FAILED, HoldStatus.RELEASE_FAILED)
_log = logging.getLogger(__name__)

assert set(JOB_OF.values()) <= set(QUEUE_OF)  # noqa: S101 - a wiring mistake must not wait for a crash to show


async def sweep_timers(*, work: Work, ports: Ports) -> int:
    """Fire clocks that ran out, one that cannot be fired not holding up the others; return how many fired."""
    async with work() as db:
        due = await due_timers(db=db, now=ports.clock.now())
    fired = 0
    for charging_session_id, timer in due:
        try:
            fired += await fire_timer(work=work, ports=ports, charging_session_id=charging_session_id, timer=timer)
        except AppError as error:
            facts = {"charging_session_id": charging_session_id, "timer": timer, "reason": str(error)}
            _log.warning("timer.failed", extra=facts)
    return fired


async def sweep_operations(*, work: Work, ports: Ports) -> int:
    """Defer operations that rested too long, and looks at holds that kept silent; return how many."""
    now = ports.clock.now()
    deferred = 0
    async with work() as db:
        due = await due_operations(db=db, now=now, pause=ports.policy.operation_retry)
        away = await away_until(db=db, now=now) is not None
        for operation in due[:PROBES] if away else due:
            job = JOB_OF[OperationKind(operation.kind)]
            deferred += await defer_once(db, job, once=operation.id, operation_id=operation.id)
            if now - operation.created_at > ALARM_AFTER:
                charge_id, kind = operation.charging_session_id, operation.kind
                await _alarm(db, ports, now, "operation_without_end", charge_id, kind=kind)
        for charging_session_id in await _silent_holds(db, now):
            deferred += await defer_once(
                db, Job.RESOLVE_HOLD, once=charging_session_id, charging_session_id=charging_session_id
            )
    return deferred


async def _alarm(db: AsyncSession, ports: Ports, now: datetime, reason: str, charge_id: str, **detail: object) -> None:
    """Tell finance of a charge whose money does not get on."""
    await open_finding(
        db=db, ports=ports, now=now, reason=reason, subject=charge_id, charging_session_id=charge_id, detail=detail
    )


async def _silent_holds(db: AsyncSession, now: datetime) -> list[str]:
    """Return the charges of holds past their last moment, and of holds that wait for the driver's bank."""
    lapsed = col(HoldRow.status).in_(_OPEN) & (col(HoldRow.capture_before) < now - EXPIRY_PATIENCE)
    at_bank = (col(HoldRow.status) == HoldStatus.NEEDS_ACTION) & (col(HoldRow.updated_at) < now - BANK_PATIENCE)
    return list(await db.exec(select(HoldRow.charging_session_id).where(lapsed | at_bank)))


async def sweep_events(*, work: Work, ports: Ports) -> int:
    """Defer the handling of events whose job was lost or found the processor away; return how many."""
    waiting = col(ProcessorEventRow.received_at) < ports.clock.now() - EVENT_PATIENCE
    query = select(ProcessorEventRow.id).where(col(ProcessorEventRow.handled_at).is_(None), waiting)
    deferred = 0
    async with work() as db:
        for event_id in await db.exec(query.order_by(col(ProcessorEventRow.received_at)).limit(200)):
            deferred += await defer_once(db, Job.HANDLE_PROCESSOR_EVENT, once=event_id, event_id=event_id)
    return deferred


async def sweep_cdrs(*, work: Work, ports: Ports) -> int:
    """Defer the billing of charges with a CDR that no bill looked at; return how many."""
    now = ports.clock.now()
    recent = col(CdrRow.received_at).between(now - CDRS_WITHIN, now - CDR_PATIENCE)
    unseen = func.coalesce(func.jsonb_typeof(col(CdrRow.audit)), "null") == "null"  # a None is stored as JSON's null
    query = select(CdrRow).where(recent, unseen, col(CdrRow.charging_session_id).is_not(None))
    deferred = 0
    async with work() as db:
        for row in await db.exec(query.order_by(col(CdrRow.received_at)).limit(200)):
            charge_id = str(row.charging_session_id)
            deferred += await defer_once(db, Job.SETTLE, once=charge_id, charging_session_id=charge_id)
            if now - row.received_at > ALARM_AFTER:
                await _alarm(db, ports, now, "cdr_not_billed", charge_id, cdr=row.key)
    return deferred
