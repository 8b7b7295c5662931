"""What is asked of chargers beside starting and stopping: reservations."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from api.models.columns import moment


class ReservationRow(SQLModel, table=True):
    """One reservation of an EVSE for a driver, on disk before it is sent."""

    __tablename__ = "reservation"
    id: str = Field(primary_key=True)
    """Digits only, because in 2.1.1 it is a number."""
    partner_id: str = Field(foreign_key="partner.id", index=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    token_uid: str = Field(foreign_key="driver_token.uid", unique=True)
    """Made for this reservation; comes back in its session and CDR."""
    connector_key: str
    evse_key: str = Field(index=True)
    location_id: str
    evse_uid: str
    country_code: str
    party_id: str
    expires_at: datetime = moment()
    status: str = Field(index=True)
    """A word of ``domain/roaming/reservation.py``."""
    reason: str | None = None
    """Why it was refused or ended, in the partner's word."""
    by: str
    """Who of the staff asked for it."""
    created_at: datetime = moment()
    updated_at: datetime = moment()
