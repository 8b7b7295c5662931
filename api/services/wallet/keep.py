"""Holds whose promise our own books keep: a charge reserves of a wallet, takes of it, or gives the reservation up.

A fleet only answers for its drivers and gets an invoice. No network takes part, so this runs inside the recording step
of the operation, under the charge's lock, and works while the processor is away (payments.md 4.30). The facts are those
of a card's hold; there is no last moment for a capture.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging import facts as fact
from api.domain.charging.state import HoldStatus
from api.domain.finance.accounts import JournalKind
from api.domain.finance.hold_totals import HoldEventKind
from api.domain.finance.ledger import Posting, fleet_charged, prepaid_reserved, prepaid_spent
from api.domain.finance.payer import Psp
from api.domain.finance.wallet import why_not
from api.domain.money import Money
from api.models.finance import FleetMember
from api.models.payment import HoldRow
from api.ports import Ports
from api.services.payments.converge import TaxOf
from api.services.payments.ledger import book
from api.services.payments.operations import OperationKind, note_event
from api.services.wallet.account import lock_wallet, note_movement, standing_of


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of an operation: the fact for the lifecycle, and why it was declined if it was."""

    fact: fact.Fact
    declined: str | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """One operation on one hold of our own; charge and hold are locked."""

    db: AsyncSession
    ports: Ports
    now: datetime
    hold: HoldRow
    amount: Money
    """What is placed or captured; of a release it does not matter."""
    tax_of: TaxOf

    async def note(self, kind: HoldEventKind, amount: Money | None = None, **detail: object) -> None:
        """Append to the hold's history."""
        minor = amount.minor if amount else None
        await note_event(
            db=self.db, now=self.now, hold=self.hold, kind=kind, amount_minor=minor, source=self.hold.psp, detail=detail
        )

    async def book(self, kind: JournalKind, postings: tuple[Posting, ...]) -> None:
        """Book one journal whose cause is the hold."""
        await book(
            db=self.db,
            ports=self.ports,
            now=self.now,
            kind=kind,
            cause=("hold", self.hold.id),
            postings=postings,
            charging_session_id=self.hold.charging_session_id,
        )

    async def decline(self, code: str) -> Kept:
        """Note that there is not enough to keep the promise with."""
        await self.note(HoldEventKind.PLACE_FAILED, code=code)
        return Kept(fact.HoldDeclined(code), code)


async def keep_promise(promise: Promise, kind: OperationKind) -> Kept:
    """Place, capture or release a hold of our own."""
    return await _HOW[Psp(promise.hold.psp), kind](promise)


async def _reserve(promise: Promise) -> Kept:
    """Reserve exactly what was agreed to, if the wallet may start and has it: races end here (payments.md 4.28)."""
    hold, db, amount = promise.hold, promise.db, promise.amount
    wallet = await lock_wallet(db=db, now=promise.now, driver_id=hold.driver_id, currency=hold.currency)
    await _free_given_up(promise)
    standing = await standing_of(db=db, driver_id=hold.driver_id, currency=hold.currency)
    minimum = promise.ports.policy.wallet.minimum_of(hold.currency)
    code = why_not(standing, max(minimum, amount), blocked=wallet.blocked)
    if code is not None:
        return await promise.decline(code)
    await promise.note(HoldEventKind.PLACE_SUCCEEDED, amount)
    await promise.book(JournalKind.PREPAID_RESERVED, prepaid_reserved(hold.driver_id, amount))
    await note_movement(db=db, ports=promise.ports, now=promise.now, wallet=wallet)
    return Kept(fact.HoldPlaced(amount, None))


async def _free_given_up(promise: Promise) -> None:
    """Free what holds of this wallet reserve whose release is ordered: their own jobs may come after this one's."""
    hold, db = promise.hold, promise.db
    given_up = select(HoldRow).where(
        HoldRow.driver_id == hold.driver_id,
        HoldRow.currency == hold.currency,
        HoldRow.psp == Psp.WALLET,
        HoldRow.status == HoldStatus.RELEASING,
    )
    for other in await db.exec(given_up):
        await _unreserve(replace(promise, hold=other))


async def _spend(promise: Promise) -> Kept:
    """Take what the bill asks for and give up the whole reservation."""
    hold, taken = promise.hold, promise.amount
    wallet = await lock_wallet(db=promise.db, now=promise.now, driver_id=hold.driver_id, currency=hold.currency)
    await promise.note(HoldEventKind.CAPTURE_SUCCEEDED, taken)
    await _unreserve(promise)
    spent = prepaid_spent(hold.driver_id, taken, promise.tax_of(taken))
    await promise.book(JournalKind.PREPAID_SPENT, spent)
    await note_movement(db=promise.db, ports=promise.ports, now=promise.now, wallet=wallet)
    return Kept(fact.HoldCaptured(taken))


async def _give_up(promise: Promise) -> Kept:
    """Let the driver have the whole reservation again."""
    hold = promise.hold
    wallet = await lock_wallet(db=promise.db, now=promise.now, driver_id=hold.driver_id, currency=hold.currency)
    await promise.note(HoldEventKind.RELEASE_SUCCEEDED, Money(hold.authorized_minor, hold.currency))
    await _unreserve(promise)
    await note_movement(db=promise.db, ports=promise.ports, now=promise.now, wallet=wallet)
    return Kept(fact.HoldReleased())


async def _unreserve(promise: Promise) -> None:
    reserved = Money(promise.hold.authorized_minor, promise.hold.currency)
    await promise.book(JournalKind.PREPAID_UNRESERVED, prepaid_reserved(promise.hold.driver_id, -reserved))


async def _answer_for(promise: Promise) -> Kept:
    """Let a fleet answer for a driver who is still its member; nothing is reserved, it gets an invoice."""
    member = await promise.db.get(FleetMember, promise.hold.driver_id)
    if member is None or member.fleet_account_id != promise.hold.payer_id:
        return await promise.decline("not_a_fleet_member")
    await promise.note(HoldEventKind.PLACE_SUCCEEDED, promise.amount)
    return Kept(fact.HoldPlaced(promise.amount, None))


async def _owe(promise: Promise) -> Kept:
    """Book what the bill asks for as owed by the fleet."""
    taken = promise.amount
    await promise.note(HoldEventKind.CAPTURE_SUCCEEDED, taken)
    owed = fleet_charged(promise.hold.payer_id or "", taken, promise.tax_of(taken))
    await promise.book(JournalKind.HOLD_CAPTURED, owed)
    return Kept(fact.HoldCaptured(taken))


async def _let_go(promise: Promise) -> Kept:
    """A fleet promised, and nothing came of it."""
    await promise.note(HoldEventKind.RELEASE_SUCCEEDED, Money(promise.hold.authorized_minor, promise.hold.currency))
    return Kept(fact.HoldReleased())


_HOW: dict[tuple[Psp, OperationKind], Callable[[Promise], Awaitable[Kept]]] = {
    (Psp.WALLET, OperationKind.PLACE): _reserve,
    (Psp.WALLET, OperationKind.CAPTURE): _spend,
    (Psp.WALLET, OperationKind.RELEASE): _give_up,
    (Psp.FLEET, OperationKind.PLACE): _answer_for,
    (Psp.FLEET, OperationKind.CAPTURE): _owe,
    (Psp.FLEET, OperationKind.RELEASE): _let_go,
}
