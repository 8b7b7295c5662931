"""Looking at a hold at the processor and believing what is seen: after a webhook, and where one is missing.

A look moves no money, but closes an intent that the driver's bank refused. A processor that is away is asked again by
the sweep, so nothing is raised for that. Answers to payments.md 1.2: an event is a hint, never a fact by itself.
"""

import contextlib
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import HoldDeclined
from api.models.payment import HoldRow
from api.ports import Ports
from api.ports.payments import HoldSnapshot, OutcomeUnknown, ProcessorRefused, ReleaseReason
from api.services.charging.advance import apply_facts
from api.services.charging.bill import tax_of_charge
from api.services.charging.findings import open_finding
from api.services.charging.locks import lock_hold
from api.services.charging.move_money import run_operation
from api.services.payments.converge import converge_hold
from api.services.payments.operations import OperationKind, unfinished_operation
from api.services.work import Work


async def look_at_hold(
    *, work: Work, ports: Ports, payment_intent_id: str, source: str, reference: str | None = None
) -> bool:
    """Fetch a hold of ours and converge on it; False: the processor is away, and asking again is needed.

    An intent that is not ours is left alone. One that the processor denies knowing is told to finance.
    """
    async with work() as db:
        if await _hold_of_intent(db, payment_intent_id) is None:
            return True
    try:
        snapshot = await ports.payments.fetch_hold(payment_intent_id)
    except OutcomeUnknown:
        return False
    except ProcessorRefused as refused:
        await _tell_finance(work, ports, payment_intent_id, refused)
        return True
    async with work() as db:
        declined = await _believe(db, ports, ports.clock.now(), snapshot, payment_intent_id, source, reference)
    if declined is not None:
        await _close(ports, payment_intent_id, declined)
    return True


async def _close(ports: Ports, payment_intent_id: str, hold_id: str) -> None:
    """Close an intent that the driver's bank refused: who has its secret could still confirm it on another card."""
    with contextlib.suppress(OutcomeUnknown, ProcessorRefused):  # it holds no money yet
        await ports.payments.release_hold(
            payment_intent_id, ReleaseReason.ABANDONED, idempotency_key=f"{hold_id}-close"
        )


async def _believe(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    snapshot: HoldSnapshot,
    payment_intent_id: str,
    source: str,
    reference: str | None,
) -> str | None:
    """Converge on a snapshot under the charge's lock and advance the charge; return the hold if it was declined."""
    found = await _hold_of_intent(db, payment_intent_id)
    if found is None:
        return None
    charge, hold = await lock_hold(db=db, hold_id=found.id)
    facts = await converge_hold(
        db=db,
        ports=ports,
        now=now,
        hold=hold,
        snapshot=snapshot,
        source=source,
        tax_of=tax_of_charge(charge),
        reference=reference,
    )
    db.add(hold)
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=facts)
    return hold.id if any(isinstance(each, HoldDeclined) for each in facts) else None


async def _hold_of_intent(db: AsyncSession, payment_intent_id: str) -> HoldRow | None:
    """Return our hold for a processor's intent."""
    return (await db.exec(select(HoldRow).where(HoldRow.payment_intent_id == payment_intent_id))).first()


async def _tell_finance(work: Work, ports: Ports, payment_intent_id: str, refused: ProcessorRefused) -> None:
    """Open a finding for a hold of ours that cannot be looked at."""
    async with work() as db:
        found = await _hold_of_intent(db, payment_intent_id)
        await open_finding(
            db=db,
            ports=ports,
            now=ports.clock.now(),
            reason="hold_not_at_processor",
            subject=payment_intent_id,
            charging_session_id=found.charging_session_id if found else None,
            detail={"code": refused.processor_code},
        )


async def resolve_hold(*, work: Work, ports: Ports, charging_session_id: str) -> None:
    """Find out what became of a charge's hold: resume its placement, or look if none is under way."""
    async with work() as db:
        hold = (await db.exec(select(HoldRow).where(HoldRow.charging_session_id == charging_session_id))).first()
        if hold is None:
            return  # it was passed on, and is known well enough for that
        operation = await unfinished_operation(db=db, hold_id=hold.id, kind=OperationKind.PLACE)
    if operation is not None:
        await run_operation(work=work, ports=ports, operation_id=operation.id)
    elif hold.payment_intent_id:
        await look_at_hold(work=work, ports=ports, payment_intent_id=hold.payment_intent_id, source="sweep")
