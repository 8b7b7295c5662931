"""Operations: calls that move money, on disk before they are made (house.md 5, payments.md 4 rule zero).

``plan_operation`` runs in the transaction of the change that wants the money moved and defers the job that performs
it. Does not live here: calling the processor (``perform.py``) and believing its answer (``converge.py``).
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.hold_totals import HoldEventKind, fold
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.payment import HoldEvent, HoldRow, PaymentOperation
from api.ports import Ports
from api.services.calls import has_rested
from api.services.deferral import Job, defer_job


class OperationKind(StrEnum):
    """What is asked of the processor."""

    PLACE = "place"
    EXTEND = "extend"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"
    SUBMIT_EVIDENCE = "submit_evidence"


class OperationState(StrEnum):
    """How far the call has come."""

    PENDING = "pending"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


UNFINISHED = (OperationState.PENDING, OperationState.SENT, OperationState.UNKNOWN)
JOB_OF = {
    OperationKind.PLACE: Job.PLACE_HOLD,
    OperationKind.EXTEND: Job.EXTEND_HOLD,
    OperationKind.CAPTURE: Job.CAPTURE_HOLD,
    OperationKind.RELEASE: Job.RELEASE_HOLD,
    OperationKind.REFUND: Job.REFUND_PAYMENT,
    OperationKind.SUBMIT_EVIDENCE: Job.SUBMIT_EVIDENCE,
}
_REQUESTED = {
    OperationKind.PLACE: HoldEventKind.PLACE_REQUESTED,
    OperationKind.EXTEND: HoldEventKind.EXTEND_REQUESTED,
    OperationKind.CAPTURE: HoldEventKind.CAPTURE_REQUESTED,
    OperationKind.RELEASE: HoldEventKind.RELEASE_REQUESTED,
}


async def plan_operation(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    hold: HoldRow,
    kind: OperationKind,
    amount: Money | None = None,
    reason: str | None = None,
    replaces_id: str | None = None,
) -> PaymentOperation:
    """Write the operation and defer its job; an unfinished one of the same kind is returned as it is."""
    open_one = await unfinished_operation(db=db, hold_id=hold.id, kind=kind)
    if open_one is not None:
        return open_one
    operation = PaymentOperation(
        id=ports.randomness.new_id(Prefix.OPERATION),
        kind=kind,
        hold_id=hold.id,
        charging_session_id=hold.charging_session_id,
        amount_minor=amount.minor if amount else None,
        reason=reason,
        state=OperationState.PENDING,
        replaces_id=replaces_id,
        created_at=now,
    )
    db.add(operation)
    await note_event(db=db, now=now, hold=hold, kind=_REQUESTED[kind], amount_minor=operation.amount_minor)
    await defer_job(db, JOB_OF[kind], lock=hold.charging_session_id, operation_id=operation.id)
    return operation


async def plan_call(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    kind: OperationKind,
    charging_session_id: str,
    subject_id: str,
    amount: Money | None = None,
    replaces_id: str | None = None,
) -> PaymentOperation:
    """Write an operation that is about no hold, and defer its job; the database refuses a second unfinished one."""
    operation = PaymentOperation(
        id=ports.randomness.new_id(Prefix.OPERATION),
        kind=kind,
        subject_id=subject_id,
        charging_session_id=charging_session_id,
        amount_minor=amount.minor if amount else None,
        state=OperationState.PENDING,
        replaces_id=replaces_id,
        created_at=now,
    )
    db.add(operation)
    await db.flush()
    await defer_job(db, JOB_OF[kind], lock=charging_session_id, operation_id=operation.id)
    return operation


async def take_operation(*, db: AsyncSession, now: datetime, operation_id: str) -> PaymentOperation | None:
    """Mark an unfinished operation as sent, about to be performed; None: it is finished."""
    operation = await db.get(PaymentOperation, operation_id, with_for_update=True, populate_existing=True)
    if operation is None or operation.state not in UNFINISHED:
        return None
    operation.state, operation.sent_at = OperationState.SENT, now
    operation.attempts += 1
    db.add(operation)
    return operation


def finish_operation(
    db: AsyncSession, now: datetime, operation: PaymentOperation, state: OperationState, **outcome: object
) -> None:
    """Close an operation with what came of it; ``unknown`` leaves it to the sweep."""
    operation.state = state
    if state is not OperationState.UNKNOWN:
        operation.finished_at, operation.outcome = now, dict(outcome)
    db.add(operation)


async def unfinished_operation(*, db: AsyncSession, hold_id: str, kind: OperationKind) -> PaymentOperation | None:
    """Return the operation of this kind that is still under way for a hold."""
    query = select(PaymentOperation).where(
        PaymentOperation.hold_id == hold_id,
        PaymentOperation.kind == kind,
        col(PaymentOperation.state).in_(UNFINISHED),
    )
    return (await db.exec(query)).first()


async def note_event(
    *,
    db: AsyncSession,
    now: datetime,
    hold: HoldRow,
    kind: HoldEventKind,
    amount_minor: int | None = None,
    source: str = "api",
    psp_reference: str | None = None,
    detail: dict[str, object] | None = None,
) -> None:
    """Append to the hold's history and fold its totals anew."""
    db.add(
        HoldEvent(
            hold_id=hold.id,
            kind=kind,
            amount_minor=amount_minor,
            source=source,
            psp_reference=psp_reference,
            detail=detail or {},
            at=now,
        )
    )
    await db.flush()
    rows = await db.exec(select(HoldEvent).where(HoldEvent.hold_id == hold.id))
    totals = fold([(row.kind, row.amount_minor) for row in rows])
    hold.authorized_minor, hold.captured_minor = totals.authorized, totals.captured
    hold.released_minor, hold.status = totals.released, totals.status
    hold.updated_at = now
    db.add(hold)


async def due_operations(*, db: AsyncSession, now: datetime, pause: timedelta) -> list[PaymentOperation]:
    """Return unfinished operations that rested long enough, those first whose holds end first.

    The rest is ``pause``, doubled with each attempt up to ten minutes.
    """
    query = (
        select(PaymentOperation)
        .outerjoin(HoldRow, col(HoldRow.id) == col(PaymentOperation.hold_id))
        .where(col(PaymentOperation.state).in_(UNFINISHED))
        .order_by(col(HoldRow.capture_before).nulls_last(), col(PaymentOperation.created_at))
    )
    due: list[PaymentOperation] = []
    for operation in await db.exec(query):
        if has_rested(operation, now, pause):
            due.append(operation)
    return due
