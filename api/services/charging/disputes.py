"""Disputes: whatever path the news comes by, a dispute is stored, booked and told to the machine by what it took.

An event is a hint to look; what the dispute's balance transactions took and gave back is what is booked, never its
status. Looks may overtake each other, so an older picture never undoes a newer one. Answers to payments.md 1.1, 4.26;
https://docs.stripe.com/disputes/how-disputes-work. Does not live here: evidence (``evidence.py``).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import Posting, dispute_opened, dispute_won, processor_fee
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.afterwards import DisputeEvent, DisputeRow, RefundRow
from api.models.charging import ChargingSession
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.ports.settlement import DisputeSnapshot, DisputeStatus
from api.services.charging.advance import lock_charge
from api.services.charging.afterwards import tell_afterwards
from api.services.charging.findings import close_findings, open_finding
from api.services.charging.refund_news import charge_id_of_payment, lock_top_up
from api.services.charging.refund_plan import COUNTED, payments_of_charge
from api.services.charging.stored_state import state_of
from api.services.payments.ledger import book
from api.services.wallet.keep_back import keep_back
from api.services.work import Work

_RANK = {
    DisputeStatus.OTHER: 0,
    DisputeStatus.INQUIRY: 1,
    DisputeStatus.INQUIRY_CLOSED: 2,
    DisputeStatus.NEEDS_RESPONSE: 3,
    DisputeStatus.UNDER_REVIEW: 4,
    DisputeStatus.WON: 5,
    DisputeStatus.LOST: 5,
}
"""A dispute only goes on: a picture of a lower rank than the stored one is older."""
_FINDING = {
    DisputeStatus.INQUIRY: "dispute_inquiry",
    DisputeStatus.NEEDS_RESPONSE: "dispute_open",
    DisputeStatus.UNDER_REVIEW: "dispute_open",
    DisputeStatus.LOST: "dispute_lost",
}


class UnknownDispute(NotFound):
    """There is no such dispute."""


async def look_at_dispute(
    *, work: Work, ports: Ports, processor_dispute_id: str, source: str, reference: str | None = None
) -> bool:
    """Fetch a dispute and converge on it; False: the processor is away, and asking again is needed."""
    try:
        snapshot = await ports.settlement.fetch_dispute(processor_dispute_id)
    except OutcomeUnknown:
        return False
    except ProcessorRefused:
        return True  # of another account, or gone: nothing of ours to believe
    async with work() as db:
        charge_id = await charge_id_of_payment(db=db, payment_intent_id=snapshot.payment_intent_id)
        charge = await lock_charge(db=db, charging_session_id=charge_id) if charge_id else None
        if charge is not None or await lock_top_up(db=db, payment_intent_id=snapshot.payment_intent_id):
            now = ports.clock.now()
            await converge_dispute(
                db=db, ports=ports, now=now, charge=charge, snapshot=snapshot, source=source, reference=reference
            )
    return True


async def converge_dispute(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession | None,
    snapshot: DisputeSnapshot,
    source: str,
    reference: str | None = None,
) -> DisputeRow:
    """Store what ``snapshot`` shows beyond what is known, book it, tell the machine; the charge is locked.

    Without a charge the payment topped a wallet up, and is locked itself: what the bank has of it pays for nothing.
    """
    query = select(DisputeRow).where(DisputeRow.processor_dispute_id == snapshot.dispute_id)
    row = (await db.exec(query.execution_options(populate_existing=True))).first()
    if row is None:
        row = _new_row(ports, now, charge, snapshot)
        db.add(row)
    elif _is_older(row, snapshot):
        return row
    elif (row.status, row.withdrawn_minor, row.fee_minor, row.evidence_submitted) == _essence(snapshot):
        row.looked_at = now
        db.add(row)
        return row
    withdrawn, fee = snapshot.withdrawn.minor - row.withdrawn_minor, snapshot.fee.minor - row.fee_minor
    write_status(db, row, snapshot, now)
    await db.flush()
    event = await _note(db, now, row, source, reference or snapshot.request_id)
    await _book(db, ports, now, row, event, withdrawn, fee)
    await _tell_finance(db, ports, now, charge, row)
    if charge is not None:
        await tell_afterwards(db=db, ports=ports, now=now, charge=charge)
    return row


async def _note(db: AsyncSession, now: datetime, row: DisputeRow, source: str, reference: str | None) -> DisputeEvent:
    """Append to a dispute's history what is shown now."""
    event = DisputeEvent(
        dispute_id=row.id,
        at=now,
        status=row.status,
        withdrawn_minor=row.withdrawn_minor,
        fee_minor=row.fee_minor,
        source=source,
        psp_reference=reference,
    )
    db.add(event)
    await db.flush()
    return event


