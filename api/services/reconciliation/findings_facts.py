"""Gathering what decides which actions are possible: the charge, its hold and bill, the refund or the dispute."""

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.finance.finding_actions import MoneyFacts
from api.domain.ids import Prefix
from api.models.afterwards import DisputeRow, RefundRow
from api.models.charging import ChargingSession
from api.models.finance import MismatchRow, Receipt
from api.models.payment import HoldRow
from api.models.roaming import CdrRow
from api.ports import Ports
from api.services.charging.refund_plan import WITHHELD
from api.services.charging.stored_state import machine_policy, state_of

REQUESTS = tuple(f"{each}_" for each in (Prefix.CREDIT, Prefix.WRITE_OFF, Prefix.SETTLEMENT))
"""How that begins for which a finding waits, if it is a request of staff."""


@dataclass(frozen=True, slots=True)
class About:
    """The rows that a finding is about, as far as there are any."""

    charge: ChargingSession | None = None
    hold: HoldRow | None = None
    cdr: CdrRow | None = None
    refund: RefundRow | None = None
    dispute: DisputeRow | None = None
    receipt: Receipt | None = None


async def gather(*, db: AsyncSession, finding: MismatchRow) -> About:
    """Return what a finding is about; the subject names a CDR, a refund or a dispute, where it is not the charge."""
    charge_id = finding.charging_session_id
    cdr = await db.get(CdrRow, finding.subject) if "/" in finding.subject else None
    refund = await db.get(RefundRow, finding.subject)
    dispute = await db.get(DisputeRow, finding.subject)
    if charge_id is None:
        return About(cdr=cdr, refund=refund, dispute=dispute)
    charge = await db.get(ChargingSession, charge_id)
    hold = (await db.exec(select(HoldRow).where(HoldRow.charging_session_id == charge_id))).first()
    if cdr is None:
        bills = select(CdrRow).where(CdrRow.charging_session_id == charge_id)
        cdr = (await db.exec(bills.order_by(col(CdrRow.received_at).desc()))).first()
    papers = select(Receipt).where(Receipt.charging_session_id == charge_id)
    receipt = (await db.exec(papers.order_by(col(Receipt.revision).desc()))).first()
    return About(charge, hold, cdr, refund, dispute, receipt)


def facts_of(finding: MismatchRow, about: About, ports: Ports) -> MoneyFacts:
    """Return what the rules of actions want to know."""
    charge, hold, refund = about.charge, about.hold, about.refund
    known = bool(hold and hold.payment_intent_id) or bool(refund and refund.processor_refund_id)
    unpaid = refund is not None and refund.state in WITHHELD and refund.amount_minor > refund.repaid_minor
    at_processor = known or about.dispute is not None
    waits = (finding.waiting_for or "").startswith(REQUESTS)
    if charge is None:
        return MoneyFacts(at_processor=at_processor, has_partner=finding.partner_id is not None, unpaid_refund=unpaid)
    state = state_of(charge)
    return MoneyFacts(
        status=ChargingStatus(charge.status),
        hold=HoldStatus(charge.hold_status),
        hold_minor=state.hold_amount.minor,
        at_processor=at_processor,
        asked_minor=state.asked(machine_policy(ports.policy, charge.currency)).minor,
        receivable_minor=state.receivable.minor,
        has_receipt=about.receipt is not None,
        has_partner=finding.partner_id is not None,
        unpaid_refund=unpaid,
        request_waits=waits,
    )
