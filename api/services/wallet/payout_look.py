"""Looking at refunds of wallets that the bank takes its time over, and resuming calls that broke off."""

from datetime import timedelta

from sqlmodel import col, select

from api.models.wallet import WalletPayout
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.services.calls import has_rested
from api.services.deferral import Job, defer_once
from api.services.payments.operations import UNFINISHED
from api.services.wallet.payout import run_payout
from api.services.wallet.payout_record import PayoutStatus, lock_payout, record_snapshot
from api.services.work import Work

PATIENCE = timedelta(hours=1)
"""How long between two looks at a refund that is pending at the bank."""

FAILS_WITHIN = timedelta(days=30)
"""How long after it succeeded a refund may still be sent back by the bank: it is looked at once a day."""


async def look_at_payout(*, work: Work, ports: Ports, processor_refund_id: str) -> bool | None:
    """Fetch a refund of a wallet and believe it. None: it is none of ours; False: the processor is away."""
    async with work() as db:
        query = select(WalletPayout.id).where(WalletPayout.processor_refund_id == processor_refund_id)
        payout_id = (await db.exec(query)).first()
    if payout_id is None:
        return None
    try:
        snapshot = await ports.refunds.fetch_refund(processor_refund_id)
    except OutcomeUnknown:
        return False
    except ProcessorRefused:
        return True
    async with work() as db:
        payout = await lock_payout(db=db, payout_id=payout_id)
        await record_snapshot(db=db, ports=ports, now=ports.clock.now(), payout=payout, snapshot=snapshot)
    return True


async def work_on_payout(*, work: Work, ports: Ports, payout_id: str) -> None:
    """Make the call of a pay-out, or look what became of it."""
    async with work() as db:
        payout = await db.get_one(WalletPayout, payout_id)
    if payout.state in UNFINISHED:
        await run_payout(work=work, ports=ports, payout_id=payout_id)
    elif payout.processor_refund_id is not None:
        await look_at_payout(work=work, ports=ports, processor_refund_id=payout.processor_refund_id)


async def sweep_payouts(*, work: Work, ports: Ports) -> int:
    """Defer pay-outs whose call rested too long, and looks at those that the bank has not ended; return how many."""
    now, pause = ports.clock.now(), ports.policy.operation_retry
    pending = (col(WalletPayout.status) == PayoutStatus.PENDING) & (col(WalletPayout.looked_at) < now - PATIENCE)
    recent = col(WalletPayout.finished_at).between(now - FAILS_WITHIN, now - timedelta(days=1))
    settled = (col(WalletPayout.status) == PayoutStatus.SUCCEEDED) & recent
    daily = settled & (col(WalletPayout.looked_at) < now - timedelta(days=1))
    query = select(WalletPayout).where(col(WalletPayout.state).in_(UNFINISHED) | pending | daily)
    deferred = 0
    async with work() as db:
        for payout in await db.exec(query):
            if payout.state not in UNFINISHED or has_rested(payout, now, pause):
                deferred += await defer_once(db, Job.RUN_WALLET_PAYOUT, once=payout.id, payout_id=payout.id)
    return deferred
