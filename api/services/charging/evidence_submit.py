"""Handing evidence to the bank, once: plan (on disk), perform (one call), record (what the dispute shows then)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.models.afterwards import DisputeRow, EvidencePack
from api.models.payment import PaymentOperation
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.ports.settlement import DisputeSnapshot, DisputeStatus
from api.services.calls import key_worn_out
from api.services.charging.advance import lock_charge
from api.services.charging.approvals import named, note_action
from api.services.charging.disputes import converge_dispute, dispute_by_id
from api.services.charging.evidence import newest_pack
from api.services.charging.findings import close_findings, open_finding
from api.services.payments.operations import (
    UNFINISHED,
    OperationKind,
    OperationState,
    finish_operation,
    plan_call,
    take_operation,
)
from api.services.work import Work

_ANSWERABLE = (DisputeStatus.INQUIRY, DisputeStatus.NEEDS_RESPONSE)


class NothingAssembled(Conflict):
    """There is no evidence pack yet."""


class NotAnswerable(Conflict):
    """The dispute is over, or evidence was handed in already, which is possible once. Fact: ``status``."""


async def submit_evidence(
    *, db: AsyncSession, ports: Ports, now: datetime, dispute_id: str, by: str
) -> PaymentOperation:
    """Plan handing the newest pack of a dispute to the bank; one that is under way is returned as it is.

    Raises UnknownDispute, NothingAssembled, NotAnswerable, PersonUnnamed.
    """
    person = named(by)
    found = await dispute_by_id(db=db, dispute_id=dispute_id)
    if found.charging_session_id is None:
        raise NothingAssembled("nothing_assembled", dispute_id=found.id)
    charge = await lock_charge(db=db, charging_session_id=found.charging_session_id)
    dispute = await db.get_one(DisputeRow, found.id, populate_existing=True)
    under_way = await _under_way(db, dispute)
    if under_way is not None:
        return under_way
    if dispute.status not in _ANSWERABLE or dispute.evidence_submitted:
        raise NotAnswerable("dispute_not_answerable", status=dispute.status, submitted=dispute.evidence_submitted)
    pack = await newest_pack(db=db, dispute_id=dispute.id)
    if pack is None:
        raise NothingAssembled("nothing_assembled", dispute_id=dispute.id)
    await note_action(
        db=db,
        now=now,
        by=person,
        action="evidence_submitted",
        subject_id=dispute.id,
        charging_session_id=charge.id,
        reason="dispute",
        after={"evidence_pack_id": pack.id, "sha256": pack.sha256},
    )
    kind = OperationKind.SUBMIT_EVIDENCE
    return await plan_call(db=db, ports=ports, now=now, kind=kind, charging_session_id=charge.id, subject_id=pack.id)


async def _under_way(db: AsyncSession, dispute: DisputeRow) -> PaymentOperation | None:
    """Return the unfinished submission of any pack of a dispute."""
    packs = select(EvidencePack.id).where(EvidencePack.dispute_id == dispute.id)
    query = select(PaymentOperation).where(
        PaymentOperation.kind == OperationKind.SUBMIT_EVIDENCE,
        col(PaymentOperation.subject_id).in_(packs),
        col(PaymentOperation.state).in_(UNFINISHED),
    )
    return (await db.exec(query)).first()


@dataclass(frozen=True, slots=True)
class _Refused:
    """The processor took it not, for good."""

    code: str


class _Again(Enum):
    """Nothing was handed in."""

    SAME_KEY = auto()
    """We do not know: the sweep asks again."""
    NEW_KEY = auto()
    """The key is worn out and nothing was handed in under it."""


_Outcome = DisputeSnapshot | _Refused | _Again


async def run_submission(*, work: Work, ports: Ports, operation_id: str) -> None:
    """Hand in the evidence that an operation names and record what the dispute shows; a finished one is left alone."""
    async with work() as db:
        operation = await take_operation(db=db, now=ports.clock.now(), operation_id=operation_id)
        if operation is None:
            return
        pack = await db.get_one(EvidencePack, operation.subject_id)
        dispute = await db.get_one(DisputeRow, pack.dispute_id)
    ports.checkpoints.reach("evidence.planned")
    outcome = await _perform(ports, operation, dispute.processor_dispute_id, pack.texts)
    ports.checkpoints.reach("evidence.performed")
    async with work() as db:
        await _record(db, ports, ports.clock.now(), operation_id, outcome)
    ports.checkpoints.reach("evidence.recorded")


async def _perform(ports: Ports, operation: PaymentOperation, dispute_id: str, texts: dict[str, str]) -> _Outcome:
    """Hand in the texts; with a key that may be worn out, only see whether they were handed in."""
    try:
        if key_worn_out(operation, ports.clock.now()):
            seen = await ports.settlement.fetch_dispute(dispute_id)
            done = seen.evidence_submitted or seen.status not in _ANSWERABLE
            return seen if done else _Again.NEW_KEY
        return await ports.settlement.submit_evidence(dispute_id, texts, final=True, idempotency_key=operation.id)
    except OutcomeUnknown:
        return _Again.SAME_KEY
    except ProcessorRefused as refused:
        return _Refused(refused.processor_code)


async def _record(db: AsyncSession, ports: Ports, now: datetime, operation_id: str, outcome: _Outcome) -> None:
    """Store what came of it under the charge's lock; a refusal is for a person, in time before evidence is due."""
    operation = await db.get_one(PaymentOperation, operation_id, populate_existing=True)
    charge = await lock_charge(db=db, charging_session_id=operation.charging_session_id)
    await db.refresh(operation)
    if operation.state not in UNFINISHED:
        return
    pack = await db.get_one(EvidencePack, operation.subject_id)
    if isinstance(outcome, DisputeSnapshot):
        finish_operation(db, now, operation, OperationState.DONE, status=outcome.status, request_id=outcome.request_id)
        await close_findings(db=db, now=now, reasons=("evidence_refused",), subject=pack.dispute_id)
        await converge_dispute(db=db, ports=ports, now=now, charge=charge, snapshot=outcome, source="api")
    elif isinstance(outcome, _Refused):
        finish_operation(db, now, operation, OperationState.FAILED, code=outcome.code)
        await open_finding(
            db=db,
            ports=ports,
            now=now,
            reason="evidence_refused",
            subject=pack.dispute_id,
            charging_session_id=charge.id,
            detail={"code": outcome.code, "evidence_pack_id": pack.id},
        )
    elif outcome is _Again.NEW_KEY:
        await _start_over(db, ports, now, operation)
    else:
        finish_operation(db, now, operation, OperationState.UNKNOWN)


async def _start_over(db: AsyncSession, ports: Ports, now: datetime, operation: PaymentOperation) -> None:
    """Replace an operation whose key is worn out by a linked one with a fresh key."""
    finish_operation(db, now, operation, OperationState.FAILED, code="key_worn_out")
    await db.flush()
    await plan_call(
        db=db,
        ports=ports,
        now=now,
        kind=OperationKind.SUBMIT_EVIDENCE,
        charging_session_id=operation.charging_session_id,
        subject_id=str(operation.subject_id),
        replaces_id=operation.id,
    )
