"""Adding a card: the app is given secrets, gives the card to the processor itself, and we look at what came of it.

Answers to https://docs.stripe.com/payments/save-and-reuse. The operation is written in the transaction that takes the
app's ``Idempotency-Key``; a repetition resumes it under the same keys, so one tap makes one setup.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.models.card import CardOperation, SavedCard
from api.models.driver import Driver
from api.ports import Ports
from api.ports.cards import AppSession, CardSetup, SetupStatus
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.services.drivers.cards import lock_driver
from api.services.drivers.cards_follow import follow_driver
from api.services.drivers.cards_operations import (
    CardOperationKind,
    CardOperationState,
    new_operation,
    note_attempt,
    note_end,
)
from api.services.work import Work


class UnknownCardSetup(NotFound):
    """The driver is not adding such a card."""


@dataclass(frozen=True, slots=True)
class OpenedSetup:
    """What the app needs to let the driver enter a card."""

    operation_id: str
    setup: CardSetup
    session: AppSession
    customer_id: str


@dataclass(frozen=True, slots=True)
class SeenSetup:
    """How far the adding of a card has come; ``card_id`` once it is saved."""

    operation_id: str
    status: SetupStatus
    card_id: str | None
    error_code: str | None


def plan_setup(*, db: AsyncSession, ports: Ports, now: datetime, driver_id: str) -> CardOperation:
    """Write that a driver wants to add a card."""
    return new_operation(db=db, ports=ports, now=now, kind=CardOperationKind.ADD, driver_id=driver_id)


async def open_setup(*, work: Work, ports: Ports, operation_id: str) -> OpenedSetup:
    """Ask the processor for the secrets of a planned setup, or for the same ones again.

    Raises ``OutcomeUnknown`` (repeat it) and ``ProcessorRefused``.
    """
    async with work() as db:
        operation = await note_attempt(db=db, now=ports.clock.now(), operation_id=operation_id)
        driver = await db.get_one(Driver, operation.driver_id)
    try:
        customer_id = await _customer_of(work, ports, driver, operation)
        setup = await _begin(ports, operation, customer_id)
        session = await ports.cards.open_app_session(customer_id, idempotency_key=f"{_key(operation)}-session")
    except (OutcomeUnknown, ProcessorRefused) as failure:
        await _note_failure(work, ports, operation, failure)
        raise
    async with work() as db:
        await note_end(
            db=db,
            now=ports.clock.now(),
            operation_id=operation.id,
            state=CardOperationState.DONE,
            outcome=operation.outcome,
            setup_intent_id=setup.setup_intent_id,
        )
    return OpenedSetup(operation.id, setup, session, customer_id)


async def look_at_setup(*, work: Work, ports: Ports, driver_id: str, operation_id: str) -> SeenSetup:
    """Look at once whether the card is saved, instead of waiting for the processor's webhook.

    Raises ``UnknownCardSetup``, ``OutcomeUnknown``.
    """
    async with work() as db:
        operation = await db.get(CardOperation, operation_id)
    if operation is None or operation.driver_id != driver_id or operation.kind != CardOperationKind.ADD:
        raise UnknownCardSetup("unknown_card_setup")
    if operation.setup_intent_id is None:
        return SeenSetup(operation.id, SetupStatus.NEEDS_PAYMENT_METHOD, None, None)
    setup = await ports.cards.fetch_setup(operation.setup_intent_id)
    card = await _card_of(work, setup)
    if setup.status is SetupStatus.SAVED and card is None:
        await follow_driver(work=work, ports=ports, driver_id=driver_id)
        card = await _card_of(work, setup)
    return SeenSetup(operation.id, setup.status, card.id if card else None, setup.error_code)


async def _card_of(work: Work, setup: CardSetup) -> SavedCard | None:
    """Return the card that a setup saved, if we know it."""
    async with work() as db:
        query = select(SavedCard).where(SavedCard.payment_method_id == setup.payment_method_id)
        return (await db.exec(query)).first()


async def _customer_of(work: Work, ports: Ports, driver: Driver, operation: CardOperation) -> str:
    """Return the processor's customer of a driver, made now if there is none; of two made at once, one is kept."""
    if driver.processor_customer_id:
        return driver.processor_customer_id
    made = await ports.payments.create_customer(
        driver_id=driver.id, email=driver.email, idempotency_key=f"{_key(operation)}-customer"
    )
    async with work() as db:
        locked = await lock_driver(db=db, driver_id=driver.id)
        locked.processor_customer_id = locked.processor_customer_id or made
        db.add(locked)
        return locked.processor_customer_id


async def _begin(ports: Ports, operation: CardOperation, customer_id: str) -> CardSetup:
    """Return the operation's setup: the one it has, or a new one."""
    if operation.setup_intent_id is not None:
        return await ports.cards.fetch_setup(operation.setup_intent_id)
    return await ports.cards.begin_setup(
        customer_id,
        driver_id=operation.driver_id,
        card_operation_id=operation.id,
        idempotency_key=f"{_key(operation)}-setup",
    )


def _key(operation: CardOperation) -> str:
    """Return what the keys begin with: another word after the processor stored a failure under the old ones."""
    return f"{operation.id}-{operation.outcome}" if operation.outcome else operation.id


async def _note_failure(
    work: Work, ports: Ports, operation: CardOperation, failure: OutcomeUnknown | ProcessorRefused
) -> None:
    """Keep the operation open; an answer that its key would repeat for ever asks for fresh keys next time."""
    kept = isinstance(failure, ProcessorRefused) or failure.facts.get("replayed")
    fresh = f"again{operation.attempts}" if kept else operation.outcome
    async with work() as db:
        await note_end(
            db=db,
            now=ports.clock.now(),
            operation_id=operation.id,
            state=CardOperationState.UNKNOWN,
            outcome=fresh,
        )
