"""Believing the processor about refunds: whatever path the news comes by, it is stored once and booked once.

An answer to our call, a webhook and a sweep all end in ``believe_refund``. A refund that nobody here ordered was made
by hand at the processor and is adopted (``refund_by_hand.py``). Answers to payments.md 1.1 and 4.25: ``pending`` may
become ``failed``, and so may ``succeeded``; the money is ours again then and the driver unpaid.
"""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import Account, JournalKind
from api.domain.finance.ledger import suspended
from api.domain.money import Money
from api.models.afterwards import RefundRow
from api.models.charging import ChargingSession
from api.models.finance import Journal
from api.models.payment import HoldRow
from api.models.wallet import Payin, WalletPayout
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.ports.refunds import RefundSnapshot, RefundStatus
from api.services.charging.advance import announce, lock_charge
from api.services.charging.afterwards import tell_afterwards
from api.services.charging.findings import open_finding
from api.services.charging.refund_books import book_failed, book_given_back
from api.services.charging.refund_by_hand import adopt_refund
from api.services.charging.refund_plan import RefundState, set_state, tell_of_refund
from api.services.charging.refund_told import tell_refund_made
from api.services.payments.ledger import book
from api.services.wallet.keep_back import keep_back
from api.services.work import Work

_ENDED_BADLY = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})


async def believe_refund(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    refund: RefundRow,
    snapshot: RefundSnapshot,
) -> None:
    """Store what the processor shows of a refund of a locked charge, and book what is new; a failure is final."""
    refund.processor_refund_id, refund.looked_at = snapshot.processor_refund_id, now
    if refund.accepted_at is None:  # also where its end is the first that we hear: both are in the balance
        refund.accepted_at = now
        through = Account.PSP_CLEARING
        await book_given_back(db=db, ports=ports, now=now, charge=charge, refund=refund, through=through)
    if refund.state in (RefundState.FAILED, RefundState.DENIED):
        return
    before = refund.state
    if snapshot.status in _ENDED_BADLY:
        refund.code, refund.finished_at = snapshot.failure_reason or str(snapshot.status), now
        set_state(db, refund, RefundState.FAILED)
        await book_failed(db=db, ports=ports, now=now, charge=charge, refund=refund)
        await tell_of_refund(db=db, ports=ports, now=now, refund=refund, reason="refund_failed")
    elif snapshot.status is RefundStatus.SUCCEEDED:
        refund.finished_at = refund.finished_at or now
        set_state(db, refund, RefundState.SUCCEEDED)
    elif before != RefundState.SUCCEEDED:  # news of "pending" may be older than what we know
        set_state(db, refund, RefundState.PENDING)
    if refund.state in (RefundState.PENDING, RefundState.SUCCEEDED):
        await tell_refund_made(
            db=db,
            ports=ports,
            now=now,
            charge=charge,
            amount=Money(refund.amount_minor, refund.currency),
            cause=refund.id,
        )
    if refund.state != before:
        await announce(db=db, charge=charge, now=now)


async def look_at_refund(*, work: Work, ports: Ports, processor_refund_id: str) -> bool:
    """Fetch a refund and believe it; False: the processor is away, and asking again is needed.

    One of a payment that is not ours is left alone.
    """
    try:
        snapshot = await ports.refunds.fetch_refund(processor_refund_id)
    except OutcomeUnknown:
        return False
    except ProcessorRefused:
        return True  # of another account, or gone: nothing of ours to believe
    await _take_in(work, ports, snapshot)
    return True


async def look_at_refunds_of(*, work: Work, ports: Ports, payment_intent_id: str) -> bool:
    """Fetch every refund of a payment of ours and believe it; False: the processor is away."""
    async with work() as db:
        if not await is_our_payment(db=db, payment_intent_id=payment_intent_id):
            return True
    try:
        snapshots = await ports.refunds.refunds_of_payment(payment_intent_id)
    except OutcomeUnknown:
        return False
    except ProcessorRefused:
        return True
    for snapshot in reversed(snapshots):
        await _take_in(work, ports, snapshot)
    return True


async def charge_id_of_payment(*, db: AsyncSession, payment_intent_id: str | None) -> str | None:
    """Return the charge that a payment at the processor was made for, if it is one of ours."""
    if payment_intent_id is None:
        return None
    held = select(HoldRow.charging_session_id).where(HoldRow.payment_intent_id == payment_intent_id)
    later = select(Payin.charging_session_id).where(Payin.payment_intent_id == payment_intent_id)
    return (await db.exec(held)).first() or (await db.exec(later)).first()


