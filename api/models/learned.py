"""How long things usually take, learned from our own charges (``services/charging/learn.py``)."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from api.models.columns import moment


class LearnedTime(SQLModel, table=True):
    """How long one thing took at one EVSE or network lately. Made anew as a whole; nothing refers to it."""

    __tablename__ = "learned_time"
    scope: str = Field(primary_key=True)
    """``evse:`` and the EVSE's key, or ``network:`` and ``partner/country/party``."""
    kind: str = Field(primary_key=True)
    """``start``, ``reading`` or ``bill``."""
    usual_s: int
    """Half of the charges were faster."""
    late_s: int
    """Nineteen of twenty were."""
    samples: int
    updated_at: datetime = moment()
