"""Moving money in three steps: plan (on disk already), perform (one call), record (store, book, advance).

``run_operation`` is what the money jobs and the sweeper call; running it twice at once is harmless, because both use
the operation's key and the record step believes only what it finds under the charge's lock. Does not live here: looking
at a hold without wanting anything of it (``look.py``).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging import facts as fact
from api.domain.charging.facts import Fact
from api.domain.charging.lifecycle import wants_hold
from api.domain.charging.state import NO_CHARGE, HoldStatus
from api.domain.finance.hold_totals import HoldEventKind
from api.domain.finance.payer import Psp
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.payment import HoldRow, PaymentOperation
from api.ports import Ports
from api.ports.payments import HoldSnapshot, ProcessorStatus
from api.services.charging.advance import announce, apply_facts
from api.services.charging.bill import tax_of_charge
from api.services.charging.locks import lock_hold
from api.services.charging.stored_state import state_of
from api.services.payments.converge import converge_hold
from api.services.payments.operations import (
    UNFINISHED,
    OperationKind,
    OperationState,
    finish_operation,
    note_event,
    plan_operation,
    take_operation,
    unfinished_operation,
)
from api.services.payments.perform import (
    Answered,
    Declined,
    Outcome,
    RefusedForGood,
    Unknown,
    look_for_unwanted,
    perform_operation,
)
from api.services.wallet.keep import Promise, keep_promise
from api.services.work import Work

_UNDER_WAY = frozenset({ProcessorStatus.PROCESSING, ProcessorStatus.OTHER})
"""The processor has not decided: asking again under a fresh key might move the money twice."""
_CHECKPOINT = {kind: kind.value for kind in OperationKind} | {OperationKind.PLACE: "hold"}


@dataclass(frozen=True, slots=True)
class Inside:
    """No processor is asked: our own books keep the promise of this hold, in the recording step."""


async def run_operation(*, work: Work, ports: Ports, operation_id: str) -> None:
    """Perform one planned operation and record what came of it; a finished one is left alone."""
    async with work() as db:
        if await _given_up(db, ports, ports.clock.now(), operation_id):
            return
        unwanted_since = await _sent_and_unwanted(db, operation_id)
        taken = await _take(db, ports.clock.now(), operation_id)
    if taken is None:
        return
    operation, hold = taken
    point = _CHECKPOINT[OperationKind(operation.kind)]
    ports.checkpoints.reach(f"{point}.planned")
    outside = hold.psp == Psp.STRIPE
    outcome: Outcome | Inside = Inside()
    if unwanted_since is not None:
        outcome = await look_for_unwanted(ports=ports, hold=hold, sent_at=unwanted_since)
    elif outside:
        outcome = await perform_operation(ports=ports, operation=operation, hold=hold)
    ports.checkpoints.reach(f"{point}.performed")
    async with work() as db:
        await _record(db, ports, ports.clock.now(), operation_id, outcome)
    ports.checkpoints.reach(f"{point}.recorded")


async def _given_up(db: AsyncSession, ports: Ports, now: datetime, operation_id: str) -> bool:
    """Close a placement that was never sent and that nobody waits for any more: no bank need hear of it."""
    operation = await db.get(PaymentOperation, operation_id)
    if operation is None or operation.kind != OperationKind.PLACE or operation.state != OperationState.PENDING:
        return False
    charge, hold = await lock_hold(db=db, hold_id=str(operation.hold_id))
    await db.refresh(operation, with_for_update=True)
    if operation.state != OperationState.PENDING or charge.status not in NO_CHARGE:
        return False
    if operation.replaces_id is not None:
        return False  # the one that it replaces was sent, and may have arrived
    finish_operation(db, now, operation, OperationState.FAILED, code="not_wanted")
    await note_event(db=db, now=now, hold=hold, kind=HoldEventKind.RELEASE_SUCCEEDED)
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[fact.HoldReleased()])
    return True


async def _sent_and_unwanted(db: AsyncSession, operation_id: str) -> datetime | None:
    """Return when a placement that nobody waits for any more was last sent; None for every other operation.

    Sending it again would show the driver an authorization for a start that was refused long ago.
    """
    operation = await db.get(PaymentOperation, operation_id)
    if operation is None or operation.kind != OperationKind.PLACE or operation.state not in UNFINISHED:
        return None
    charge = await db.get_one(ChargingSession, operation.charging_session_id)
    return operation.sent_at if charge.status in NO_CHARGE else None


async def _take(db: AsyncSession, now: datetime, operation_id: str) -> tuple[PaymentOperation, HoldRow] | None:
    """Mark an unfinished operation as sent and return it with its hold."""
    operation = await take_operation(db=db, now=now, operation_id=operation_id)
    return None if operation is None else (operation, await db.get_one(HoldRow, operation.hold_id))


async def _record(db: AsyncSession, ports: Ports, now: datetime, operation_id: str, outcome: Outcome | Inside) -> None:
    """Store an outcome under the charge's lock and advance the charge."""
    operation = await db.get_one(PaymentOperation, operation_id, populate_existing=True)
    charge, hold = await lock_hold(db=db, hold_id=str(operation.hold_id))
    await db.refresh(operation)
    if operation.state not in UNFINISHED:
        return
    recorder = _Recorder(db, ports, now, charge, hold, operation)
    before, facts = charge.version, await recorder.record(outcome)
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=facts)
    if operation.kind == OperationKind.EXTEND and charge.version == before:
        await announce(db=db, charge=charge, now=now)  # the driver waits to hear whether the hold was raised


