"""Pulls of partners' lists: how far each run is, what it listed, and which places wait to be fetched on their own."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from api.models.columns import maybe_moment, moment


class PullRun(SQLModel, table=True):
    """One pull of one module; a run that broke off is taken up again from ``next_link``."""

    __tablename__ = "pull_run"
    id: str = Field(primary_key=True)
    partner_id: str = Field(foreign_key="partner.id", index=True)
    module: str
    """``locations`` or ``tariffs``."""
    claim: str
    """Who works on it: a run that another one took up notices, and stops."""
    since: datetime | None = maybe_moment()
    """None: the whole list was asked for."""
    partner_at: datetime | None = maybe_moment()
    """The partner's own clock when the run began: where the next pull of changes starts."""
    next_link: str | None = None
    pages: int = 0
    total: int | None = None
    """How many objects the partner says there are."""
    stored: int = 0
    removed: int = 0
    problems: int = 0
    doubtful: int = 0
    """Problems with objects that may be ones we hold: as long as there are any, nothing is removed."""
    started_at: datetime = moment()
    updated_at: datetime = moment()
    finished_at: datetime | None = maybe_moment()


class PullListed(SQLModel, table=True):
    """One object that a whole pull listed, until the run is over."""

    __tablename__ = "pull_listed"
    run_id: str = Field(primary_key=True, foreign_key="pull_run.id", ondelete="CASCADE")
    key: str = Field(primary_key=True)


class AwaitedPlace(SQLModel, table=True):
    """A location that a partner spoke of and we do not hold whole: it is fetched on its own."""

    __tablename__ = "awaited_place"
    key: str = Field(primary_key=True)
    """The key of the location, or of the EVSE where only that is missing."""
    partner_id: str = Field(foreign_key="partner.id", index=True)
    country_code: str
    party_id: str
    location_id: str
    evse_uid: str | None = None
    asked: int = Field(default=1, sa_type=BigInteger)
    """How often the partner spoke of it meanwhile."""
    since: datetime = moment()
