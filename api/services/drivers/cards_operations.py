"""Operations on cards and customers, on disk before the processor is asked; here alone their state is written.

None of them moves money, so each attempt after a refusal of the key may take a key of its own.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.models.card import CardOperation
from api.ports import Ports
from api.services.calls import has_rested


class CardOperationKind(StrEnum):
    """What is to change."""

    ADD = "add"
    REMOVE = "remove"
    FORGET_CUSTOMER = "forget_customer"


class CardOperationState(StrEnum):
    """How far it has come."""

    PENDING = "pending"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


UNFINISHED = (CardOperationState.PENDING, CardOperationState.SENT, CardOperationState.UNKNOWN)
_OVER = frozenset({CardOperationState.DONE, CardOperationState.FAILED})


def new_operation(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    kind: CardOperationKind,
    driver_id: str,
    card_id: str | None = None,
) -> CardOperation:
    """Write an operation that nobody has carried out yet."""
    operation = CardOperation(
        id=ports.randomness.new_id(Prefix.CARD_OPERATION),
        kind=kind,
        driver_id=driver_id,
        card_id=card_id,
        state=CardOperationState.PENDING,
        created_at=now,
    )
    db.add(operation)
    return operation


async def note_attempt(*, db: AsyncSession, now: datetime, operation_id: str) -> CardOperation:
    """Note that the processor is about to be asked, and return the operation."""
    operation = await db.get_one(CardOperation, operation_id, with_for_update=True)
    if operation.state not in _OVER:
        operation.state = CardOperationState.SENT
        operation.attempts += 1
        operation.sent_at = now
        db.add(operation)
    return operation


async def note_end(
    *,
    db: AsyncSession,
    now: datetime,
    operation_id: str,
    state: CardOperationState,
    outcome: str | None = None,
    setup_intent_id: str | None = None,
) -> None:
    """Note what came of an attempt; what is over stays as it ended."""
    operation = await db.get_one(CardOperation, operation_id, with_for_update=True)
    if operation.state in _OVER:
        return
    operation.state = state
    operation.outcome = outcome
    operation.setup_intent_id = setup_intent_id or operation.setup_intent_id
    operation.finished_at = now if state in _OVER else None
    db.add(operation)


async def due_operations(*, db: AsyncSession, now: datetime, pause: timedelta, kind: CardOperationKind) -> list[str]:
    """Return what is unfinished and rested long enough: ``pause``, doubled with each attempt up to ten minutes."""
    query = select(CardOperation).where(CardOperation.kind == kind, col(CardOperation.state).in_(UNFINISHED))
    return [operation.id for operation in await db.exec(query) if has_rested(operation, now, pause)]
