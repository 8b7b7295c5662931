"""The parties behind hubs, as the hubs tell them (OCPI 2.2.1 chapter 14)."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from api.models.columns import moment


class ClientInfoRow(SQLModel, table=True):
    """One party in one role that can be reached through a hub, or cannot at present."""

    __tablename__ = "client_info"
    partner_id: str = Field(primary_key=True, foreign_key="partner.id")
    country_code: str = Field(primary_key=True)
    party_id: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
    status: str
    """``connected``, ``offline``, ``planned``, ``suspended``, or a word that we do not know."""
    last_updated: datetime = moment()
