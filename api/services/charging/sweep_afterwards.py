"""The sweeper's round over money that went back: refunds and disputes that kept silent, requests that lapsed.

Webhooks are hints that may be lost: what is not at its end is looked at from time to time (payments.md 4.19).
"""

from datetime import timedelta

from sqlmodel import col, select

from api.models.afterwards import DisputeRow, RefundRow
from api.ports import Ports
from api.ports.settlement import DisputeStatus
from api.services.charging.decisions import expire_requests
from api.services.charging.refund_plan import RefundState
from api.services.deferral import Job, defer_once
from api.services.work import Work

REFUND_PATIENCE = timedelta(hours=6)
"""How long a pending refund may keep silent; banks take days."""

DISPUTE_PATIENCE = timedelta(days=1)

_OVER = (DisputeStatus.LOST, DisputeStatus.WON)


async def sweep_afterwards(*, work: Work, ports: Ports) -> int:
    """Defer looks at silent refunds and disputes, and end requests nobody approved; return how many of all."""
    now = ports.clock.now()
    silent = select(RefundRow).where(
        RefundRow.state == RefundState.PENDING,
        col(RefundRow.processor_refund_id).is_not(None),
        col(RefundRow.looked_at) < now - REFUND_PATIENCE,
    )
    unfinished = select(DisputeRow).where(
        col(DisputeRow.status).not_in(_OVER)
        | ((DisputeRow.status == DisputeStatus.WON) & (DisputeRow.withdrawn_minor > 0)),
        col(DisputeRow.looked_at) < now - DISPUTE_PATIENCE,
    )
    done = 0
    async with work() as db:
        for refund in await db.exec(silent.order_by(col(RefundRow.looked_at)).limit(200)):
            named = str(refund.processor_refund_id)
            done += await defer_once(db, Job.LOOK_AT_REFUND, once=refund.id, processor_refund_id=named)
        for dispute in await db.exec(unfinished.order_by(col(DisputeRow.looked_at)).limit(200)):
            named = dispute.processor_dispute_id
            done += await defer_once(db, Job.LOOK_AT_DISPUTE, once=dispute.id, processor_dispute_id=named)
    return done + await expire_requests(work=work, ports=ports)
