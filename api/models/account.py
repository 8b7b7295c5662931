"""Accounts: links that were mailed, requests that wait for their answer, counted attempts, exports of one's data."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from api.models.columns import maybe_moment, moment


class AccountLink(SQLModel, table=True):
    """A link that was mailed to an address: good once and for a while. The token in it is stored as a hash only."""

    __tablename__ = "account_link"
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    purpose: str
    """``activate``, ``reset``, ``email``, ``undo_email`` or ``undo_erasure``."""
    address: str = Field(index=True)
    """Which address it is about: the one to confirm, or to go back to."""
    token_hash: str = Field(unique=True)
    """SHA-256 of the token in hexadecimal."""
    created_at: datetime = moment()
    expires_at: datetime = moment()
    used_at: datetime | None = maybe_moment()
    replaced_at: datetime | None = maybe_moment()
    """When something else made it void."""


class AccountRequest(SQLModel, table=True):
    """What somebody asked for by an address alone; whether an account has it is looked up later, by a job.

    So the answer is the same for known and unknown addresses, and takes as long. The row goes when it is answered.
    """

    __tablename__ = "account_request"
    id: str = Field(primary_key=True)
    kind: str
    """``sign_up``, ``resend``, ``reset`` or ``email``."""
    address: str
    driver_id: str | None = Field(default=None, foreign_key="driver.id", index=True)
    """Whose it is, where that is known: the new account, or the one that wants another address."""
    created_at: datetime = moment(index=True)


class AttemptCount(SQLModel, table=True):
    """How often something was tried within one while, under one key; shared by all processes."""

    __tablename__ = "attempt_count"
    key: str = Field(primary_key=True)
    """A keyed digest of what is counted and of whom: no address is stored for having been tried."""
    made: int
    until: datetime = moment(index=True)
    """When counting begins anew."""


class DataExport(SQLModel, table=True):
    """A copy of all that we hold on one driver, made because they asked for it, and kept for a day."""

    __tablename__ = "data_export"
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    requested_at: datetime = moment()
    ready_at: datetime | None = maybe_moment()
    expires_at: datetime | None = maybe_moment(index=True)
    content: bytes | None = None
    """The ZIP; None before it is ready, and gone when it expired."""
    sha256: str | None = None
