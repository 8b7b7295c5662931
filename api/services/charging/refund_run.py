"""Giving money back in three steps: plan (on disk already), perform (one call), record (store, book, tell the machine).

Running one twice at once is harmless: both use the operation's key, and the record step believes only what it finds
under the charge's lock.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.money import Money
from api.models.afterwards import RefundRow
from api.models.charging import ChargingSession
from api.models.payment import PaymentOperation
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.afterwards import tell_afterwards
from api.services.charging.refund_news import believe_refund
from api.services.charging.refund_plan import is_contested, withhold
from api.services.payments.operations import (
    UNFINISHED,
    OperationKind,
    OperationState,
    finish_operation,
    plan_call,
    take_operation,
)
from api.services.payments.perform_refund import Accepted, NothingThere, RefundOutcome, RefundRefused, perform_refund
from api.services.work import Work


async def run_refund(*, work: Work, ports: Ports, operation_id: str) -> None:
    """Perform one planned refund and record what came of it; a finished one is left alone."""
    async with work() as db:
        taken = await _take(db, ports, ports.clock.now(), operation_id)
    if taken is None:
        return
    operation, refund = taken
    ports.checkpoints.reach("refund.planned")
    outcome = await perform_refund(ports=ports, operation=operation, refund=refund)
    ports.checkpoints.reach("refund.performed")
    async with work() as db:
        await _record(db, ports, ports.clock.now(), operation_id, outcome)
    ports.checkpoints.reach("refund.recorded")


async def _take(
    db: AsyncSession, ports: Ports, now: datetime, operation_id: str
) -> tuple[PaymentOperation, RefundRow] | None:
    """Mark the operation as sent, unless a dispute of its payment was opened before anything was asked."""
    known = await db.get(PaymentOperation, operation_id)
    if known is None:
        return None
    charge = await lock_charge(db=db, charging_session_id=known.charging_session_id)
    operation = await take_operation(db=db, now=now, operation_id=operation_id)
    if operation is None:
        return None
    refund = await db.get_one(RefundRow, operation.subject_id, populate_existing=True)
    first = operation.attempts == 1 and operation.replaces_id is None
    if first and await is_contested(db=db, payment_intent_id=str(refund.payment_intent_id)):
        finish_operation(db, now, operation, OperationState.FAILED, code="disputed")
        await withhold(db=db, ports=ports, now=now, charge=charge, refund=refund, code="disputed")
        await tell_afterwards(db=db, ports=ports, now=now, charge=charge)
        return None
    return operation, refund


async def _record(db: AsyncSession, ports: Ports, now: datetime, operation_id: str, outcome: RefundOutcome) -> None:
    """Store an outcome under the charge's lock and tell the machine."""
    operation = await db.get_one(PaymentOperation, operation_id, populate_existing=True)
    charge = await lock_charge(db=db, charging_session_id=operation.charging_session_id)
    await db.refresh(operation)
    if operation.state not in UNFINISHED:
        return
    refund = await db.get_one(RefundRow, operation.subject_id, populate_existing=True)
    step = _Step(db, ports, now, charge, operation, refund)
    if isinstance(outcome, Accepted):
        await step.accepted(outcome)
    elif refund.processor_refund_id is not None:  # a webhook told of it meanwhile
        finish_operation(db, now, operation, OperationState.DONE, status=refund.state)
    elif isinstance(outcome, NothingThere):
        await step.start_over()
    elif isinstance(outcome, RefundRefused):
        await step.refused(outcome)
    else:
        finish_operation(db, now, operation, OperationState.UNKNOWN)
    await tell_afterwards(db=db, ports=ports, now=now, charge=charge)


@dataclass(frozen=True, slots=True)
class _Step:
    """Records one outcome; ``charge`` is locked."""

    db: AsyncSession
    ports: Ports
    now: datetime
    charge: ChargingSession
    operation: PaymentOperation
    refund: RefundRow

    async def accepted(self, outcome: Accepted) -> None:
        """Believe what the processor shows of the refund."""
        snapshot = outcome.snapshot
        await believe_refund(
            db=self.db, ports=self.ports, now=self.now, charge=self.charge, refund=self.refund, snapshot=snapshot
        )
        outcome_facts = {"status": str(snapshot.status), "request_id": snapshot.request_id}
        finish_operation(self.db, self.now, self.operation, OperationState.DONE, **outcome_facts)

    async def start_over(self) -> None:
        """Replace an operation whose key can never succeed by a linked one with a fresh key."""
        finish_operation(self.db, self.now, self.operation, OperationState.FAILED, code="key_worn_out")
        await self.db.flush()
        await plan_call(
            db=self.db,
            ports=self.ports,
            now=self.now,
            kind=OperationKind.REFUND,
            charging_session_id=self.charge.id,
            subject_id=self.refund.id,
            amount=Money(self.refund.amount_minor, self.refund.currency),
            replaces_id=self.operation.id,
        )

    async def refused(self, outcome: RefundRefused) -> None:
        """Withhold what the processor will not give back."""
        finish_operation(self.db, self.now, self.operation, OperationState.FAILED, code=outcome.code)
        await withhold(
            db=self.db, ports=self.ports, now=self.now, charge=self.charge, refund=self.refund, code=outcome.code
        )
