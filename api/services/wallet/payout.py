"""Paying money of a wallet back on request: to the cards that it came from, the newest top-up first.

Three steps, as everything that moves money: ``request_refund`` plans (rows and reservations, under the wallet's lock),
``run_payout`` performs one call and records it. What is reserved for a pay-out can start no charge meanwhile.
"""

from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import prepaid_reserved
from api.domain.finance.wallet import shares_of
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.wallet import Payin, WalletPayout, WalletRefund
from api.ports import Ports
from api.ports.refunds import RefundReason, RefundRequest
from api.services.deferral import Job, defer_job
from api.services.payments.ledger import book
from api.services.payments.operations import UNFINISHED, OperationState
from api.services.payments.perform_refund import Accepted, NothingThere, RefundOutcome, RefundRefused, give_back
from api.services.wallet.account import lock_wallet, note_movement, standing_of
from api.services.wallet.payout_record import PayoutStatus, fail_payout, lock_payout, record_snapshot
from api.services.work import Work

_SOURCES = text(
    """
    SELECT p.id, p.received_minor - coalesce((SELECT sum(o.amount_minor) FROM wallet_payout o
      WHERE o.payin_id = p.id AND o.status <> 'failed'), 0) AS available
    FROM payin p WHERE p.driver_id = :driver AND p.currency = :currency AND p.purpose = 'top_up'
      AND p.status = 'succeeded' ORDER BY p.created_at DESC, p.id DESC
    """
)


class NotRefundable(Conflict):
    """Nothing, or less than wanted, can be paid back to a card. Facts: ``available``, ``to_cards``."""


async def request_refund(
    *, db: AsyncSession, ports: Ports, now: datetime, driver_id: str, currency: str, amount: Money | None
) -> tuple[WalletRefund, list[WalletPayout]]:
    """Plan the refund of ``amount`` of a wallet, or of all that is available and came from cards.

    Raises NotRefundable.
    """
    wallet = await lock_wallet(db=db, now=now, driver_id=driver_id, currency=currency)
    standing = await standing_of(db=db, driver_id=driver_id, currency=currency)
    wanted = amount or max(standing.available, Money.zero(currency))
    shares, uncovered = shares_of(wanted, await _sources(db, driver_id, currency))
    to_cards = wanted - uncovered
    if wallet.blocked or not shares or wanted > standing.available or (amount is not None and uncovered.minor):
        raise NotRefundable("not_refundable", available=standing.available, to_cards=to_cards)
    refund = WalletRefund(
        id=ports.randomness.new_id(Prefix.WALLET_REFUND),
        driver_id=driver_id,
        currency=currency,
        amount_minor=to_cards.minor,
        uncovered_minor=uncovered.minor,
        created_at=now,
    )
    db.add(refund)
    await db.flush()
    payouts = [await _plan(db, ports, now, refund, payin_id, share) for payin_id, share in shares]
    await note_movement(db=db, ports=ports, now=now, wallet=wallet)
    return refund, payouts


async def _sources(db: AsyncSession, driver_id: str, currency: str) -> list[tuple[str, Money]]:
    """Return the top-ups of a wallet, newest first, with what each has left to give back."""
    connection = await db.connection()
    rows = await connection.execute(_SOURCES, {"driver": driver_id, "currency": currency})
    return [(row.id, Money(int(row.available), currency)) for row in rows]


async def _plan(
    db: AsyncSession, ports: Ports, now: datetime, refund: WalletRefund, payin_id: str, share: Money
) -> WalletPayout:
    """Write one pay-out, reserve its money and defer its call."""
    payout = WalletPayout(
        id=ports.randomness.new_id(Prefix.PAYOUT_OF_WALLET),
        wallet_refund_id=refund.id,
        payin_id=payin_id,
        driver_id=refund.driver_id,
        currency=share.currency,
        amount_minor=share.minor,
        state=OperationState.PENDING,
        status=PayoutStatus.REQUESTED,
        created_at=now,
        looked_at=now,
    )
    db.add(payout)
    await db.flush()
    postings = prepaid_reserved(refund.driver_id, share)
    cause = ("wallet_payout", payout.id)
    await book(db=db, ports=ports, now=now, kind=JournalKind.PREPAID_RESERVED, cause=cause, postings=postings)
    await defer_job(db, Job.RUN_WALLET_PAYOUT, payout_id=payout.id)
    return payout


async def run_payout(*, work: Work, ports: Ports, payout_id: str) -> None:
    """Perform one planned pay-out and record what came of it; a finished one is left alone."""
    async with work() as db:
        payout = await db.get(WalletPayout, payout_id, with_for_update=True, populate_existing=True)
        if payout is None or payout.state not in UNFINISHED:
            return
        payout.state, payout.sent_at = OperationState.SENT, ports.clock.now()
        payout.attempts += 1
        db.add(payout)
        payin = await db.get_one(Payin, payout.payin_id)
    ports.checkpoints.reach("payout.planned")
    outcome = await _perform(ports, payout, payin)
    ports.checkpoints.reach("payout.performed")
    async with work() as db:
        await _record(db, ports, payout_id, outcome)
    ports.checkpoints.reach("payout.recorded")


async def _perform(ports: Ports, payout: WalletPayout, payin: Payin) -> RefundOutcome:
    """Ask for the refund of the top-up, or look whether an earlier attempt made it."""
    request = RefundRequest(
        refund_id=payout.id,
        payment_intent_id=payin.payment_intent_id or "",
        amount=Money(payout.amount_minor, payout.currency),
        reason=RefundReason.REQUESTED,
    )
    return await give_back(ports=ports, call=payout, request=request, key=f"{payout.id}-{payout.generation}")


async def _record(db: AsyncSession, ports: Ports, payout_id: str, outcome: RefundOutcome) -> None:
    """Store what came of a call, under the lock of the pay-out."""
    now = ports.clock.now()
    payout = await lock_payout(db=db, payout_id=payout_id)
    if payout.state not in UNFINISHED:
        return
    if isinstance(outcome, Accepted):
        payout.state = OperationState.DONE
        await record_snapshot(db=db, ports=ports, now=now, payout=payout, snapshot=outcome.snapshot)
    elif isinstance(outcome, RefundRefused):
        payout.state = OperationState.FAILED
        await fail_payout(db=db, ports=ports, now=now, payout=payout, code=outcome.code)
    elif isinstance(outcome, NothingThere):
        payout.state, payout.generation, payout.attempts = OperationState.PENDING, payout.generation + 1, 0
    else:
        payout.state = OperationState.UNKNOWN
    db.add(payout)
