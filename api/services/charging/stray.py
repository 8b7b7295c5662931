"""Letting go of a second intent for one hold: a placement given up as lost that reached the processor all the same.

The event that tells of it is stored and stays unhandled until the intent is let go, so a crash or a processor that is
away only delay that. Answers to payments.md 4.18: an event of an intent that we do not know is never just dropped.
"""

from api.models.payment import HoldRow, ProcessorEventRow
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused, ReleaseReason
from api.services.charging.findings import open_finding
from api.services.charging.locks import lock_hold
from api.services.payments.events import hold_named_in
from api.services.payments.operations import OperationKind, OperationState, unfinished_operation
from api.services.work import Work


async def release_stray(*, work: Work, ports: Ports, event: ProcessorEventRow) -> bool:
    """Release the intent of ``event`` if it was made for a hold of ours that does without it.

    False: the processor is away or the hold still being placed, and asking again is needed. An intent that took money
    is told to finance.
    """
    intent_id, hold_id = event.payment_intent_id, hold_named_in(event.payload)
    if intent_id is None or hold_id is None:
        return True
    async with work() as db:
        named = await db.get(HoldRow, hold_id)
        if named is None:
            return True
        # Under the charge's lock: between two looks the placement may be recorded, its own intent taken for a stray.
        _, hold = await lock_hold(db=db, hold_id=named.id)
        if hold.payment_intent_id == intent_id:
            return True
        if await unfinished_operation(db=db, hold_id=hold.id, kind=OperationKind.PLACE):
            return False  # it may be the very intent that is looked for, or one too many: its answer tells
    outcome = "released"
    try:
        await ports.payments.release_hold(intent_id, ReleaseReason.ABANDONED, idempotency_key=f"{event.id}-stray")
    except OutcomeUnknown:
        return False
    except ProcessorRefused as refused:
        outcome = str(refused.facts.get("hold_status") or refused.code)
    async with work() as db:
        await open_finding(
            db=db,
            ports=ports,
            now=ports.clock.now(),
            reason="second_hold_at_processor",
            subject=intent_id,
            charging_session_id=hold.charging_session_id,
            detail={"outcome": outcome},
        )
    return True


async def charge_in_doubt(*, work: Work, event: ProcessorEventRow) -> str | None:
    """Return the charge whose placement got no answer and whose hold ``event`` tells of: now it can be found."""
    hold_id = hold_named_in(event.payload)
    if hold_id is None:
        return None
    async with work() as db:
        operation = await unfinished_operation(db=db, hold_id=hold_id, kind=OperationKind.PLACE)
    # One that is on its way has its answer coming; only what was given up as unknown is asked for.
    return operation.charging_session_id if operation and operation.state == OperationState.UNKNOWN else None
