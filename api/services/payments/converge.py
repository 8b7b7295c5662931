"""Believing the processor: whatever path a hold's present state comes in by, it is stored once and booked once.

An answer to our call, a webhook and a sweep all end in ``converge_hold``: it compares the snapshot with the stored
history, appends what is new, books it, and returns the facts for the lifecycle. The caller holds the charge's lock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging import facts as fact
from api.domain.charging.state import HoldStatus
from api.domain.finance.accounts import JournalKind
from api.domain.finance.hold_totals import HoldEventKind as Kind
from api.domain.finance.ledger import hold_captured, hold_ended, hold_placed
from api.domain.money import Money
from api.models.payment import HoldEvent, HoldRow
from api.ports import Ports
from api.ports.payments import HoldSnapshot, ProcessorStatus
from api.services.payments.fees import book_fee_of_hold
from api.services.payments.ledger import book
from api.services.payments.operations import note_event

TaxOf = Callable[[Money], Money | None]
"""Tells the tax inside captured money, or None while the bill is not known."""

_ENDED = frozenset({HoldStatus.CAPTURED, HoldStatus.RELEASED, HoldStatus.EXPIRED})
_AFTER_HELD = frozenset({ProcessorStatus.CAPTURED, ProcessorStatus.CANCELED, ProcessorStatus.EXPIRED})
_LET_GO = frozenset({Kind.RELEASE_REQUESTED, Kind.RELEASE_SUCCEEDED, Kind.EXPIRED})


@dataclass(frozen=True, slots=True)
class _Step:
    """What all steps of one convergence share."""

    db: AsyncSession
    ports: Ports
    now: datetime
    hold: HoldRow
    snapshot: HoldSnapshot
    source: str
    reference: str | None

    async def note(self, kind: Kind, amount: Money | None = None, **detail: object) -> None:
        """Append one event to the hold's history."""
        await note_event(
            db=self.db,
            now=self.now,
            hold=self.hold,
            kind=kind,
            amount_minor=amount.minor if amount else None,
            source=self.source,
            psp_reference=self.reference or self.snapshot.request_id,
            detail=detail,
        )

    async def book(self, kind: JournalKind, postings: tuple[object, ...], *, step: str = "") -> None:
        """Book one journal whose cause is the hold, or one ``step`` of it that may come several times."""
        await book(
            db=self.db,
            ports=self.ports,
            now=self.now,
            kind=kind,
            cause=("hold", self.hold.id + step),
            postings=postings,  # type: ignore[arg-type]  # narrowed by the callers below
            charging_session_id=self.hold.charging_session_id,
        )


async def converge_hold(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    hold: HoldRow,
    snapshot: HoldSnapshot,
    source: str,
    tax_of: TaxOf,
    reference: str | None = None,
) -> list[fact.Fact]:
    """Store what ``snapshot`` shows beyond what is known, book it, and return the facts that follow."""
    moved = _adopt(hold, snapshot)
    known = {row.kind for row in await db.exec(select(HoldEvent).where(HoldEvent.hold_id == hold.id))}
    step = _Step(db, ports, now, hold, snapshot, source, reference)
    found: list[fact.Fact] = []
    if snapshot.status is ProcessorStatus.NEEDS_ACTION and Kind.ACTION_REQUIRED not in known:
        await step.note(Kind.ACTION_REQUIRED)
        found.append(fact.HoldNeedsAction())
    if snapshot.status is ProcessorStatus.NEEDS_PAYMENT_METHOD:
        found += await _failed_at_bank(step, known)
    if snapshot.status in {ProcessorStatus.HELD, ProcessorStatus.CAPTURED, ProcessorStatus.EXPIRED}:
        found += await _placed(step, known)
    if snapshot.status in {ProcessorStatus.HELD, *_AFTER_HELD}:  # a raise nobody told us of shows at the end, too
        found += await _extended(step, known)
    if moved and Kind.PLACE_SUCCEEDED in known and hold.capture_before is not None:
        found.append(fact.CaptureWindowMoved(hold.capture_before))
    if snapshot.status is ProcessorStatus.CAPTURED:
        found += await _captured(step, known, tax_of)
    if snapshot.status in {ProcessorStatus.CANCELED, ProcessorStatus.EXPIRED}:
        found += await _ended(step, known)
    await _book_end(step)
    return found


