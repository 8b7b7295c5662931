"""Networks: what a party is for drivers, what our agreement says, who waits for one; and who issues badges.

A party without a row is a network all the same, under its own id and with the defaults below.
"""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from api.models.columns import document, documents, maybe_moment, moment


class Network(SQLModel, table=True):
    """One network: the posts of one OCPI party."""

    __tablename__ = "network"
    country_code: str = Field(primary_key=True)
    party_id: str = Field(primary_key=True)
    name: str
    website: str | None = None
    state: str = "live"
    """``live``, ``planned`` (drivers may ask to be told) or ``paused``."""
    app_charging: bool = True
    """Whether our agreement lets the app start charges here; an EVSE must be able to as well."""
    pass_policy: str = "none"  # noqa: S105 - a rule, not a password
    """Which pass a driver needs before the app may start: ``none``, ``received`` or ``active``."""
    start_sequence: str = "unknown"
    """``plug_first``, ``start_first``, ``either`` or ``unknown``."""
    visual_id_rules: list[Any] = documents()
    """How ids on the posts are read: ``[{"pattern": ..., "replacement": ...}]``, tried in this order."""
    visual_id_hints: dict[str, Any] = document()
    """Where the id is on the post, by language."""
    visual_id_picture: str | None = None
    """URL of a picture that shows it."""
    updated_at: datetime = moment()


class NetworkWatch(SQLModel, table=True):
    """A driver who asked to be told when a network can be used (CM27)."""

    __tablename__ = "network_watch"
    driver_id: str = Field(primary_key=True, foreign_key="driver.id")
    country_code: str = Field(primary_key=True)
    party_id: str = Field(primary_key=True)
    created_at: datetime = moment()
    told_at: datetime | None = maybe_moment()
    """When they were told; None: they wait."""


class BadgeIssuer(SQLModel, table=True):
    """Somebody else who issues badges that our drivers carry, and whom to ask about one (CK22)."""

    __tablename__ = "badge_issuer"
    country_code: str = Field(primary_key=True)
    party_id: str = Field(primary_key=True)
    """As a contract id begins: ``FR`` and ``XYZ`` for ``FR-XYZ-C1234``."""
    name: str
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    updated_at: datetime = moment()
