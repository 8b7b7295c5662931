"""A driver's saved cards: listing them, and choosing the one that holds are placed on."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.models.card import SavedCard
from api.models.driver import Driver


class UnknownCard(NotFound):
    """The driver has no such card, or not any more."""


async def lock_driver(*, db: AsyncSession, driver_id: str) -> Driver:
    """Return the driver's row, locked: whoever changes cards or the default takes turns."""
    return (await db.exec(select(Driver).where(Driver.id == driver_id).with_for_update())).one()


async def cards_of_driver(*, db: AsyncSession, driver_id: str) -> list[SavedCard]:
    """Return the cards a driver has now, the newest first."""
    query = select(SavedCard).where(SavedCard.driver_id == driver_id, col(SavedCard.removed_at).is_(None))
    return list(await db.exec(query.order_by(col(SavedCard.added_at).desc(), col(SavedCard.id).desc())))


async def card_of_driver(*, db: AsyncSession, driver_id: str, card_id: str) -> SavedCard:
    """Return one card of a driver, removed or not; raises ``UnknownCard``."""
    query = select(SavedCard).where(SavedCard.driver_id == driver_id, SavedCard.id == card_id)
    card = (await db.exec(query)).first()
    if card is None:
        raise UnknownCard("unknown_card")
    return card


async def choose_card(*, db: AsyncSession, driver_id: str, card_id: str) -> tuple[Driver, SavedCard]:
    """Let future holds be placed on a card; repeating it does no harm. Raises ``UnknownCard``."""
    driver = await lock_driver(db=db, driver_id=driver_id)
    card = await card_of_driver(db=db, driver_id=driver_id, card_id=card_id)
    if card.removed_at is not None:
        raise UnknownCard("unknown_card")
    driver.payment_method_id = card.payment_method_id
    db.add(driver)
    return driver, card
