"""The credit note of what staff waived: the job that an approved credit leaves behind.

It runs after the receipt of the same charge, whose job waits in the same line.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.money import Money
from api.models.afterwards import CreditRow, RefundRow
from api.ports import Ports
from api.services.finance.credit_notes import billed_on_paper, issue_credit_note
from api.services.finance.papers import papers_of_charge


async def issue_note_of_credit(*, db: AsyncSession, ports: Ports, now: datetime, credit_id: str) -> None:
    """Write the note of an approved credit, once; raises what ``issue_credit_note`` raises."""
    credit = await db.get_one(CreditRow, credit_id)
    vat = None if credit.vat_minor is None else Money(credit.vat_minor, credit.currency)
    await issue_credit_note(
        db=db,
        ports=ports,
        now=now,
        charging_session_id=credit.charging_session_id,
        amount=Money(credit.amount_minor, credit.currency),
        vat=vat,
        reason=credit.reason,
        cause=("credit", credit.id),
    )


async def issue_note_of_refund(*, db: AsyncSession, ports: Ports, now: datetime, refund_id: str) -> None:
    """Write the note of what a refund made by hand waived of the bill, once, as far as the papers bill it."""
    refund = await db.get_one(RefundRow, refund_id)
    papers = await papers_of_charge(db=db, charging_session_id=refund.charging_session_id)
    waived = min(Money(refund.credited_minor, refund.currency), billed_on_paper(papers, refund.currency))
    if waived.minor <= 0:
        return
    await issue_credit_note(
        db=db,
        ports=ports,
        now=now,
        charging_session_id=refund.charging_session_id,
        amount=waived,
        vat=None,
        reason="refund",
        cause=("refund", refund.id),
    )
