"""Believing the processor about money paid back out of a wallet: taken, still on its way, or sent back by the bank."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import Posting, prepaid_reserved, topped_up
from api.domain.money import Money
from api.models.wallet import WalletPayout
from api.ports import Ports
from api.ports.refunds import RefundSnapshot, RefundStatus
from api.services.notices.tell import tell_driver
from api.services.payments.ledger import book
from api.services.wallet.account import lock_wallet, note_movement

_GONE = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})


class PayoutStatus(StrEnum):
    """Where the money of a pay-out is."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


async def lock_payout(*, db: AsyncSession, payout_id: str) -> WalletPayout:
    """Return a pay-out, locked until the transaction ends."""
    query = select(WalletPayout).where(WalletPayout.id == payout_id).with_for_update()
    return (await db.exec(query.execution_options(populate_existing=True))).one()


async def record_snapshot(
    *, db: AsyncSession, ports: Ports, now: datetime, payout: WalletPayout, snapshot: RefundSnapshot
) -> None:
    """Book a refund that the processor took on, or that came back; the same news again changes nothing."""
    payout.processor_refund_id, payout.looked_at = snapshot.processor_refund_id, now
    if snapshot.status in _GONE:
        await fail_payout(db=db, ports=ports, now=now, payout=payout, code=snapshot.failure_reason or "failed")
        return
    if payout.status == PayoutStatus.FAILED:
        return  # it was booked back already; a refund that failed does not come to life again
    if payout.status == PayoutStatus.REQUESTED:
        await _move(db, ports, now, payout, _left(payout))
    succeeded = snapshot.status is RefundStatus.SUCCEEDED
    payout.status = PayoutStatus.SUCCEEDED if succeeded else PayoutStatus.PENDING
    payout.finished_at = now if succeeded else None
    db.add(payout)


async def fail_payout(*, db: AsyncSession, ports: Ports, now: datetime, payout: WalletPayout, code: str) -> None:
    """Put the money of a pay-out that failed back into the wallet, whether it had left or not; tell the driver."""
    if payout.status == PayoutStatus.FAILED:
        return
    await _move(db, ports, now, payout, _kept(payout))
    payout.status, payout.failure_reason, payout.finished_at = PayoutStatus.FAILED, code, now
    db.add(payout)
    await tell_driver(
        db=db,
        ports=ports,
        now=now,
        driver_id=payout.driver_id,
        message="wallet_refund_failed",
        detail={"amount_minor": payout.amount_minor, "currency": payout.currency, "code": code},
    )


Moves = tuple[tuple[JournalKind, tuple[Posting, ...]], ...]


def _left(payout: WalletPayout) -> Moves:
    """Return the bookings of money that leaves the wallet for a card."""
    amount = Money(payout.amount_minor, payout.currency)
    return (
        (JournalKind.PREPAID_UNRESERVED, prepaid_reserved(payout.driver_id, -amount)),
        (JournalKind.TOP_UP_RETURNED, topped_up(payout.driver_id, -amount)),
    )


def _kept(payout: WalletPayout) -> Moves:
    """Return the bookings of money that stays in the wallet, or is in it again."""
    amount = Money(payout.amount_minor, payout.currency)
    if payout.status == PayoutStatus.REQUESTED:
        return ((JournalKind.PREPAID_UNRESERVED, prepaid_reserved(payout.driver_id, -amount)),)
    return ((JournalKind.REVERSED, topped_up(payout.driver_id, amount)),)


async def _move(db: AsyncSession, ports: Ports, now: datetime, payout: WalletPayout, moves: Moves) -> None:
    """Book under the wallet's lock."""
    wallet = await lock_wallet(db=db, now=now, driver_id=payout.driver_id, currency=payout.currency)
    for kind, postings in moves:
        cause = ("wallet_payout", payout.id)
        await book(db=db, ports=ports, now=now, kind=kind, cause=cause, postings=postings)
    await note_movement(db=db, ports=ports, now=now, wallet=wallet)
