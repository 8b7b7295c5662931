"""Drivers, how they sign in and how they pay. No card data: only the processor's own ids."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from api.models.columns import maybe_moment, moment


class Driver(SQLModel, table=True):
    """A person with an account, or a guest: who charges once, without one."""

    __tablename__ = "driver"
    __table_args__ = (
        Index(
            "one_account_per_email",
            "email",
            unique=True,
            postgresql_where=text("kind = 'account' AND status <> 'pending'"),
        ),
    )
    id: str = Field(primary_key=True)
    kind: str = Field(default="account", sa_column_kwargs={"server_default": "account"})
    """``account`` or ``guest``; a guest may use an address that an account has, and so may a pending account."""
    status: str = Field(default="active", sa_column_kwargs={"server_default": "active"})
    """``pending`` until the address is confirmed, ``active``, or ``closed`` for good."""
    email: str = Field(index=True)
    name: str
    password_hash: str | None = None
    """Argon2id; None: nobody signs in, as a guest."""
    language: str = "en"
    time_zone: str | None = None
    """Whose months a statement goes by; None: the issuer's."""
    units: str = Field(default="metric", sa_column_kwargs={"server_default": "metric"})
    """How the app shows distances: ``metric`` or ``imperial``."""
    account_number: str | None = Field(default=None, unique=True)
    """``12345-67890``: what the driver tells us on the phone (``domain/account_number.py``); guests have none."""
    contract_id: str = Field(unique=True)
    """eMA-ID under which partners know the driver."""
    processor_customer_id: str | None = None
    payment_method_id: str | None = None
    """The saved card that holds are placed on."""
    pay_with: str = Field(default="card", sa_column_kwargs={"server_default": "card"})
    """What pays for charges unless the driver says otherwise: ``card``, ``wallet`` or ``fleet``."""
    later_charges_at: datetime | None = maybe_moment()
    """When the driver agreed that the saved card pays what a hold did not cover; None: they did not."""
    created_at: datetime = moment()
    activated_at: datetime | None = maybe_moment()
    closing_at: datetime | None = maybe_moment(index=True)
    """When the account is erased, if the driver asked for that; until then they may change their mind."""


class Device(SQLModel, table=True):
    """A device that a driver signed in on: a family of refresh tokens, as its driver sees it."""

    __tablename__ = "device"
    id: str = Field(primary_key=True)
    """The family's id."""
    driver_id: str = Field(foreign_key="driver.id", index=True)
    name: str | None = None
    """As the app called it at the sign-in."""
    created_at: datetime = moment()
    last_seen_at: datetime = moment()
    """When it last changed its refresh token, every few minutes while it is used."""
    expires_at: datetime = moment()
    signed_out_at: datetime | None = maybe_moment()


class RefreshToken(SQLModel, table=True):
    """One refresh token, stored hashed; a family is one signed-in device, and re-use revokes the family."""

    __tablename__ = "refresh_token"
    token_hash: str = Field(primary_key=True)
    """SHA-256 of the token in hexadecimal."""
    family_id: str = Field(index=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    used_at: datetime | None = maybe_moment()
    revoked_at: datetime | None = maybe_moment()


class IdempotencyKey(SQLModel, table=True):
    """The first answer given to a driver's ``Idempotency-Key``, repeated to every retry."""

    __tablename__ = "idempotency_key"
    driver_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_hash: str
    """SHA-256 over method, path and body: the same key with another request is refused."""
    resource_id: str | None = None
    """What the first request made; None while it is in flight."""
    created_at: datetime = moment()