def _adopt(hold: HoldRow, snapshot: HoldSnapshot) -> bool:
    """Copy what the processor knows of the hold: its id, card, what can be done with it and its last moment.

    Say whether that last moment, until which it can be captured, is another than the one known before.
    """
    hold.payment_intent_id = snapshot.payment_intent_id
    hold.client_secret = snapshot.client_secret or hold.client_secret
    hold.card_brand = snapshot.card_brand or hold.card_brand
    hold.card_last4 = snapshot.card_last4 or hold.card_last4
    hold.extended_authorization = snapshot.extended_authorization or hold.extended_authorization
    hold.incremental_authorization = snapshot.incremental_authorization or hold.incremental_authorization
    if snapshot.capturable_at_most is not None:
        hold.capturable_at_most_minor = snapshot.capturable_at_most.minor
    known, hold.capture_before = hold.capture_before, snapshot.capture_before or hold.capture_before
    return hold.capture_before != known


async def _placed(step: _Step, known: set[str]) -> list[fact.Fact]:
    """Note and book a hold that stands, or stood before it ended."""
    if Kind.PLACE_SUCCEEDED in known:
        return []
    held = step.snapshot.status is ProcessorStatus.HELD
    amount = step.snapshot.capturable if held else step.snapshot.amount  # what can be taken is what counts
    await step.note(Kind.PLACE_SUCCEEDED, amount)
    await step.book(JournalKind.HOLD_PLACED, hold_placed(amount))
    return [fact.HoldPlaced(amount, step.hold.capture_before)]


async def _extended(step: _Step, known: set[str]) -> list[fact.Fact]:
    """Note and book a hold that stands, or stood before it ended, at more than it was placed with."""
    held = step.snapshot.status is ProcessorStatus.HELD
    amount = step.snapshot.capturable if held else step.snapshot.amount
    raised = amount.minor - step.hold.authorized_minor
    if Kind.PLACE_SUCCEEDED not in known or raised <= 0:
        return []
    if Kind.EXTEND_REQUESTED in known:  # what somebody raised in the dashboard, the driver did not agree to
        step.hold.amount_minor = amount.minor
    await step.note(Kind.EXTEND_SUCCEEDED, amount)
    postings = hold_placed(Money(raised, amount.currency))
    await step.book(JournalKind.HOLD_EXTENDED, postings, step=f":{amount.minor}")
    return [fact.HoldExtended(amount)]


async def _captured(step: _Step, known: set[str], tax_of: TaxOf) -> list[fact.Fact]:
    """Note and book captured money, and its fee once the processor tells it."""
    found: list[fact.Fact] = []
    captured = step.snapshot.captured
    if Kind.CAPTURE_SUCCEEDED not in known:
        await step.note(Kind.CAPTURE_SUCCEEDED, captured)
        await step.book(JournalKind.HOLD_CAPTURED, hold_captured(captured, tax_of(captured)))
        found.append(fact.HoldCaptured(captured))
    if step.snapshot.fee is not None:
        await book_fee_of_hold(db=step.db, ports=step.ports, now=step.now, hold=step.hold, fee=step.snapshot.fee)
    return found


async def _failed_at_bank(step: _Step, known: set[str]) -> list[fact.Fact]:
    """Note that the driver did not pass 3-D Secure: the intent is back at its start and holds nothing."""
    if Kind.ACTION_REQUIRED not in known or known & {Kind.PLACE_SUCCEEDED, Kind.PLACE_FAILED, *_LET_GO}:
        return []
    code = step.snapshot.decline_code or "authentication_failed"
    await step.note(Kind.PLACE_FAILED, code=code)
    return [fact.HoldDeclined(code)]


async def _ended(step: _Step, known: set[str]) -> list[fact.Fact]:
    """Note a hold that ended with nothing taken; the closing of an intent that was declined is no news."""
    expired = step.snapshot.status is ProcessorStatus.EXPIRED
    declined = Kind.PLACE_FAILED in known and not known & {Kind.PLACE_SUCCEEDED, *_LET_GO}
    if declined or known & {Kind.EXPIRED, Kind.RELEASE_SUCCEEDED}:
        return []
    await step.note(Kind.EXPIRED if expired else Kind.RELEASE_SUCCEEDED, step.snapshot.amount)
    return [fact.HoldExpired() if expired else fact.HoldReleased()]


async def _book_end(step: _Step) -> None:
    """Reverse the promise of a hold that ended, also when news of its beginning came after those of its end."""
    if step.hold.status in _ENDED and step.hold.authorized_minor:
        placed = Money(step.hold.authorized_minor, step.hold.currency)
        await step.book(JournalKind.HOLD_ENDED, hold_ended(placed))
