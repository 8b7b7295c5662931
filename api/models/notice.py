"""What we told drivers, what they want to be told how, the devices it goes to, and what became of each sending.

And letters about their accounts, which go by mail whatever they chose.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from api.models.columns import document, maybe_document, maybe_moment, moment


class NoticeRow(SQLModel, table=True):
    """One message to one driver; the text is looked up by ``message`` in the driver's language."""

    __tablename__ = "notice"
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    charging_session_id: str | None = Field(default=None, index=True)
    message: str
    detail: dict[str, Any] = document()
    once: str | None = Field(default=None, unique=True)
    """What is told only once, as a word of its own; None: may be told again."""
    created_at: datetime = moment()
    read_at: datetime | None = maybe_moment()


class Letter(SQLModel, table=True):
    """A mail about an account: written in the transaction that causes it, sent by a job.

    The link in it is not stored, here or anywhere: it is derived again when the mail is made.
    """

    __tablename__ = "letter"
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    to_address: str
    template: str
    """Which text (``services/notices/letter_texts``)."""
    language: str
    facts: dict[str, Any] = document()
    """What is filled in; no secrets."""
    link_id: str | None = Field(default=None, foreign_key="account_link.id")
    outcome: str = "waiting"
    """``waiting``, then ``sent``, ``not_sent`` (nothing to send with), ``refused`` or ``given_up``."""
    detail: str | None = None
    """The server's words, or the reason."""
    attempts: int = 0
    created_at: datetime = moment()
    next_attempt_at: datetime | None = maybe_moment(index=True)
    """When a sweep tries again; None once there is an outcome."""
    finished_at: datetime | None = maybe_moment()


class NoticePreference(SQLModel, table=True):
    """What a driver chose of kinds, channels and quiet hours; a driver without a row has the defaults."""

    __tablename__ = "notice_preference"
    driver_id: str = Field(primary_key=True, foreign_key="driver.id")
    version: int = 1
    """Grows with every change: the ETag."""
    channels: dict[str, Any] = document()
    """``{kind: {channel: bool}}``, where the driver differs from the kind's own."""
    quiet_from: str | None = None
    """``22:00`` by the driver's clock; None: no quiet hours."""
    quiet_until: str | None = None
    walking_minutes: int
    battery_percent: int
    updated_at: datetime = moment()


class PushDevice(SQLModel, table=True):
    """One installed app of a driver, and how it is reached. Gone with the sign-in that registered it."""

    __tablename__ = "push_device"
    driver_id: str = Field(primary_key=True, foreign_key="driver.id")
    id: str = Field(primary_key=True)
    """The app's own id of this installation."""
    family_id: str = Field(index=True)
    """The sign-in that registered it (``refresh_token.family_id``)."""
    platform: str
    """``fcm``, ``apns`` or ``web_push``."""
    token: str
    """What the push service knows the installation by; of Web Push the endpoint."""
    token_hash: str = Field(unique=True)
    """SHA-256: an installation belongs to whoever registered it last."""
    keys: dict[str, Any] | None = maybe_document()
    """Of Web Push: ``p256dh`` and ``auth``."""
    language: str
    created_at: datetime = moment()
    updated_at: datetime = moment()


class NoticeDelivery(SQLModel, table=True):
    """One notice by one channel to one device or address: written with the notice, carried out by a job."""

    __tablename__ = "notice_delivery"
    id: str = Field(primary_key=True)
    notice_id: str = Field(foreign_key="notice.id")
    driver_id: str = Field(index=True)
    channel: str
    """``push`` or ``email``."""
    device_id: str = ""
    """The driver's device; empty: the driver's address."""
    message: str
    subject: str
    """What it is about: the charge, or the driver. A newer one of the same message and subject takes its place."""
    outcome: str = "waiting"
    """``waiting``, then ``sent``, ``superseded``, ``obsolete``, ``expired``, ``refused``, ``unregistered``,
    ``given_up`` or ``not_sent`` (the channel is off)."""
    detail: str | None = None
    """The other side's words, or the reason."""
    attempts: int = 0
    created_at: datetime = moment()
    expires_at: datetime = moment()
    next_attempt_at: datetime | None = maybe_moment(index=True)
    """When it is tried (again), at the earliest; None once there is an outcome."""
    finished_at: datetime | None = maybe_moment()

    __table_args__ = (
        UniqueConstraint("notice_id", "channel", "device_id", name="a_notice_goes_once_to_a_device"),
        Index("waiting_deliveries", "driver_id", "channel", postgresql_where=text("outcome = 'waiting'")),
    )
