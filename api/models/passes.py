"""Passes as partners know them: what each partner has of them, what was asked about them, and who asks too much.

The passes themselves are rows of ``roaming.py: DriverTokenRow`` that were made for no single charge.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel

from api.models.columns import maybe_moment, moment


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
    at: datetime = moment(index=True)


class TokenProbe(SQLModel, table=True):
    """How many unknown uids one partner asked about since a moment: who tries out numbers is stopped."""

    __tablename__ = "token_probe"
    partner_id: str = Field(primary_key=True, foreign_key="partner.id")
    since: datetime = moment()
    unknown: int = 0
