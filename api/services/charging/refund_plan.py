"""Ordering refunds: of which payments, within what is left of each, and which wait for a second person.

Runs in the transaction of the machine's order, under the charge's lock, so that two orders can never spend the same
money twice (payments.md 4.23, 4.24). Does not live here: how much goes back (``domain/charging/table_coupling.py``),
calling the processor (``refund_run.py``).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import Account
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.afterwards import DisputeRow, RefundRow
from api.models.charging import ChargingSession
from api.models.payment import HoldRow
from api.models.wallet import Payin
from api.ports import Ports
from api.ports.settlement import DisputeStatus
from api.services.charging.approvals import needs_second_person
from api.services.charging.findings import open_finding
from api.services.charging.refund_books import book_given_back
from api.services.charging.wallet_refund import refund_to_wallet
from api.services.deferral import Job, defer_once
from api.services.payments.operations import OperationKind, plan_call


class RefundState(StrEnum):
    """How far a refund has come."""

    AWAITING_APPROVAL = "awaiting_approval"
    ORDERED = "ordered"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DENIED = "denied"


class RefundOrigin(StrEnum):
    """Who gave the money back."""

    ORDERED = "ordered"
    BY_HAND = "by_hand"


COUNTED = (RefundState.AWAITING_APPROVAL, RefundState.ORDERED, RefundState.PENDING, RefundState.SUCCEEDED)
"""Refunds that went, or may still go: they use up what is left of their payment."""
WITHHELD = (RefundState.FAILED, RefundState.DENIED)
CONTESTED = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW)
"""While a dispute is open the processor refuses refunds of its payment, and the money would go back twice."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in for a charge by one payment: at the processor, or out of the driver's wallet."""

    payment_intent_id: str
    """Of a payment out of the wallet, which has no intent, our own id."""
    captured_minor: int
    from_wallet: bool = False


async def payments_of_charge(*, db: AsyncSession, charge: ChargingSession) -> list[Payment]:
    """Return the payments of a charge in the order in which they are given back: the hold's, then later ones."""
    holds = await db.exec(select(HoldRow).where(HoldRow.charging_session_id == charge.id))
    found = [
        Payment(hold.payment_intent_id, hold.captured_minor)
        for hold in holds
        if hold.payment_intent_id and hold.captured_minor
    ]
    later = select(Payin).where(Payin.charging_session_id == charge.id, Payin.received_minor > 0)
    for payin in await db.exec(later.order_by(col(Payin.finished_at), col(Payin.id))):
        inside = payin.payment_intent_id is None
        found.append(Payment(payin.payment_intent_id or payin.id, payin.received_minor, from_wallet=inside))
    return found


async def left_of(*, db: AsyncSession, payment: Payment) -> int:
    """Return what may still be given back of a payment: captured less refunded, on its way and disputed."""
    gone = select(func.coalesce(func.sum(RefundRow.amount_minor), 0)).where(
        RefundRow.payment_intent_id == payment.payment_intent_id, col(RefundRow.state).in_(COUNTED)
    )
    taken = select(func.coalesce(func.sum(DisputeRow.withdrawn_minor), 0)).where(
        DisputeRow.payment_intent_id == payment.payment_intent_id
    )
    spent = int((await db.exec(gone)).one()) + int((await db.exec(taken)).one())
    return max(payment.captured_minor - spent, 0)


async def is_contested(*, db: AsyncSession, payment_intent_id: str) -> bool:
    """Say whether a dispute of a payment is open."""
    query = select(DisputeRow.id).where(
        DisputeRow.payment_intent_id == payment_intent_id, col(DisputeRow.status).in_(CONTESTED)
    )
    return (await db.exec(query)).first() is not None


