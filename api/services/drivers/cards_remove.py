"""Removing a card: refused while a charge needs it, final otherwise, and finished by the sweep if a crash broke it off.

Answers to payments.md 4.27. The driver loses the card at once; the processor lets go of it in a job, which looks again
whether a hold was placed on it in between and waits for that hold's end.
"""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import FINAL, HOLD_ENDED
from api.domain.errors import Conflict
from api.domain.finance.accounts import Account
from api.models.card import CardOperation, SavedCard
from api.models.charging import ChargingSession
from api.models.finance import Journal, LedgerAccount, LedgerEntry
from api.models.payment import HoldRow
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.services.deferral import Job, defer_job, defer_once
from api.services.drivers.cards import card_of_driver, lock_driver
from api.services.drivers.cards_follow import BY_DRIVER
from api.services.drivers.cards_operations import (
    UNFINISHED,
    CardOperationKind,
    CardOperationState,
    due_operations,
    new_operation,
    note_attempt,
    note_end,
)
from api.services.work import Work


class CardInUse(Conflict):
    """A charge needs the card. Facts: ``reason`` (``live_hold``, ``charge_open`` or ``owed``), the charge's id."""


async def remove_card(*, db: AsyncSession, ports: Ports, now: datetime, driver_id: str, card_id: str) -> None:
    """Take a card away from a driver and defer its removal at the processor; repeating it does no harm.

    Raises ``UnknownCard`` and ``CardInUse``.
    """
    driver = await lock_driver(db=db, driver_id=driver_id)
    card = await card_of_driver(db=db, driver_id=driver_id, card_id=card_id)
    if card.removed_at is not None:
        return
    await _refuse_if_needed(db, card)
    card.removed_at, card.removed_by = now, BY_DRIVER
    if driver.payment_method_id == card.payment_method_id:
        driver.payment_method_id = None
    db.add_all([card, driver])
    operation = new_operation(
        db=db, ports=ports, now=now, kind=CardOperationKind.REMOVE, driver_id=driver_id, card_id=card.id
    )
    await defer_job(db, Job.REMOVE_CARD, operation_id=operation.id)


async def perform_removal(*, work: Work, ports: Ports, operation_id: str) -> None:
    """Let the processor let go of a card; what stays open is asked again by the sweep."""
    async with work() as db:
        operation = await db.get_one(CardOperation, operation_id)
        card = await db.get_one(SavedCard, operation.card_id)
        if operation.state not in UNFINISHED or await _needed_by(db, card) is not None:
            return
        operation = await note_attempt(db=db, now=ports.clock.now(), operation_id=operation_id)
    state, outcome = await _ask(ports, operation, card)
    async with work() as db:
        await note_end(db=db, now=ports.clock.now(), operation_id=operation_id, state=state, outcome=outcome)


async def sweep_removals(*, work: Work, ports: Ports) -> int:
    """Defer the removals that broke off or had to wait; return how many."""
    deferred = 0
    async with work() as db:
        now, pause = ports.clock.now(), ports.policy.operation_retry
        for due in await due_operations(db=db, now=now, pause=pause, kind=CardOperationKind.REMOVE):
            deferred += await defer_once(db, Job.REMOVE_CARD, once=due, operation_id=due)
    return deferred


async def _ask(ports: Ports, operation: CardOperation, card: SavedCard) -> tuple[CardOperationState, str | None]:
    """Ask the processor, with a key for each attempt: a second removal does nothing, a stored failure would stay."""
    try:
        await ports.cards.remove_card(card.payment_method_id, idempotency_key=f"{operation.id}-{operation.attempts}")
    except OutcomeUnknown:
        return CardOperationState.UNKNOWN, None
    except ProcessorRefused as refused:
        return await _after_refusal(ports, card, str(refused.facts.get("processor_code")))
    return CardOperationState.DONE, None


async def _after_refusal(ports: Ports, card: SavedCard, code: str) -> tuple[CardOperationState, str | None]:
    """Look whether the card is gone already, which is what was wanted."""
    try:
        kept = await ports.cards.fetch_card(card.payment_method_id)
    except OutcomeUnknown:
        return CardOperationState.UNKNOWN, code
    except ProcessorRefused:
        return CardOperationState.DONE, code
    return (CardOperationState.DONE if kept.customer_id is None else CardOperationState.FAILED), code


async def _refuse_if_needed(db: AsyncSession, card: SavedCard) -> None:
    needed = await _needed_by(db, card)
    if needed is not None:
        raise CardInUse("card_in_use", reason=needed[0], charging_session_id=needed[1])


async def _needed_by(db: AsyncSession, card: SavedCard) -> tuple[str, str] | None:
    """Return why a card is needed and by which charge: a live hold, a charge without its end, or an unpaid one."""
    on_card = select(HoldRow.charging_session_id).where(HoldRow.payment_method_id == card.payment_method_id)
    live = (await db.exec(on_card.where(col(HoldRow.status).not_in(HOLD_ENDED)))).first()
    if live is not None:
        return "live_hold", live
    open_charge = select(ChargingSession.id).where(
        col(ChargingSession.id).in_(on_card), col(ChargingSession.status).not_in(FINAL)
    )
    still_open = (await db.exec(open_charge)).first()
    if still_open is not None:
        return "charge_open", still_open
    owed = (
        select(Journal.charging_session_id)
        .join(LedgerEntry, col(LedgerEntry.journal_id) == col(Journal.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(LedgerAccount.name == Account.RECEIVABLE, LedgerAccount.owner == card.driver_id)
        .where(col(Journal.charging_session_id).in_(on_card))
        .group_by(col(Journal.charging_session_id), col(LedgerAccount.currency))
        .having(func.sum(LedgerEntry.amount_minor) > 0)
    )
    unpaid = (await db.exec(owed)).first()
    return None if unpaid is None else ("owed", str(unpaid))
