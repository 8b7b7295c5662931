"""Taking a payment beside a hold in three steps: plan (on disk already), perform (one call), record.

``run_payin`` is called by the face right after its commit, because the driver waits for what to do next, and by the
sweep for what a crash or a lost answer left; running it twice at once is harmless (one key, recorded under locks).
"""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.wallet import Payin, PayinOperation
from api.ports import Ports
from api.services.charging.payin_record import Locked, believe, give_up, lock_payin
from api.services.notices.tell import tell_driver
from api.services.payments.operations import UNFINISHED, OperationState
from api.services.payments.payin_perform import PayinOutcome, PayinRefused, Seen, perform_payin
from api.services.payments.payins import PayinKind, PayinSource, PayinStatus, plan_call, unfinished_call
from api.services.payments.perform import Declined
from api.services.work import Work


async def run_payin(*, work: Work, ports: Ports, operation_id: str) -> None:
    """Perform one planned call and record what came of it; a finished one is left alone."""
    async with work() as db:
        taken = await _take(db, ports, operation_id)
    if taken is None:
        return
    operation, payin = taken
    ports.checkpoints.reach("payin.planned")
    outcome = await perform_payin(ports=ports, operation=operation, payin=payin)
    ports.checkpoints.reach("payin.performed")
    async with work() as db:
        await _record(db, ports, operation_id, outcome)
    ports.checkpoints.reach("payin.recorded")


async def _take(db: AsyncSession, ports: Ports, operation_id: str) -> tuple[PayinOperation, Payin] | None:
    """Mark an unfinished call as sent and return it with its payment."""
    operation = await db.get(PayinOperation, operation_id, with_for_update=True, populate_existing=True)
    if operation is None or operation.state not in UNFINISHED:
        return None
    operation.state, operation.sent_at = OperationState.SENT, ports.clock.now()
    operation.attempts += 1
    db.add(operation)
    return operation, await db.get_one(Payin, operation.payin_id)


async def _record(db: AsyncSession, ports: Ports, operation_id: str, outcome: PayinOutcome) -> None:
    """Store an outcome under the locks of charge and payment."""
    operation = await db.get_one(PayinOperation, operation_id)
    locked = await lock_payin(db=db, ports=ports, now=ports.clock.now(), payin_id=operation.payin_id)
    await db.refresh(operation)
    if operation.state not in UNFINISHED:
        return
    if isinstance(outcome, Seen):
        await _seen(locked, operation, outcome)
    elif isinstance(outcome, Declined):
        locked.payin.payment_intent_id = locked.payin.payment_intent_id or outcome.payment_intent_id
        _finish(locked, operation, OperationState.FAILED, code=outcome.code)
        give_up(locked, PayinStatus.DECLINED, outcome.code)
        await _ask_driver(locked)
    elif isinstance(outcome, PayinRefused):
        await _refused(locked, operation, outcome)
    else:
        operation.state = OperationState.UNKNOWN
        db.add(operation)


def _finish(locked: Locked, operation: PayinOperation, state: OperationState, **outcome: object) -> None:
    """Close a call."""
    operation.state, operation.finished_at, operation.outcome = state, locked.now, dict(outcome)
    locked.db.add(operation)


async def _seen(locked: Locked, operation: PayinOperation, outcome: Seen) -> None:
    """Believe the snapshot; without one there is nothing at the processor."""
    if outcome.snapshot is None:
        await _nothing_there(locked, operation)
        return
    await believe(locked, outcome.snapshot)
    if operation.kind == PayinKind.CANCEL and outcome.new_key and locked.payin.status not in _ENDS:
        _finish(locked, operation, OperationState.FAILED, code="key_worn_out")
        await _again(locked, operation)
        return
    _finish(locked, operation, OperationState.DONE, status=outcome.snapshot.status)
    await _ask_driver(locked)


_ENDS = (PayinStatus.SUCCEEDED, PayinStatus.CANCELED, PayinStatus.DECLINED)


async def _nothing_there(locked: Locked, operation: PayinOperation) -> None:
    """Ask again under a fresh key while the driver may still wait; else the payment is given up."""
    payin, taking = locked.payin, operation.kind == PayinKind.TAKE
    if not taking and await unfinished_call(db=locked.db, payin_id=payin.id, kind=PayinKind.TAKE):
        operation.state = OperationState.UNKNOWN  # it may still arrive: canceled when it is known
        locked.db.add(operation)
        return
    _finish(locked, operation, OperationState.FAILED if taking else OperationState.DONE, status="never_existed")
    if taking and locked.now < payin.expires_at:
        await _again(locked, operation)
    else:
        give_up(locked, PayinStatus.CANCELED)


async def _again(locked: Locked, operation: PayinOperation) -> None:
    """Replace a call whose key can never succeed by a linked one with a fresh key; the sweep makes it."""
    await locked.db.flush()
    await plan_call(
        db=locked.db,
        ports=locked.ports,
        now=locked.now,
        payin=locked.payin,
        kind=PayinKind(operation.kind),
        replaces_id=operation.id,
    )


async def _refused(locked: Locked, operation: PayinOperation, outcome: PayinRefused) -> None:
    """Take what the processor shows instead of what we asked for; a payment that cannot be made has failed."""
    _finish(locked, operation, OperationState.FAILED, code=outcome.code)
    if outcome.snapshot is not None:
        await believe(locked, outcome.snapshot)
    if operation.kind == PayinKind.TAKE and (outcome.snapshot is None or locked.payin.status == PayinStatus.PENDING):
        give_up(locked, PayinStatus.DECLINED, outcome.code)
        await _ask_driver(locked)


async def _ask_driver(locked: Locked) -> None:
    """Tell a driver who is not there that the automatic payment did not work out: it is theirs to make."""
    payin = locked.payin
    if payin.source != PayinSource.AUTOMATIC or payin.status == PayinStatus.SUCCEEDED:
        return
    await tell_driver(
        db=locked.db,
        ports=locked.ports,
        now=locked.now,
        driver_id=payin.driver_id,
        message="payment_due",
        charging_session_id=payin.charging_session_id,
        detail={"amount_minor": payin.amount_minor, "currency": payin.currency, "code": payin.decline_code},
    )