def _new_row(ports: Ports, now: datetime, charge: ChargingSession | None, snapshot: DisputeSnapshot) -> DisputeRow:
    return DisputeRow(
        id=ports.randomness.new_id(Prefix.DISPUTE),
        processor_dispute_id=snapshot.dispute_id,
        charging_session_id=charge.id if charge else None,
        payment_intent_id=str(snapshot.payment_intent_id),
        currency=snapshot.amount.currency,
        amount_minor=snapshot.amount.minor,
        withdrawn_minor=0,
        fee_minor=0,
        status=snapshot.status,
        reason=snapshot.reason,
        opened_at=snapshot.created_at or now,
        looked_at=now,
    )


def write_status(db: AsyncSession, row: DisputeRow, snapshot: DisputeSnapshot, now: datetime) -> None:
    """Copy what the processor shows to the row: the one writer of a dispute's status."""
    row.status, row.reason = snapshot.status, snapshot.reason
    row.amount_minor = snapshot.amount.minor
    row.withdrawn_minor, row.fee_minor = snapshot.withdrawn.minor, snapshot.fee.minor
    row.evidence_due_at = snapshot.evidence_due_at
    row.evidence_submitted = row.evidence_submitted or snapshot.evidence_submitted
    row.looked_at = now
    db.add(row)


def _essence(snapshot: DisputeSnapshot) -> tuple[str, int, int, bool]:
    return snapshot.status, snapshot.withdrawn.minor, snapshot.fee.minor, snapshot.evidence_submitted


def _is_older(row: DisputeRow, snapshot: DisputeSnapshot) -> bool:
    """Say whether a picture was taken before the stored one.

    Within one status money is withdrawn and not yet given back, but for a won dispute, whose money only comes back.
    """
    stored, shown = _RANK[DisputeStatus(row.status)], _RANK[snapshot.status]
    if snapshot.status is DisputeStatus.OTHER:  # a new word: believed as long as nobody has decided
        return stored == max(_RANK.values())
    if stored != shown or row.status != snapshot.status:
        return shown < stored
    if row.evidence_submitted and not snapshot.evidence_submitted:
        return True
    won = snapshot.status is DisputeStatus.WON
    back = snapshot.withdrawn.minor - row.withdrawn_minor
    return back > 0 if won else back < 0


async def _book(
    db: AsyncSession, ports: Ports, now: datetime, row: DisputeRow, event: DisputeEvent, taken: int, fee: int
) -> None:
    """Book what one step of a dispute took or gave back; the step is the cause, so it books once."""

    async def enter(kind: JournalKind, postings: tuple[Posting, ...]) -> None:
        await book(
            db=db,
            ports=ports,
            now=now,
            kind=kind,
            cause=("dispute_event", str(event.id)),
            postings=postings,
            charging_session_id=row.charging_session_id,
        )

    currency = row.currency
    if taken > 0:
        await enter(JournalKind.DISPUTE_OPENED, dispute_opened(Money(taken, currency)))
    if taken < 0:
        await enter(JournalKind.DISPUTE_WON, dispute_won(Money(-taken, currency)))
    if fee:
        await enter(JournalKind.DISPUTE_FEE, processor_fee(Money(fee, currency)))
    if taken and row.charging_session_id is None:  # of a top-up
        intent, cause, amount = row.payment_intent_id, ("dispute_event", str(event.id)), Money(taken, currency)
        await keep_back(db=db, ports=ports, now=now, payment_intent_id=intent, amount=amount, cause=cause)


