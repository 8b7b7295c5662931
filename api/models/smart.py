"""Smart charging of our charges: drivers' preferences, and the limits that staff asked partners for."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Identity
from sqlmodel import Field, SQLModel

from api.models.columns import document, maybe_document, maybe_exact, maybe_moment, moment


class ChargingPreferencesRow(SQLModel, table=True):
    """One wish of a driver for a running charge, on disk before it is sent; the newest one of a charge counts."""

    __tablename__ = "charging_preferences"
    id: str = Field(primary_key=True)
    number: int = Field(sa_column_args=(Identity(),), default=None)
    """Grows: which of two wishes came later."""
    charging_session_id: str = Field(foreign_key="charging_session.id", index=True)
    profile_type: str
    departure_at: datetime | None = maybe_moment()
    energy_need_kwh: Decimal | None = maybe_exact()
    discharge_allowed: bool = False
    created_at: datetime = moment()
    attempts: int = 0
    """How often it was sent."""
    sent_at: datetime | None = maybe_moment()
    outcome: str | None = None
    """A word of ``PreferencesOutcome``; None: it is still on its way."""
    outcome_at: datetime | None = maybe_moment()
    trouble: str | None = None
    """What went wrong the last time, for staff."""


class ProfileRequestRow(SQLModel, table=True):
    """One request about the charging profile of a charge's session, on disk before it is sent."""

    __tablename__ = "charging_profile_request"
    id: str = Field(primary_key=True)
    kind: str
    """``set``, ``clear`` or ``show``."""
    charging_session_id: str = Field(foreign_key="charging_session.id", index=True)
    partner_id: str = Field(foreign_key="partner.id")
    session_id: str
    """The partner's id of its session."""
    profile: dict[str, Any] | None = maybe_document()
    duration_seconds: int | None = None
    response_secret_hash: str = Field(unique=True)
    """SHA-256 of the unguessable last part of the ``response_url``."""
    requested_by: str
    created_at: datetime = moment()
    answer: str | None = None
    """The partner's word at once, or what kept us from hearing it."""
    timeout_seconds: int | None = None
    answered_at: datetime | None = maybe_moment()
    result: str | None = None
    """The charger's word; the first one counts."""
    result_at: datetime | None = maybe_moment()


class ActiveProfileRow(SQLModel, table=True):
    """What the charger of a charge last said that it plans, asked for or pushed."""

    __tablename__ = "active_charging_profile"
    charging_session_id: str = Field(primary_key=True, foreign_key="charging_session.id")
    calculated_at: datetime = moment()
    profile: dict[str, Any] = document()
    raw: str
    received_at: datetime = moment()