class _Recorder:
    """Stores one outcome of one operation and tells the facts that follow."""

    def __init__(
        self,
        db: AsyncSession,
        ports: Ports,
        now: datetime,
        charge: ChargingSession,
        hold: HoldRow,
        operation: PaymentOperation,
    ) -> None:
        """Keep what every step needs; ``charge`` and ``hold`` are locked."""
        self.db, self.ports, self.now = db, ports, now
        self.charge, self.hold, self.operation = charge, hold, operation

    async def record(self, outcome: Outcome | Inside) -> list[Fact]:
        """Dispatch on what came of the call."""
        if isinstance(outcome, Inside):
            return [await self._inside()]
        if isinstance(outcome, Answered):
            return await self._answered(outcome)
        if isinstance(outcome, Declined):
            return await self._declined(outcome)
        if isinstance(outcome, RefusedForGood):
            return await self._refused(outcome)
        return self._unknown(outcome)

    async def _inside(self) -> Fact:
        """Let our own books do it: what they say is final."""
        amount = Money(self.operation.amount_minor or 0, self.hold.currency)
        promise = Promise(self.db, self.ports, self.now, self.hold, amount, tax_of_charge(self.charge))
        kept = await keep_promise(promise, OperationKind(self.operation.kind))
        if kept.declined is None:
            self._finish(OperationState.DONE, by=self.hold.psp)
        else:
            self._finish(OperationState.FAILED, code=kept.declined)
        return kept.fact

    def _finish(self, state: OperationState, **outcome: object) -> None:
        """Close the operation."""
        finish_operation(self.db, self.now, self.operation, state, **outcome)

    async def _answered(self, outcome: Answered) -> list[Fact]:
        """Believe the snapshot; without one there is nothing at the processor."""
        snapshot = outcome.snapshot
        if snapshot is None:
            return await self._nothing_there()
        if self.operation.kind == OperationKind.PLACE and snapshot.status is ProcessorStatus.NEEDS_PAYMENT_METHOD:
            return await self._declined(Declined(snapshot.decline_code or "declined", snapshot.payment_intent_id))
        facts = await converge_hold(
            db=self.db,
            ports=self.ports,
            now=self.now,
            hold=self.hold,
            snapshot=snapshot,
            source="sweep" if outcome.new_key else "api",
            tax_of=tax_of_charge(self.charge),
        )
        if self._reached(snapshot):
            self._finish(OperationState.DONE, status=snapshot.status, request_id=snapshot.request_id)
        elif outcome.new_key and snapshot.status not in _UNDER_WAY:
            await self._start_over()
        else:
            facts += self._unknown(Unknown())
        return facts

    def _reached(self, snapshot: HoldSnapshot) -> bool:
        """Say whether the processor shows what this operation wanted, or that it came too late for it."""
        status = snapshot.status
        ended = {ProcessorStatus.CAPTURED, ProcessorStatus.CANCELED, ProcessorStatus.EXPIRED}
        if self.operation.kind == OperationKind.PLACE:
            return status in ended | {ProcessorStatus.HELD, ProcessorStatus.NEEDS_ACTION}
        if self.operation.kind == OperationKind.EXTEND and status is ProcessorStatus.HELD:
            return snapshot.capturable.minor >= (self.operation.amount_minor or 0)
        return status in ended

    async def _nothing_there(self) -> list[Fact]:
        """Handle an operation whose hold does not exist at the processor.

        Nobody waits long for one to be placed, but for a charge that a pass began: that one costs money already.
        """
        placing = self.operation.kind == OperationKind.PLACE
        if placing and wants_hold(state_of(self.charge)):
            await self._start_over()
            return []
        if self.operation.kind == OperationKind.EXTEND:
            self._finish(OperationState.FAILED, code="never_existed")
            return []
        if not placing and await unfinished_operation(db=self.db, hold_id=self.hold.id, kind=OperationKind.PLACE):
            return self._unknown(Unknown())  # the placement may still arrive: release it when it is known
        await note_event(db=self.db, now=self.now, hold=self.hold, kind=HoldEventKind.RELEASE_SUCCEEDED)
        self._finish(OperationState.DONE, status="never_existed")
        return [fact.HoldReleased()]

    async def _start_over(self) -> None:
        """Replace an operation whose key can never succeed by a linked one with a fresh key, if it is still wanted."""
        self._finish(OperationState.FAILED, code="key_worn_out")
        if self.operation.kind == OperationKind.EXTEND and self.charge.hold_status != HoldStatus.PLACED:
            return
        await self.db.flush()
        amount = self.operation.amount_minor
        await plan_operation(
            db=self.db,
            ports=self.ports,
            now=self.now,
            hold=self.hold,
            kind=OperationKind(self.operation.kind),
            amount=Money(amount, self.hold.currency) if amount is not None else None,
            reason=self.operation.reason,
            replaces_id=self.operation.id,
        )

    async def _declined(self, outcome: Declined) -> list[Fact]:
        """Note that the bank said no: there is no hold, or it stays as it is where more was asked for."""
        extending = self.operation.kind == OperationKind.EXTEND
        kind = HoldEventKind.EXTEND_FAILED if extending else HoldEventKind.PLACE_FAILED
        self.hold.payment_intent_id = outcome.payment_intent_id or self.hold.payment_intent_id
        await note_event(db=self.db, now=self.now, hold=self.hold, kind=kind, detail={"code": outcome.code})
        self._finish(OperationState.FAILED, code=outcome.code)
        return [] if extending else [fact.HoldDeclined(outcome.code)]

    async def _refused(self, outcome: RefusedForGood) -> list[Fact]:
        """Take what the processor shows instead of what we asked for; only then call it failed."""
        facts: list[Fact] = []
        if outcome.snapshot is not None:
            facts = await converge_hold(
                db=self.db,
                ports=self.ports,
                now=self.now,
                hold=self.hold,
                snapshot=outcome.snapshot,
                source="api",
                tax_of=tax_of_charge(self.charge),
            )
        self._finish(OperationState.FAILED, code=outcome.code, request_id=outcome.request_id)
        if outcome.snapshot is not None and self._reached(outcome.snapshot):
            return facts
        failures: dict[OperationKind, tuple[HoldEventKind, Fact | None]] = {
            OperationKind.PLACE: (HoldEventKind.PLACE_FAILED, fact.HoldDeclined(outcome.code)),
            OperationKind.EXTEND: (HoldEventKind.EXTEND_FAILED, None),  # the hold stands as it did
            OperationKind.CAPTURE: (HoldEventKind.CAPTURE_FAILED, fact.CaptureFailed(outcome.code)),
            OperationKind.RELEASE: (HoldEventKind.RELEASE_FAILED, fact.ReleaseFailed(outcome.code)),
        }
        kind, failure = failures[OperationKind(self.operation.kind)]
        await note_event(
            db=self.db,
            now=self.now,
            hold=self.hold,
            kind=kind,
            psp_reference=outcome.request_id,
            detail={"code": outcome.code},
        )
        return facts if failure is None else [*facts, failure]

    def _unknown(self, _outcome: Unknown) -> list[Fact]:
        """Leave the operation to the sweeper; a placement's uncertainty is a fact of the charge."""
        finish_operation(self.db, self.now, self.operation, OperationState.UNKNOWN)
        return [fact.HoldOutcomeUnknown()] if self.operation.kind == OperationKind.PLACE else []
