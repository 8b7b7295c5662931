"""Believing the processor about a payment beside a hold: its answer, a webhook and a look all end here.

The money is counted when it came and once, into the wallet or to what is owed; a second payment that carries the id of
the first is kept apart and told to finance. The caller holds the locks: charge (if it is about one), then payin.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import Posting, processor_fee, suspended
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.wallet import Payin
from api.ports import Ports
from api.ports.payins import PayinSnapshot
from api.ports.payments import ProcessorStatus
from api.services.charging.advance import lock_charge
from api.services.charging.afterwards import tell_afterwards
from api.services.charging.findings import open_finding
from api.services.charging.paid import book_payment
from api.services.payments.ledger import book
from api.services.payments.payins import OPEN, PayinMethod, PayinPurpose, PayinStatus
from api.services.wallet.credit import credit_top_up

_ACTION = frozenset(
    {ProcessorStatus.NEEDS_ACTION, ProcessorStatus.NEEDS_CONFIRMATION, ProcessorStatus.NEEDS_PAYMENT_METHOD}
)
_OVER = frozenset({ProcessorStatus.CANCELED, ProcessorStatus.EXPIRED})


@dataclass(frozen=True, slots=True)
class Locked:
    """A payment and the charge that it is for, both locked, in that order's reverse."""

    db: AsyncSession
    ports: Ports
    now: datetime
    payin: Payin
    charge: ChargingSession | None


async def lock_payin(*, db: AsyncSession, ports: Ports, now: datetime, payin_id: str) -> Locked:
    """Lock a payment, its charge first."""
    known = await db.get_one(Payin, payin_id)
    charge = None
    if known.charging_session_id is not None:
        charge = await lock_charge(db=db, charging_session_id=known.charging_session_id)
    query = select(Payin).where(Payin.id == payin_id).with_for_update()
    payin = (await db.exec(query.execution_options(populate_existing=True))).one()
    return Locked(db, ports, now, payin, charge)


async def believe(locked: Locked, snapshot: PayinSnapshot) -> None:
    """Store what the processor shows of a payment, and book the money that came."""
    payin = locked.payin
    if payin.payment_intent_id not in (None, snapshot.payment_intent_id):
        await _second(locked, snapshot)
        return
    payin.payment_intent_id = snapshot.payment_intent_id
    payin.client_secret = snapshot.client_secret or payin.client_secret
    payin.looked_at = locked.now
    if snapshot.status is ProcessorStatus.CAPTURED:
        await _received(locked, snapshot)
    elif payin.status in OPEN:
        _follow(locked, snapshot)
    locked.db.add(payin)


def give_up(locked: Locked, status: PayinStatus, code: str | None = None) -> None:
    """End a payment without money; one whose money came stays as it is."""
    payin = locked.payin
    if payin.status not in OPEN:
        return
    payin.status, payin.finished_at = status, locked.now
    payin.decline_code = code or payin.decline_code
    locked.db.add(payin)


def _follow(locked: Locked, snapshot: PayinSnapshot) -> None:
    """Take over where a payment stands that has brought no money yet."""
    payin = locked.payin
    payin.decline_code = snapshot.decline_code or payin.decline_code
    if snapshot.status in _OVER:
        give_up(locked, PayinStatus.CANCELED)
    elif snapshot.status not in _ACTION:
        payin.status = PayinStatus.PROCESSING
    elif _said_no(payin, snapshot):
        give_up(locked, PayinStatus.DECLINED)
    else:
        payin.status = PayinStatus.ACTION_REQUIRED


def _said_no(payin: Payin, snapshot: PayinSnapshot) -> bool:
    """Say whether the saved card was declined outright: nobody was asked to confirm anything on it."""
    back = snapshot.status is ProcessorStatus.NEEDS_PAYMENT_METHOD
    return back and payin.method == PayinMethod.CARD and payin.status == PayinStatus.PENDING


async def _received(locked: Locked, snapshot: PayinSnapshot) -> None:
    """Count money that came, once, and its fee as soon as it is told."""
    db, payin, received = locked.db, locked.payin, snapshot.received
    if payin.status != PayinStatus.SUCCEEDED:
        payin.status, payin.finished_at = PayinStatus.SUCCEEDED, locked.now
        payin.received_minor, payin.decline_code = received.minor, None
        db.add(payin)
        await db.flush()
        await _count(locked, received)
        if received.minor != payin.amount_minor:
            await _tell_finance(locked, "payment_differs", payin.id, received)
    if snapshot.fee is not None and payin.fee_minor is None:
        payin.fee_minor = snapshot.fee.minor
        await _book(locked, JournalKind.PROCESSOR_FEE, ("payin", payin.id), processor_fee(snapshot.fee))


async def _count(locked: Locked, received: Money) -> None:
    """Let the money do what it was paid for."""
    db, ports, now, payin, charge = locked.db, locked.ports, locked.now, locked.payin, locked.charge
    if payin.purpose == PayinPurpose.TOP_UP or charge is None:
        cause = ("payin", payin.id)
        await credit_top_up(db=db, ports=ports, now=now, payin=payin, received=received, cause=cause)
        return
    await book_payment(db=db, ports=ports, now=now, charge=charge, payin=payin, received=received)
    await tell_afterwards(db=db, ports=ports, now=now, charge=charge)


async def _second(locked: Locked, snapshot: PayinSnapshot) -> None:
    """Keep the money of a second intent for one payment apart: it is the driver's, and a person sends it back."""
    if snapshot.status is not ProcessorStatus.CAPTURED:
        return
    cause = ("payment_intent", snapshot.payment_intent_id)
    await _book(locked, JournalKind.SUSPENDED, cause, suspended(snapshot.received))
    if snapshot.fee is not None:
        await _book(locked, JournalKind.PROCESSOR_FEE, cause, processor_fee(snapshot.fee))
    await _tell_finance(locked, "second_payment_at_processor", snapshot.payment_intent_id, snapshot.received)


async def _book(locked: Locked, kind: JournalKind, cause: tuple[str, str], postings: tuple[Posting, ...]) -> None:
    await book(
        db=locked.db,
        ports=locked.ports,
        now=locked.now,
        kind=kind,
        cause=cause,
        postings=postings,
        charging_session_id=locked.payin.charging_session_id,
    )


async def _tell_finance(locked: Locked, reason: str, subject: str, amount: Money) -> None:
    await open_finding(
        db=locked.db,
        ports=locked.ports,
        now=locked.now,
        reason=reason,
        subject=subject,
        charging_session_id=locked.payin.charging_session_id,
        amount=amount,
        detail={"payin": locked.payin.id},
    )
