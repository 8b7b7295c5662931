"""Card holds: the hold, its events, the operations that move money, and the inbox of processor events."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from api.models.columns import document, maybe_document, maybe_minor, maybe_moment, minor, moment


class HoldRow(SQLModel, table=True):
    """One card hold of one charge at a time. Amounts are a cache of the fold over ``hold_event`` (payments.md 5.1)."""

    __tablename__ = "hold"
    id: str = Field(primary_key=True)
    charging_session_id: str = Field(foreign_key="charging_session.id", unique=True)
    """Whom it secures now: a failed start may have passed it on to the driver's next one."""
    driver_id: str = Field(foreign_key="driver.id", index=True)
    psp: str = Field(default="stripe", sa_column_kwargs={"server_default": "stripe"})
    """Who keeps the promise: ``stripe``, or our own books: ``wallet``, ``fleet`` (``domain/finance/payer.py``)."""
    payer_id: str | None = None
    """Whose wallet or fleet account pays; None on a card's hold."""
    customer_id: str
    """The processor's ids; empty where no processor takes part."""
    payment_method_id: str
    currency: str
    amount_minor: int = minor()
    """What the driver consented to."""
    payment_intent_id: str | None = Field(default=None, unique=True)
    client_secret: str | None = None
    """For the app to finish 3-D Secure; useless without the app's publishable key."""
    on_session: bool = Field(default=True, sa_column_kwargs={"server_default": "true"})
    """Whether the driver was there to be asked by their bank; not where a pass began the charge at the post."""
    status: str = Field(index=True)
    authorized_minor: int = 0
    captured_minor: int = 0
    released_minor: int = 0
    fee_minor: int | None = maybe_minor()
    card_brand: str | None = None
    card_last4: str | None = None
    capture_before: datetime | None = maybe_moment(index=True)
    extended_authorization: str | None = None
    """The processor's word on whether the hold lives longer than usual; None: not told. Shown, never relied on."""
    incremental_authorization: str | None = None
    """The processor's word on whether this hold can be raised; only ``available`` lets a driver ask for it."""
    capturable_at_most_minor: int | None = maybe_minor()
    """What the processor says could be captured above the hold (overcapture); we take no more than was agreed to."""
    created_at: datetime = moment()
    updated_at: datetime = moment()

    __table_args__ = (
        Index(
            "open_holds_by_time_left",
            "capture_before",
            "id",
            postgresql_where=text(
                "status NOT IN ('captured', 'declined', 'expired', 'passed_on', 'released')"  # HOLD_ENDED
            ),
        ),
        Index("holds_by_age", "created_at", "id"),
        Index("holds_by_card", "card_last4", "created_at"),
        Index("holds_by_currency", "currency"),
        Index("holds_by_change", "updated_at", postgresql_using="brin"),
    )


class HoldEvent(SQLModel, table=True):
    """What we asked of the processor or learned from it about a hold. Insert-only; totals are folded from these."""

    __tablename__ = "hold_event"
    id: int | None = Field(default=None, primary_key=True)
    hold_id: str = Field(foreign_key="hold.id", index=True)
    kind: str
    """``place``, ``extend``, ``capture`` or ``release`` plus ``_requested``, ``_succeeded``, ``_failed``; or an end."""
    amount_minor: int | None = maybe_minor()
    source: str
    """``api``, ``webhook``, ``sweep``, ``app`` (the driver said so and we looked) or ``staff`` (they asked)."""
    psp_reference: str | None = None
    """The processor's request or event id."""
    detail: dict[str, Any] = document()
    at: datetime = moment()

    __table_args__ = (
        Index(
            "ends_of_holds",
            "at",
            postgresql_where=text("kind IN ('capture_succeeded', 'release_succeeded', 'expired')"),
        ),
        Index("hold_events_by_time", "at", postgresql_using="brin"),
    )


class PaymentOperation(SQLModel, table=True):
    """One call that moves money, on disk before it is made. Its id is the idempotency key."""

    __tablename__ = "payment_operation"
    id: str = Field(primary_key=True)
    kind: str
    """``place``, ``extend``, ``capture`` or ``release`` of a hold; ``refund``; ``submit_evidence``."""
    hold_id: str | None = Field(default=None, foreign_key="hold.id", index=True)
    subject_id: str | None = Field(default=None, index=True)
    """What it is about where that is no hold: a refund, or an evidence pack."""
    charging_session_id: str = Field(index=True)
    amount_minor: int | None = maybe_minor()
    reason: str | None = None
    state: str = Field(index=True)
    """``pending``, ``sent``, ``done``, ``failed`` or ``unknown``."""
    attempts: int = 0
    replaces_id: str | None = None
    """The operation whose key can never succeed any more (payments.md 4.4)."""
    outcome: dict[str, Any] | None = maybe_document()
    created_at: datetime = moment(index=True)
    sent_at: datetime | None = maybe_moment()
    finished_at: datetime | None = maybe_moment()

    __table_args__ = (
        Index(
            "one_unfinished_operation_per_kind",
            "hold_id",
            "kind",
            unique=True,
            postgresql_where=text("state IN ('pending', 'sent', 'unknown')"),
        ),
        Index(
            "one_unfinished_operation_per_subject",
            "subject_id",
            "kind",
            unique=True,
            postgresql_where=text("state IN ('pending', 'sent', 'unknown')"),
        ),
        Index(
            "one_capture_per_hold", "hold_id", unique=True, postgresql_where=text("kind = 'capture' AND state = 'done'")
        ),
    )


class ProcessorEventRow(SQLModel, table=True):
    """The webhook inbox: each event once, handled later by a job that fetches the present object."""

    __tablename__ = "processor_event"
    id: str = Field(primary_key=True)
    """The processor's event id."""
    type: str
    object_kind: str = Field(default="payment_intent", sa_column_kwargs={"server_default": "payment_intent"})
    """The processor's word for what it is about: decides who handles it."""
    object_id: str | None = None
    payment_intent_id: str | None = Field(default=None, index=True)
    payload: str
    received_at: datetime = moment(index=True)
    handled_at: datetime | None = maybe_moment()


class WebhookRefusal(SQLModel, table=True):
    """How many webhooks were refused for one reason, and when last: all that is kept of them."""

    __tablename__ = "webhook_refusal"
    reason: str = Field(primary_key=True)
    """``signature``, ``age``, ``account``, ``livemode``, ``too_large`` or ``unreadable``."""
    refusals: int = minor()
    last_at: datetime = moment()