async def _tell_finance(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession | None, row: DisputeRow
) -> None:
    """Keep exactly the finding that the dispute's status asks for, linked to refunds of the same payment."""
    reason = _FINDING.get(DisputeStatus(row.status))
    others = [each for each in set(_FINDING.values()) if each != reason]
    await close_findings(db=db, now=now, reasons=others, subject=row.id)
    if reason is None:
        await close_findings(db=db, now=now, reasons=("dispute_beyond_payment",), subject=row.id)
        return
    refunds = await _refunds_of(db, row)
    detail = {
        "processor_dispute_id": row.processor_dispute_id,
        "reason": row.reason,
        "evidence_due_at": row.evidence_due_at.isoformat() if row.evidence_due_at else None,
        "evidence_submitted": row.evidence_submitted,
        "refunds": [refund.id for refund in refunds],
    }
    amount = Money(row.withdrawn_minor or row.amount_minor, row.currency)
    about: dict[str, Any] = {"subject": row.id, "charging_session_id": row.charging_session_id, "detail": detail}
    about["due_at"] = row.evidence_due_at
    await open_finding(db=db, ports=ports, now=now, reason=reason, amount=amount, **about)
    if charge is None:
        return
    over = await _gone_twice(db, charge, row, refunds)
    if over > 0:  # a refund and a dispute that crossed: the money went back twice, and only evidence brings it back
        twice, beyond = Money(over, row.currency), "dispute_beyond_payment"
        await open_finding(db=db, ports=ports, now=now, reason=beyond, amount=twice, **about)


async def _gone_twice(db: AsyncSession, charge: ChargingSession, row: DisputeRow, refunds: list[RefundRow]) -> int:
    """Return how much of what was paid went back twice: of this payment, or of the charge, whose wallet got it back."""
    captured = {each.payment_intent_id: each.captured_minor for each in await payments_of_charge(db=db, charge=charge)}
    gone = row.withdrawn_minor + sum(refund.amount_minor for refund in refunds)
    await db.flush()
    taken = select(func.coalesce(func.sum(DisputeRow.withdrawn_minor), 0)).where(
        DisputeRow.charging_session_id == charge.id
    )
    disputed = int((await db.exec(taken)).one())
    return max(gone - captured.get(row.payment_intent_id, 0), disputed - state_of(charge).paid.minor)


async def _refunds_of(db: AsyncSession, row: DisputeRow) -> list[RefundRow]:
    """Return the refunds of the disputed payment that went or may still go."""
    query = select(RefundRow).where(
        RefundRow.payment_intent_id == row.payment_intent_id, col(RefundRow.state).in_(COUNTED)
    )
    return list(await db.exec(query.order_by(col(RefundRow.created_at), col(RefundRow.id))))


async def dispute_by_id(*, db: AsyncSession, dispute_id: str) -> DisputeRow:
    """Return a dispute by our id or the processor's; raises UnknownDispute."""
    query = select(DisputeRow).where(
        (col(DisputeRow.id) == dispute_id) | (col(DisputeRow.processor_dispute_id) == dispute_id)
    )
    row = (await db.exec(query)).first()
    if row is None:
        raise UnknownDispute("unknown_dispute", dispute_id=dispute_id)
    return row


async def disputes_by_due_date(*, db: AsyncSession) -> list[DisputeRow]:
    """Return all disputes, those first whose evidence is due first."""
    query = select(DisputeRow).order_by(col(DisputeRow.evidence_due_at).nulls_last(), col(DisputeRow.id))
    return list(await db.exec(query))
