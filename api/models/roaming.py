"""What partners told us of charges: their sessions, CDRs and command replies; and the tokens we issue.

A CDR and a session are stored as they came, whoever they belong to; the match to our charge is a link, never a
condition.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, text
from sqlmodel import Field, SQLModel

from api.models.columns import document, exact, maybe_document, maybe_exact, maybe_moment, moment


class PartnerSessionRow(SQLModel, table=True):
    """The partner's OCPI session as last merged: ``document`` is our model of it, ``raw`` the partner's own JSON."""

    __tablename__ = "partner_session"
    key: str = Field(primary_key=True)
    """``partner/country/party/id``."""
    partner_id: str = Field(foreign_key="partner.id", index=True)
    country_code: str
    party_id: str
    id: str = Field(index=True)
    token_uid: str = Field(index=True)
    evse_uid: str
    status: str
    kwh: Decimal = exact()
    document: dict[str, Any] = document()
    raw: str
    """What the partner PUT with its PATCHes merged in, unknown fields and all, in the shape of ``version``."""
    version: str = Field(default="2.2.1", sa_column_kwargs={"server_default": "2.2.1"})
    """The OCPI version that ``raw`` is written in."""
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id", index=True)
    """None: a session of no charge of ours (quarantine), never billed to a guess."""
    last_updated: datetime = moment()
    """By the partner's clock, and compared with nothing else."""
    first_seen_at: datetime = moment()
    updated_at: datetime = moment(index=True)


class PartnerMessage(SQLModel, table=True):
    """One message about a session or CDR exactly as it came, taken or not. Insert-only: what disputes are settled by.

    A CDR that is taken is in ``cdr.raw`` already and has no message of its own. Old ones behind no open or disputed
    charge are deleted (``services/roaming/forgetting.py``).
    """

    __tablename__ = "partner_message"
    __table_args__ = (Index("messages_by_age", "received_at", postgresql_using="brin"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    module: str
    """``sessions`` or ``cdrs``."""
    key: str = Field(index=True)
    """``partner/country/party/id`` of what it is about, whether or not we hold that."""
    partner_id: str = Field(foreign_key="partner.id")
    received_at: datetime = moment()
    how: str
    """``put``, ``patch``, ``post`` or ``pull``."""
    version: str
    raw: str
    refusal: str | None = None
    """Why it was not taken (``services/roaming/messages.py``); None: it was."""


class MessageRepetition(SQLModel, table=True):
    """How often a message that was not taken came again, with nothing else in between."""

    __tablename__ = "message_repetition"
    message_id: int = Field(primary_key=True, foreign_key="partner_message.id", ondelete="CASCADE", sa_type=BigInteger)
    times: int = Field(sa_type=BigInteger)
    last_at: datetime = moment()


class MeterReading(SQLModel, table=True):
    """One energy reading of a charge, for the live curve and the running cost."""

    __tablename__ = "meter_reading"
    charging_session_id: str = Field(primary_key=True, foreign_key="charging_session.id")
    at: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))
    kwh: Decimal = exact()
    charging: bool
    """False: plugged in, no energy flowing."""


class CdrRow(SQLModel, table=True):
    """A CDR, kept as it came; unique by owner and id, and the first one with an id counts."""

    __tablename__ = "cdr"
    key: str = Field(primary_key=True)
    """``partner/country/party/id``."""
    public_id: str = Field(unique=True)
    """``cdr_...``: the last part of the ``Location`` we answer."""
    partner_id: str = Field(foreign_key="partner.id", index=True)
    country_code: str
    party_id: str
    id: str = Field(index=True)
    session_id: str | None = Field(default=None, index=True)
    token_uid: str = Field(index=True)
    currency: str
    total_cost: Decimal = exact()
    """Before taxes, what the partner bills us; negative on a credit CDR."""
    total_cost_with_taxes: Decimal | None = maybe_exact()
    """None: the partner did not say."""
    total_energy_kwh: Decimal = exact()
    credit: bool = False
    credit_reference_id: str | None = Field(default=None, index=True)
    started_at: datetime = moment()
    ended_at: datetime = moment()
    document: dict[str, Any] = document()
    """Our model of it as JSON, with the tariffs that it carries."""
    raw: str
    version: str = Field(default="2.2.1", sa_column_kwargs={"server_default": "2.2.1"})
    """The OCPI version that ``raw`` is written in."""
    raw_hash: str
    """SHA-256 of the canonical JSON: tells a repetition from a conflict."""
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id", index=True)
    received_at: datetime = moment(index=True)
    conflicting_raw: str | None = None
    """The newest CDR with the same id and another content, for staff; the first one counts, all are messages."""
    audit: dict[str, Any] | None = maybe_document()
    """What the recomputation found."""

    __table_args__ = (Index("cdrs_of_partner_by_time", "partner_id", "received_at"),)


class CommandRow(SQLModel, table=True):
    """One command to a charger, on disk before it is sent."""

    __tablename__ = "command"
    id: str = Field(primary_key=True)
    kind: str
    """``start``, ``stop``, ``reserve``, ``cancel_reservation`` or ``unlock``."""
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id", index=True)
    """The charge that it is for; a reservation has none."""
    reservation_id: str | None = Field(default=None, foreign_key="reservation.id", index=True)
    partner_id: str = Field(foreign_key="partner.id")
    response_secret_hash: str = Field(unique=True)
    """SHA-256 of the unguessable last part of the ``response_url``."""
    created_at: datetime = moment()
    sent_at: datetime | None = maybe_moment()
    answer: str | None = None
    answer_message: str | None = None
    answered_at: datetime | None = maybe_moment()
    result: str | None = None
    result_message: str | None = None
    result_at: datetime | None = maybe_moment()

    __table_args__ = (
        Index(
            "one_start_per_charge",
            "charging_session_id",
            unique=True,
            postgresql_where=text("kind = 'start'"),
        ),
    )


class DriverTokenRow(SQLModel, table=True):
    """A token by which partners know a driver; a fresh ``app_user`` token is made for every start (ocpi.md 0.2)."""

    __tablename__ = "driver_token"
    uid: str = Field(primary_key=True)
    type: str
    driver_id: str = Field(foreign_key="driver.id", index=True)
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id", index=True)
    contract_id: str
    valid: bool = True
    whitelist: str
    group_id: str | None = None
    visual_number: str | None = None
    language: str | None = None
    last_updated: datetime = moment(index=True)
