"""Saved cards as the processor shows them, and the operations that change them. No card data: brand and last four."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from api.models.columns import maybe_moment, moment


class SavedCard(SQLModel, table=True):
    """A card that a driver keeps with the processor. Removal is final, there as here."""

    __tablename__ = "saved_card"
    id: str = Field(primary_key=True)
    """``crd_...``."""
    driver_id: str = Field(foreign_key="driver.id", index=True)
    payment_method_id: str = Field(unique=True)
    """The processor's id."""
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    wallet: str | None = None
    """``apple_pay``, ``google_pay`` ...; None for a card that was typed in."""
    added_at: datetime = moment()
    removed_at: datetime | None = maybe_moment()
    removed_by: str | None = None
    """``driver``, or ``elsewhere``: in the processor's dashboard, or by the bank."""


class CardOperation(SQLModel, table=True):
    """One change to a driver's cards, on disk before the processor is asked for it. Its id is the idempotency key."""

    __tablename__ = "card_operation"
    id: str = Field(primary_key=True)
    """``cop_...``."""
    kind: str
    """``add``, ``remove`` or ``forget_customer``."""
    driver_id: str = Field(foreign_key="driver.id", index=True)
    card_id: str | None = Field(default=None, foreign_key="saved_card.id")
    """The card to remove."""
    setup_intent_id: str | None = Field(default=None, unique=True)
    """The processor's id of the saving of a card."""
    state: str = Field(index=True)
    """``pending``, ``sent``, ``done``, ``failed`` or ``unknown``."""
    attempts: int = 0
    outcome: str | None = None
    """The processor's code where it refused."""
    created_at: datetime = moment()
    sent_at: datetime | None = maybe_moment()
    finished_at: datetime | None = maybe_moment()