async def order_refund(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, amount: Money
) -> None:
    """Share the machine's order out over the charge's payments; what no payment has left is withheld.

    Every cent of the order is on a row, so that the rows always add up to what the machine ordered.
    """
    waits = needs_second_person(ports.policy, amount)
    rest, code = amount.minor, "nothing_left"
    for payment in await payments_of_charge(db=db, charge=charge):
        part = min(rest, await left_of(db=db, payment=payment))
        if part and await is_contested(db=db, payment_intent_id=payment.payment_intent_id):
            code = "disputed"
        elif part:
            rest -= part
            await _give(db, ports, now, charge, payment, part, waits=waits)
    if rest:
        refund = await _row(db, ports, now, charge, rest, None, RefundState.ORDERED)
        await withhold(db=db, ports=ports, now=now, charge=charge, refund=refund, code=code)


async def _give(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, payment: Payment, part: int, *, waits: bool
) -> None:
    """Plan giving a part of one payment back; what came out of the wallet goes back into it at once."""
    state = RefundState.AWAITING_APPROVAL if waits else RefundState.ORDERED
    refund = await _row(db, ports, now, charge, part, payment.payment_intent_id, state)
    if waits:  # the driver's money: it is told, and never lapses
        await tell_of_refund(db=db, ports=ports, now=now, refund=refund, reason="refund_awaits_approval")
    else:
        await send_refund(db=db, ports=ports, now=now, charge=charge, refund=refund)


async def _row(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    minor: int,
    payment_intent_id: str | None,
    state: RefundState,
) -> RefundRow:
    refund = RefundRow(
        id=ports.randomness.new_id(Prefix.REFUND),
        charging_session_id=charge.id,
        payment_intent_id=payment_intent_id,
        currency=charge.currency,
        amount_minor=minor,
        origin=RefundOrigin.ORDERED,
        state=state,
        returned_minor=0,
        credited_minor=0,
        repaid_minor=0,
        created_at=now,
    )
    db.add(refund)
    await db.flush()
    return refund


async def send_refund(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, refund: RefundRow
) -> None:
    """Plan the call that gives the money back; what came out of the wallet is booked back into it at once."""
    set_state(db, refund, RefundState.ORDERED)
    amount = Money(refund.amount_minor, refund.currency)
    payments = await payments_of_charge(db=db, charge=charge)
    if any(each.from_wallet and each.payment_intent_id == refund.payment_intent_id for each in payments):
        cause = ("refund", refund.id)
        await refund_to_wallet(db=db, ports=ports, now=now, charge=charge, amount=amount, cause=cause)
        refund.accepted_at = refund.finished_at = now
        set_state(db, refund, RefundState.SUCCEEDED)
        return
    await plan_call(
        db=db,
        ports=ports,
        now=now,
        kind=OperationKind.REFUND,
        charging_session_id=refund.charging_session_id,
        subject_id=refund.id,
        amount=amount,
    )


async def tell_of_refund(*, db: AsyncSession, ports: Ports, now: datetime, refund: RefundRow, reason: str) -> None:
    """Open a finding about a refund."""
    await open_finding(
        db=db,
        ports=ports,
        now=now,
        reason=reason,
        subject=refund.id,
        charging_session_id=refund.charging_session_id,
        amount=Money(refund.amount_minor, refund.currency),
        detail={"code": refund.code, "payment_intent_id": refund.payment_intent_id},
    )


async def withhold(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    refund: RefundRow,
    code: str,
    state: RefundState = RefundState.FAILED,
) -> None:
    """Note that a refund never left: it is owed to the driver, and a person must pay it in another way."""
    refund.code, refund.accepted_at, refund.finished_at = code, now, now
    set_state(db, refund, state)
    await db.flush()
    through = Account.REFUNDS_UNPAID
    await book_given_back(db=db, ports=ports, now=now, charge=charge, refund=refund, through=through)
    await tell_of_refund(db=db, ports=ports, now=now, refund=refund, reason=f"refund_{state}")
    await defer_once(db, Job.COUNT_AFTERWARDS, once=charge.id, charging_session_id=charge.id)


def set_state(db: AsyncSession, refund: RefundRow, state: RefundState) -> None:
    """Write how far a refund has come: the one writer of it."""
    refund.state = state
    db.add(refund)
