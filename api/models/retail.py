"""Our own prices: the dated rules by which a partner's cost becomes the driver's price."""

from datetime import datetime
from decimal import Decimal

from sqlmodel import Field, SQLModel

from api.models.columns import exact, maybe_moment, minor, moment


class RetailTermsRow(SQLModel, table=True):
    """One rule of the book (``domain/pricing/rulebook.py``). The database lets only ``ends_at`` change."""

    __tablename__ = "retail_terms"
    id: str = Field(primary_key=True)
    starts_at: datetime = moment()
    ends_at: datetime | None = maybe_moment()
    country_code: str | None = None
    """With ``party_id`` the network, the CPO's party; None: any."""
    party_id: str | None = None
    country: str | None = None
    """Of the location, ISO 3166 alpha-3."""
    location_key: str | None = None
    """One site alone: what its owner asks."""
    tariff_id: str | None = None
    currency: str | None = None
    markup_percent: Decimal = exact()
    session_fee_minor: int = minor()
    minute_fee: Decimal = exact()
    """In major units: a fee per minute may be a fraction of a cent."""
    free_minutes: int
    created_at: datetime = moment()
