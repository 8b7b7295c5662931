"""Passes: where each is on its way, what each partner has of it, what was asked about it, and who asks too much.

What partners know is the token, ``roaming.py: DriverTokenRow``, which a pass has from its shipping on.
"""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from api.models.columns import maybe_moment, moment


class DriverPass(SQLModel, table=True):
    """One pass of one driver. Its status is written by ``services/roaming/pass_steps.py`` only."""

    __tablename__ = "driver_pass"
    __table_args__ = (
        Index("one_ordered_pass_per_driver", "driver_id", unique=True, postgresql_where=text("status = 'ordered'")),
    )
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    token_uid: str | None = Field(default=None, foreign_key="driver_token.uid", unique=True)
    """None: not shipped yet."""
    status: str
    """A word of ``domain/passes.py: PassStatus``."""
    blocked_from: str | None = None
    """Where it was when it was blocked."""
    block_reason: str | None = None
    """``lost``, ``stolen``, ``damaged`` or ``by_staff``."""
    code_hash: str | None = None
    """SHA-256 of the code printed on it, salted with the id; None: it needs none."""
    wrong_codes: int = 0
    ordered_at: datetime = moment()
    shipped_at: datetime | None = maybe_moment()
    received_at: datetime | None = maybe_moment()
    activated_at: datetime | None = maybe_moment()
    blocked_at: datetime | None = maybe_moment()
    expired_at: datetime | None = maybe_moment()
    valid_until: datetime | None = maybe_moment(index=True)
    """From here on it has expired; None: it never does."""
    updated_at: datetime = moment()


class PassSync(SQLModel, table=True):
    """What one partner was last told of one pass."""

    __tablename__ = "pass_sync"
    partner_id: str = Field(primary_key=True, foreign_key="partner.id")
    token_uid: str = Field(primary_key=True, foreign_key="driver_token.uid")
    told: datetime = moment()
    """``last_updated`` of the pass as the partner was told it: an older one is due again."""
    has_it: bool
    """Whether the partner took the whole pass before, so that a change is enough."""
    refusal: str | None = None
    """Why the partner refused it; it is told again when the pass changes."""
    at: datetime = moment()


class PassPushState(SQLModel, table=True):
    """How pushing passes to one partner goes: after failures the next try waits longer."""

    __tablename__ = "pass_push_state"
    partner_id: str = Field(primary_key=True, foreign_key="partner.id")
    failures: int = 0
    problem: str | None = None
    next_at: datetime | None = maybe_moment()
    """Not before this is the partner tried again; None: it answers."""


class PassAuthorization(SQLModel, table=True):
    """One pass that a partner asked about, and what we answered: kept so that its energy can be billed."""

    __tablename__ = "pass_authorization"
    id: str = Field(primary_key=True)
    """``aut_...``: the authorization reference that we answered, if it was allowed."""
    partner_id: str = Field(foreign_key="partner.id")
    token_uid: str = Field(foreign_key="driver_token.uid", index=True)
    allowed: str
    reason: str | None = None
    location_id: str | None = None
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id", index=True)
    """The charge that the card was shown at: started in the app, and the card belongs to the same driver."""
    at: datetime = moment(index=True)


class TokenProbe(SQLModel, table=True):
    """How many unknown uids one partner asked about since a moment: who tries out numbers is stopped."""

    __tablename__ = "token_probe"
    partner_id: str = Field(primary_key=True, foreign_key="partner.id")
    since: datetime = moment()
    unknown: int = 0
