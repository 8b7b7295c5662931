"""Following the processor's word on a driver's cards: it keeps them, we keep a copy to show.

A webhook is a hint to look; whatever is said, the customer's present cards are fetched and the copy converges on them.
Removal is final at the processor, so a card that is missing in the list is looked at by itself before it is believed
to be gone: two looks at once cannot undo each other. A hold on a removed card stays as valid as it was (payments.md
4.27); only the default is cleared, and the driver chooses anew.
"""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.models.card import SavedCard
from api.models.driver import Driver
from api.models.payment import ProcessorEventRow
from api.ports import Ports
from api.ports.cards import KeptCard
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.services.drivers.cards import cards_of_driver, lock_driver
from api.services.work import Work

TYPES = frozenset(
    {
        "setup_intent.succeeded",
        "payment_method.attached",
        "payment_method.detached",
        "payment_method.updated",
        "payment_method.automatically_updated",
        "customer.deleted",
    }
)
"""The events after which a driver's cards may be others."""
_UNKNOWN_THERE = "resource_missing"
BY_DRIVER, ELSEWHERE = "driver", "elsewhere"


async def follow_card_event(*, work: Work, ports: Ports, event: ProcessorEventRow) -> bool | None:
    """Follow an event about a card; None: it is about something else. False: the processor is away, ask again."""
    subject = _subject_of(event)
    if subject is None:
        return None
    try:
        driver_id = await _driver_behind(work, ports, *subject)
        if driver_id is not None:
            await follow_driver(work=work, ports=ports, driver_id=driver_id)
    except OutcomeUnknown:
        return False
    return True


async def follow_driver(*, work: Work, ports: Ports, driver_id: str) -> None:
    """Make our copy of a driver's cards what the processor keeps; raises ``OutcomeUnknown``."""
    async with work() as db:
        driver = (await db.exec(select(Driver).where(Driver.id == driver_id))).one()
        known = {card.payment_method_id for card in await cards_of_driver(db=db, driver_id=driver_id)}
    if driver.processor_customer_id is None:
        return
    kept = await _kept_by_processor(ports, driver.processor_customer_id)
    suspects = known | ({driver.payment_method_id} if driver.payment_method_id else set())
    missing = suspects - {card.payment_method_id for card in kept or ()}
    gone = {method for method in missing if await _is_gone(ports, method)}
    async with work() as db:
        locked = await lock_driver(db=db, driver_id=driver_id)
        await _store(db, ports, locked, kept or ())
        await _let_go(db, ports.clock.now(), locked, gone)
        if kept is None:
            locked.processor_customer_id = None
        db.add(locked)


async def _kept_by_processor(ports: Ports, customer_id: str) -> tuple[KeptCard, ...] | None:
    """Return the customer's cards; None when the customer was deleted."""
    try:
        return await ports.cards.cards_of_customer(customer_id)
    except ProcessorRefused as refused:
        if refused.facts.get("processor_code") == _UNKNOWN_THERE:
            return None
        raise


async def _is_gone(ports: Ports, payment_method_id: str) -> bool:
    """Say whether a card belongs to nobody any more."""
    try:
        return (await ports.cards.fetch_card(payment_method_id)).customer_id is None
    except ProcessorRefused:
        return True


async def _store(db: AsyncSession, ports: Ports, driver: Driver, kept: tuple[KeptCard, ...]) -> None:
    """Write the cards as they are now; the first card of a driver who has no default becomes it."""
    for card in reversed(kept):  # oldest first, so that what is newest was added last
        query = select(SavedCard).where(SavedCard.payment_method_id == card.payment_method_id)
        row = (await db.exec(query)).first()
        if row is None:
            row = SavedCard(
                id=ports.randomness.new_id(Prefix.CARD),
                driver_id=driver.id,
                payment_method_id=card.payment_method_id,
                brand=card.brand,
                last4=card.last4,
                exp_month=card.exp_month,
                exp_year=card.exp_year,
                added_at=ports.clock.now(),
            )
            driver.payment_method_id = driver.payment_method_id or card.payment_method_id
        row.brand, row.last4, row.wallet = card.brand, card.last4, card.wallet
        row.exp_month, row.exp_year = card.exp_month, card.exp_year
        db.add(row)
    await db.flush()


async def _let_go(db: AsyncSession, now: datetime, driver: Driver, gone: set[str]) -> None:
    """Note the cards that were removed elsewhere, and clear the default if it is among them."""
    query = select(SavedCard).where(col(SavedCard.payment_method_id).in_(gone), col(SavedCard.removed_at).is_(None))
    for row in await db.exec(query):
        row.removed_at, row.removed_by = now, ELSEWHERE
        db.add(row)
    if driver.payment_method_id in gone:
        driver.payment_method_id = None


def _subject_of(event: ProcessorEventRow) -> tuple[str, str] | None:
    """Return kind and id of the event's object where it is about cards."""
    return (event.object_kind, event.object_id) if event.type in TYPES and event.object_id else None


async def _driver_behind(work: Work, ports: Ports, kind: str, object_id: str) -> str | None:
    """Return the driver whose card an event is about; None for nobody of ours. Raises ``OutcomeUnknown``."""
    customer_id: str | None = object_id
    async with work() as db:
        query = select(SavedCard.driver_id).where(SavedCard.payment_method_id == object_id)
        found = (await db.exec(query)).first()
    if found is not None:
        return found
    try:
        if kind == "setup_intent":
            customer_id = (await ports.cards.fetch_setup(object_id)).customer_id
        elif kind == "payment_method":
            customer_id = (await ports.cards.fetch_card(object_id)).customer_id
    except ProcessorRefused:
        return None
    async with work() as db:
        # A detached card names no customer; it may be the default of a driver whose cards were never listed.
        by_customer = select(Driver.id).where(Driver.processor_customer_id == customer_id)
        by_default = select(Driver.id).where(Driver.payment_method_id == object_id)
        return (await db.exec(by_customer if customer_id else by_default)).first()
