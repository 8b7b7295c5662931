"""Help that drivers pay for: what was offered in a case, and what the driver said to it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from api.models.columns import exact, maybe_document, maybe_moment, minor, moment


class HelpOffer(SQLModel, table=True):
    """One offer of billable help, with its price as it was shown and the consent as it was given (EP10)."""

    __tablename__ = "help_offer"
    __table_args__ = (
        Index("one_open_offer_per_case", "case_id", unique=True, postgresql_where=text("state = 'offered'")),
    )
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="support_case.id", index=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    what_for: str
    """What is done for the money, as staff wrote it; it stands on the receipt."""
    currency: str
    amount_minor: int = minor()
    """What is paid, tax included."""
    vat_minor: int = minor()
    """The tax inside."""
    vat_percent: Decimal = exact()
    text_version: str
    """Which text the driver agrees to."""
    state: str
    """``offered``, ``accepted``, ``declined``, ``lapsed`` or ``refunded``; an open one lapses by ``expires_at``."""
    offered_at: datetime = moment()
    offered_by: str
    expires_at: datetime = moment()
    answered_at: datetime | None = maybe_moment()
    consent: dict[str, Any] | None = maybe_document()
    """Amount, currency, version, language and words of the text, and the moment."""
    receipt_id: str | None = Field(default=None, foreign_key="receipt.id")
    refunded_at: datetime | None = maybe_moment()
    refunded_by: str | None = None
    credit_note_id: str | None = Field(default=None, foreign_key="receipt.id")
