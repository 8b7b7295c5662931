"""Refunds that staff made in the processor's dashboard: adopted once, booked once, told to finance.

What such a refund is for is decided by what the charge still has to give: first what was withheld or failed before, so
that nobody pays it twice; then what is kept above the bill; and only the rest is waived of the bill.
"""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import Account
from api.domain.ids import Prefix
from api.models.afterwards import RefundRow
from api.models.charging import ChargingSession
from api.ports import Ports
from api.ports.refunds import RefundSnapshot
from api.services.charging.findings import close_findings
from api.services.charging.refund_books import book_given_back
from api.services.charging.refund_plan import WITHHELD, RefundOrigin, RefundState, tell_of_refund
from api.services.charging.stored_state import state_of
from api.services.deferral import Job, defer_job


async def adopt_refund(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, snapshot: RefundSnapshot
) -> RefundRow:
    """Store a refund that we did not order, under the charge's lock, and book it."""
    amount, state = snapshot.amount.minor, state_of(charge)
    unpaid = await _repay(db, now, charge, amount, snapshot.processor_refund_id)
    returned = amount - unpaid
    kept = max((state.excess - state.afterwards.stuck).minor, 0)
    refund = RefundRow(
        id=ports.randomness.new_id(Prefix.REFUND),
        charging_session_id=charge.id,
        payment_intent_id=snapshot.payment_intent_id,
        currency=snapshot.amount.currency,
        amount_minor=amount,
        origin=RefundOrigin.BY_HAND,
        state=RefundState.PENDING,
        processor_refund_id=snapshot.processor_refund_id,
        returned_minor=returned,
        credited_minor=max(returned - kept, 0),
        repaid_minor=0,
        created_at=snapshot.created_at or now,
        accepted_at=now,
    )
    db.add(refund)
    await db.flush()
    through = Account.PSP_CLEARING
    await book_given_back(db=db, ports=ports, now=now, charge=charge, refund=refund, through=through, unpaid=unpaid)
    await tell_of_refund(db=db, ports=ports, now=now, refund=refund, reason="refund_by_hand")
    if refund.credited_minor:  # less is asked for, so less is billed: the papers must say so
        await defer_job(db, Job.ISSUE_CREDIT_NOTE, lock=charge.id, refund_id=refund.id)
    return refund


async def _repay(db: AsyncSession, now: datetime, charge: ChargingSession, amount: int, reference: str) -> int:
    """Count what went by hand towards what was withheld before, oldest first; return how much of it that was."""
    query = select(RefundRow).where(RefundRow.charging_session_id == charge.id, col(RefundRow.state).in_(WITHHELD))
    rest = amount
    for refund in await db.exec(query.order_by(col(RefundRow.created_at), col(RefundRow.id))):
        part = min(rest, refund.amount_minor - refund.repaid_minor)
        if part > 0:
            rest -= part
            await mark_repaid(db=db, now=now, refund=refund, minor=part, reference=reference)
    return amount - rest


async def mark_repaid(*, db: AsyncSession, now: datetime, refund: RefundRow, minor: int, reference: str) -> None:
    """Note that ``minor`` of a withheld refund was paid in another way; its finding ends with the last of it."""
    refund.repaid_minor += minor
    refund.repaid_reference = reference
    db.add(refund)
    await db.flush()
    if refund.repaid_minor == refund.amount_minor:
        reasons = ("refund_failed", "refund_denied")
        await close_findings(db=db, now=now, reasons=reasons, subject=refund.id)
