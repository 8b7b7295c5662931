"""Looking at payments beside a hold: after a webhook, where one is missing, and when nobody confirmed them."""

from datetime import timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.wallet import Payin, PayinOperation
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.services.charging.findings import open_finding
from api.services.charging.payin_record import believe, give_up, lock_payin
from api.services.charging.run_payin import run_payin
from api.services.deferral import Job, defer_once
from api.services.payments.payins import OPEN, PayinKind, PayinStatus, due_calls, plan_call
from api.services.work import Work

PATIENCE = timedelta(minutes=1)
"""How long we wait for news of a payment that the driver confirms, before we ask; then as long between two looks."""

STRAYS_WITHIN = timedelta(days=2)
"""How long after a call was replaced by another its own payment may turn up."""


async def look_at_payin(*, work: Work, ports: Ports, payment_intent_id: str) -> bool | None:
    """Fetch a payment of ours and believe it. None: it is none of ours; False: the processor is away.

    An intent that no row names yet is looked at while some payment waits for its intent: the webhook was faster than
    the answer. Nothing is fetched for anybody else's.
    """
    async with work() as db:
        known = (await db.exec(select(Payin.id).where(Payin.payment_intent_id == payment_intent_id))).first()
        if known is None and not await _one_may_turn_up(db, ports):
            return None
    try:
        snapshot = await ports.payins.fetch_payment(payment_intent_id)
    except OutcomeUnknown:
        return False
    except ProcessorRefused as refused:
        if known is not None:
            await _tell_finance(work, ports, known, refused)
        return None if known is None else True
    payin_id = known or snapshot.our_payin_id
    if payin_id is None:
        return None
    async with work() as db:
        if await db.get(Payin, payin_id) is None:
            return None
        await believe(await lock_payin(db=db, ports=ports, now=ports.clock.now(), payin_id=payin_id), snapshot)
    return True


async def _one_may_turn_up(db: AsyncSession, ports: Ports) -> bool:
    """Say whether some payment may have an intent that we do not know, its answer being under way or lost."""
    waiting = select(Payin.id).where(Payin.status == PayinStatus.PENDING, col(Payin.payment_intent_id).is_(None))
    if (await db.exec(waiting.limit(1))).first():
        return True
    replaced = select(PayinOperation.id).where(
        col(PayinOperation.replaces_id).is_not(None),
        col(PayinOperation.created_at) > ports.clock.now() - STRAYS_WITHIN,
    )
    return (await db.exec(replaced.limit(1))).first() is not None


async def _tell_finance(work: Work, ports: Ports, payin_id: str, refused: ProcessorRefused) -> None:
    """Open a finding for a payment of ours that cannot be looked at."""
    async with work() as db:
        payin = await db.get_one(Payin, payin_id)
        await open_finding(
            db=db,
            ports=ports,
            now=ports.clock.now(),
            reason="payment_not_at_processor",
            subject=payin_id,
            charging_session_id=payin.charging_session_id,
            detail={"code": refused.processor_code},
        )


async def watch_payin(*, work: Work, ports: Ports, payin_id: str) -> None:
    """Look at one open payment; one that nobody confirmed in time is canceled."""
    now = ports.clock.now()
    async with work() as db:
        payin = await db.get_one(Payin, payin_id)
        over = payin.status in OPEN and payin.expires_at <= now
    if payin.payment_intent_id is not None:
        await look_at_payin(work=work, ports=ports, payment_intent_id=payin.payment_intent_id)
    if not over:
        return
    async with work() as db:
        locked = await lock_payin(db=db, ports=ports, now=now, payin_id=payin_id)
        if locked.payin.status == PayinStatus.PENDING:
            return  # its call has not ended yet: the sweep of calls gives it up
        if locked.payin.status not in OPEN:
            return
        if locked.payin.payment_intent_id is None:
            give_up(locked, PayinStatus.CANCELED)
            return
        call = await plan_call(db=db, ports=ports, now=now, payin=locked.payin, kind=PayinKind.CANCEL)
    await run_payin(work=work, ports=ports, operation_id=call.id)


async def sweep_payins(*, work: Work, ports: Ports) -> int:
    """Defer calls that rested too long, and looks at payments that kept silent; return how many."""
    now = ports.clock.now()
    deferred = 0
    async with work() as db:
        for operation_id in await due_calls(db=db, now=now, pause=ports.policy.operation_retry):
            deferred += await defer_once(db, Job.RUN_PAYIN, once=operation_id, operation_id=operation_id)
        silent = select(Payin.id).where(col(Payin.status).in_(OPEN), col(Payin.looked_at) < now - PATIENCE)
        for payin_id in await db.exec(silent):
            deferred += await defer_once(db, Job.WATCH_PAYIN, once=payin_id, payin_id=payin_id)
    return deferred
