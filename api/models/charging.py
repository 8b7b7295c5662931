"""A driver's charge from accepted quote to receipt: quotes, the charge itself, its history and its clocks."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from api.domain.pricing.periods import ParkingReading
from api.models.columns import (
    document,
    documents,
    exact,
    maybe_document,
    maybe_minor,
    maybe_moment,
    minor,
    moment,
)

LIVE = "final_at IS NULL AND freed_at IS NULL"
"""A charge that still occupies its connector and its driver: not final and not yet unplugged."""
BADGE = "badge"
"""The ``auth_channel`` of charges that a pass began at the post."""
ORDERED = f"auth_channel <> '{BADGE}'"
"""A charge that we ordered. What a pass began is as its partner tells it, several at once where it says so."""


class Quote(SQLModel, table=True):
    """A price shown to one driver for one connector, binding until it expires and from then on if accepted."""

    __tablename__ = "quote"
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    connector_key: str
    """Where: kept as text, since the partner may remove the connector."""
    visual_id: str | None = None
    """What the driver typed or scanned, kept for disputes."""
    currency: str
    tariff: dict[str, Any] | None = maybe_document()
    """Snapshot of the tariff; None: the partner published no price, and the driver must agree to that."""
    retail: dict[str, Any] | None = maybe_document()
    """Snapshot of what our own rules make of the partner's cost (``domain/pricing/retail_snapshot.py``)."""
    price: dict[str, Any] = document()
    """The lines as shown."""
    hold_minor: int = minor()
    created_at: datetime = moment()
    expires_at: datetime = moment()
    accepted_at: datetime | None = maybe_moment()


class ChargingSession(SQLModel, table=True):
    """Our driver's journey, quote to receipt. Statuses are written by ``services/charging/advance.py`` only."""

    __tablename__ = "charging_session"
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    quote_id: str = Field(foreign_key="quote.id", unique=True)
    partner_id: str = Field(foreign_key="partner.id", index=True)
    location_key: str
    evse_key: str = Field(index=True)
    connector_key: str
    location_id: str
    evse_uid: str
    connector_id: str
    country_code: str
    party_id: str
    time_zone: str
    place: dict[str, Any] = document()
    """What the driver saw: names, address, EVSE id, visual id, operator and phone."""
    guidance: dict[str, Any] = Field(
        sa_type=JSONB, default_factory=dict, sa_column_kwargs={"server_default": text("'{}'::jsonb")}
    )
    """What the driver is led by: start sequence, language and usual times as of the start, and what was seen since."""
    visual_id: str | None = Field(default=None, index=True)
    """By what the driver named the post: exactly as typed or scanned, else as our screens showed it."""
    visual_id_source: str | None = None
    """``typed`` or ``shown``; None: nothing was known that a post could show."""
    auth_channel: str = "app"
    """``app``, ``guest`` or ``badge``."""
    payer_type: str = "card"
    token_uid: str = Field(index=True)
    """Fresh for a charge that we order, else the pass that began it; comes back in sessions and CDRs."""
    partner_session_key: str | None = Field(default=None, index=True)
    tariff: dict[str, Any] | None = maybe_document()
    """Snapshot of the accepted quote's tariff: the price promise."""
    retail: dict[str, Any] | None = maybe_document()
    """Snapshot of the accepted quote's retail rule; None on charges from before there were rules."""
    parking_reading: str = Field(
        default=ParkingReading.not_requesting_power, sa_column_kwargs={"server_default": "not_requesting_power"}
    )
    """What the partner means by PARKING_TIME, as of the start."""
    currency: str
    hold_minor: int = minor()
    """The hold the driver consented to."""
    consent: dict[str, Any] = document()
    """PSD2 Art. 75: exact amount, currency, text version and moment of the driver's consent; raises agreed to later."""
    hold_passed_to: str | None = None
    """The driver's next charge, if this one failed to start and that one took the hold over."""
    status: str = Field(index=True)
    hold_status: str
    metering: str
    state: dict[str, Any] = document()
    """The whole state of the lifecycle machine; the columns above repeat what is searched by."""
    version: int = 1
    """Grows with every visible change: the ETag."""
    kwh: Decimal = exact()
    running: dict[str, Any] | None = maybe_document()
    """Last running cost: lines and total."""
    running_state: dict[str, Any] | None = maybe_document()
    """The live session as far as it was read (``domain/pricing/running_snapshot``); None: made anew from readings."""
    driver_price: dict[str, Any] | None = maybe_document()
    """The final price, once the CDR is in."""
    owed_minor: int | None = maybe_minor()
    """Gross driver price of the net of all CDRs."""
    captured_minor: int | None = maybe_minor()
    failure_code: str | None = None
    stop_cause: str | None = None
    created_at: datetime = moment(index=True)
    charging_at: datetime | None = maybe_moment()
    metered_at: datetime | None = maybe_moment()
    """When the last meter data arrived."""
    energy_ended_at: datetime | None = maybe_moment()
    unplugged_at: datetime | None = maybe_moment()
    freed_at: datetime | None = maybe_moment()
    """When the charge stopped occupying its connector and driver."""
    final_at: datetime | None = maybe_moment()
    updated_at: datetime = moment()

    __table_args__ = (
        Index("one_charge_per_start", "token_uid", unique=True, postgresql_where=text(ORDERED)),
        Index(
            "one_live_charge_per_connector",
            "connector_key",
            unique=True,
            postgresql_where=text(f"{LIVE} AND {ORDERED}"),
        ),
        Index("live_charge_at_evse", "evse_key", postgresql_where=text(LIVE)),
        Index("live_charge_at_location", "location_key", postgresql_where=text(LIVE)),
        Index("one_live_charge_per_driver", "driver_id", unique=True, postgresql_where=text(f"{LIVE} AND {ORDERED}")),
        Index("charges_by_change", "updated_at", postgresql_using="brin"),
    )


class ChargingEvent(SQLModel, table=True):
    """One step of a charge's history: the fact, the status after it and the orders it gave. Insert-only."""

    __tablename__ = "charging_event"
    id: int | None = Field(default=None, primary_key=True)
    charging_session_id: str = Field(foreign_key="charging_session.id", index=True)
    at: datetime = moment()
    fact: str
    detail: dict[str, Any] = document()
    status: str
    hold_status: str
    orders: list[Any] = documents()


class ChargingTimer(SQLModel, table=True):
    """A clock of a charge. The job at ``due_at`` is the fast path; the sweep over this table is the safety net."""

    __tablename__ = "charging_timer"
    charging_session_id: str = Field(primary_key=True, foreign_key="charging_session.id")
    timer: str = Field(primary_key=True)
    due_at: datetime = moment(index=True)
    set_at: datetime = moment()
