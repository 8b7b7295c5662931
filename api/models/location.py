"""Locations, EVSEs, connectors and tariffs as partners publish them, in columns that are searched by.

Beside the columns each row keeps the partner's own JSON (``raw``), without the rows below it: what we do not
understand is shown as it came. ``raw`` None: nothing to show, for rows that were stored before it was kept and for
EVSEs that their location no longer lists. ``own_updated`` is the ``last_updated`` that stands in ``raw``.
"""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from api.models.columns import document, documents, maybe_moment, moment


class LocationRow(SQLModel, table=True):
    """One site. ``key`` is ``partner/country/party/id``, since an OCPI id is unique only within its owner."""

    __tablename__ = "location"
    key: str = Field(primary_key=True)
    partner_id: str = Field(foreign_key="partner.id", index=True)
    country_code: str
    party_id: str
    id: str
    name: str | None = None
    address: str
    city: str
    postal_code: str | None = None
    country: str
    latitude: float = Field(index=True)
    """Decimal degrees, for searching only; money never touches it."""
    longitude: float = Field(index=True)
    time_zone: str
    time_zone_assumed: bool = False
    operator_name: str | None = None
    operator_website: str | None = None
    help_phone: str | None = None
    publish: bool = True
    last_updated: datetime = moment()
    raw: str | None = None
    version: str | None = None
    """The OCPI version that ``raw`` came in."""
    own_updated: datetime | None = maybe_moment()


class EvseRow(SQLModel, table=True):
    """One EVSE. ``key`` is the location's key plus ``/uid``."""

    __tablename__ = "evse"
    key: str = Field(primary_key=True)
    location_key: str = Field(foreign_key="location.key", index=True, ondelete="CASCADE")
    uid: str
    evse_id: str | None = None
    evse_id_normal: str | None = Field(default=None, index=True)
    """``evse_id`` in upper case without separators, for finding it as typed."""
    physical_reference: str | None = None
    floor_level: str | None = None
    status: str
    capabilities: list[Any] = documents()
    last_updated: datetime = moment()
    raw: str | None = None
    version: str | None = None
    own_updated: datetime | None = maybe_moment()
    position: int | None = None
    """Its place in the location's list; None: it was added on its own, at the end."""


class ConnectorRow(SQLModel, table=True):
    """One connector. ``key`` is the EVSE's key plus ``/id``; also our public connector reference."""

    __tablename__ = "connector"
    key: str = Field(primary_key=True)
    evse_key: str = Field(foreign_key="evse.key", index=True, ondelete="CASCADE")
    public_id: str = Field(unique=True)
    """``con_...``: derived from the key, stable over pulls, safe in URLs."""
    id: str
    standard: str
    format: str
    power_type: str
    max_voltage: int | None = None
    max_amperage: int | None = None
    max_electric_power_w: int | None = None
    tariff_ids: list[Any] = documents()
    last_updated: datetime = moment()
    raw: str | None = None
    version: str | None = None
    position: int | None = None
    """Its place in the EVSE's list; None: it was added on its own, at the end."""


class TariffRow(SQLModel, table=True):
    """One tariff of a partner; ``snapshot`` is the version-free tariff as JSON (``domain/pricing/snapshot.py``)."""

    __tablename__ = "tariff"
    key: str = Field(primary_key=True)
    """``partner/country/party/id``."""
    partner_id: str = Field(foreign_key="partner.id", index=True)
    country_code: str
    party_id: str
    id: str
    currency: str
    snapshot: dict[str, Any] = document()
    raw: str
    """The JSON as the partner sent it."""
    version: str | None = None
    """The OCPI version that ``raw`` came in; None: it was stored before that was kept."""
    missed_pulls: int = 0
    """How many whole pulls in a row did not list it."""
    last_updated: datetime = moment()