async def lock_top_up(*, db: AsyncSession, payment_intent_id: str | None) -> Payin | None:
    """Return the top-up of a wallet that a payment at the processor was, locked; None: it was none."""
    if payment_intent_id is None:
        return None
    query = select(Payin).where(Payin.payment_intent_id == payment_intent_id, col(Payin.charging_session_id).is_(None))
    return (await db.exec(query.with_for_update().execution_options(populate_existing=True))).first()


async def is_our_payment(*, db: AsyncSession, payment_intent_id: str | None) -> bool:
    """Say whether a payment at the processor was made for a charge of ours, or for a wallet."""
    if await charge_id_of_payment(db=db, payment_intent_id=payment_intent_id) is not None:
        return True
    return await lock_top_up(db=db, payment_intent_id=payment_intent_id) is not None


async def _of_a_wallet(db: AsyncSession, ports: Ports, snapshot: RefundSnapshot) -> None:
    """Suspend a refund of a top-up that we did not order, and keep its money in the wallet back: the rest is for staff.

    One that the bank sends back later is suspended no more.
    """
    payin = await lock_top_up(db=db, payment_intent_id=snapshot.payment_intent_id)
    ours = snapshot.our_refund_id is not None and await db.get(WalletPayout, snapshot.our_refund_id) is not None
    if payin is None or ours:
        return
    now, subject = ports.clock.now(), snapshot.processor_refund_id
    if snapshot.status in _ENDED_BADLY:
        seen = select(Journal.id).where(Journal.kind == JournalKind.SUSPENDED, Journal.cause_id == subject)
        if (await db.exec(seen)).first() is not None:
            await _suspend(db, ports, now, payin, -snapshot.amount, ("refund_failed", subject))
        return
    await _suspend(db, ports, now, payin, snapshot.amount, ("refund", subject))
    await open_finding(
        db=db,
        ports=ports,
        now=now,
        reason="top_up_refunded_by_hand",
        subject=subject,
        amount=snapshot.amount,
        detail={"driver_id": payin.driver_id, "payin_id": payin.id},
    )


async def _suspend(
    db: AsyncSession, ports: Ports, now: datetime, payin: Payin, gone: Money, cause: tuple[str, str]
) -> None:
    """Book money of a top-up that is gone from the processor, or back there where it is negative; once a cause."""
    postings = suspended(-gone)
    await book(db=db, ports=ports, now=now, kind=JournalKind.SUSPENDED, cause=cause, postings=postings)
    intent = str(payin.payment_intent_id)
    await keep_back(db=db, ports=ports, now=now, payment_intent_id=intent, amount=gone, cause=cause)


async def _take_in(work: Work, ports: Ports, snapshot: RefundSnapshot) -> None:
    """Believe one refund under its charge's lock."""
    async with work() as db:
        charge_id = await charge_id_of_payment(db=db, payment_intent_id=snapshot.payment_intent_id)
        if charge_id is None:
            await _of_a_wallet(db, ports, snapshot)
            return
        charge = await lock_charge(db=db, charging_session_id=charge_id)
        now = ports.clock.now()
        refund = await _row_of(db, charge, snapshot)
        if refund is None:
            refund = await adopt_refund(db=db, ports=ports, now=now, charge=charge, snapshot=snapshot)
        await believe_refund(db=db, ports=ports, now=now, charge=charge, refund=refund, snapshot=snapshot)
        await tell_afterwards(db=db, ports=ports, now=now, charge=charge)


async def _row_of(db: AsyncSession, charge: ChargingSession, snapshot: RefundSnapshot) -> RefundRow | None:
    """Return our row of a refund: by the processor's id, or by ours while we do not know the processor's."""
    ours = select(RefundRow).where(RefundRow.charging_session_id == charge.id)
    known = ours.where(RefundRow.processor_refund_id == snapshot.processor_refund_id)
    named = ours.where(RefundRow.id == snapshot.our_refund_id, col(RefundRow.processor_refund_id).is_(None))
    for query in (known, named):
        if (found := (await db.exec(query.execution_options(populate_existing=True))).first()) is not None:
            return found
    return None
