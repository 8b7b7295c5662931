"""What drivers find chargers by: the map's own narrow rows, the words of places, favorites, watches, last success.

Rows of ``spot`` and ``place_unread`` are written by triggers of the tables in ``location.py`` (migration 0025), in the
transaction of what they follow from, so that whoever takes partners' news in need not know of the map.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Identity, Index, SmallInteger, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from api.models.columns import maybe_moment, moment


class Spot(SQLModel, table=True):
    """One connector as the map needs it, in a row narrow enough to look through a whole country of them.

    Numbers stand first, since a row is read from its beginning to the last column that is asked for.
    """

    __tablename__ = "spot"
    partner: int = Field(sa_type=BigInteger)
    """``hashtextextended`` of the partner's id: a number is compared faster than a text."""
    network: int = Field(sa_type=BigInteger)
    """The same of ``DE-ABC``."""
    x: int
    """Web Mercator from the date line eastwards, in parts of 2 to the power of 30."""
    y: int
    """The same from the north."""
    tile: int = Field(index=True)
    """``x`` and ``y`` to 12 bits each."""
    power_w: int
    """0: unknown."""
    status: int = Field(sa_type=SmallInteger)
    """What the operator said last, by group: see ``services/finding/filters.py``."""
    by_app: bool
    """It can be started remotely."""
    by_card: bool
    """It reads passes."""
    payable: bool
    """It has a payment terminal."""
    published: bool
    standard: str
    evse_key: str = Field(primary_key=True)
    connector_id: str = Field(primary_key=True)
    """The public id."""
    location_key: str
    evse_id_normal: str | None = None


class PlaceUnread(SQLModel, table=True):
    """A location whose words are out of date; the same one may wait several times, so that nobody waits for it."""

    __tablename__ = "place_unread"
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    location_key: str


class PlaceText(SQLModel, table=True):
    """The folded words by which a location is found."""

    __tablename__ = "place_text"
    __table_args__ = (Index("ix_place_text_words", "words", postgresql_using="gin"),)
    location_key: str = Field(primary_key=True)
    words: list[str] = Field(sa_type=ARRAY(Text))


class PlaceWord(SQLModel, table=True):
    """A folded word that some location has, or had, with the threes of letters in it: for typing errors."""

    __tablename__ = "place_word"
    __table_args__ = (Index("ix_place_word_grams", "grams", postgresql_using="gin"),)
    word: str = Field(primary_key=True, sa_type=String(collation="C"))
    grams: list[str] = Field(sa_type=ARRAY(Text))


class Favorite(SQLModel, table=True):
    """A location that a driver wants at hand."""

    __tablename__ = "favorite"
    driver_id: str = Field(primary_key=True, foreign_key="driver.id")
    location_key: str = Field(primary_key=True)
    """Kept as text, since the partner may remove the location."""
    created_at: datetime = moment()


class Watch(SQLModel, table=True):
    """A driver waits for a connector to become free, at a location or one of its connectors; told once."""

    __tablename__ = "watch"
    __table_args__ = (Index("open_watch", "expires_at", postgresql_where=text("told_at IS NULL")),)
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    location_key: str
    connector_id: str | None = None
    """The public id; None: any connector of the location that the app can start."""
    created_at: datetime = moment()
    expires_at: datetime = moment()
    told_at: datetime | None = maybe_moment()
    told_connector_id: str | None = None


class EvseScore(SQLModel, table=True):
    """How our own charges went at one EVSE: evidence, counted from charges that are over or run."""

    __tablename__ = "evse_score"
    evse_key: str = Field(primary_key=True)
    starts: int
    """Starts within the time that is looked at (``services/finding/scores.py``)."""
    worked: int
    """Those after which energy flowed."""
    last_good_at: datetime | None = maybe_moment()
    counted_at: datetime = moment()
