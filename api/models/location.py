"""Locations, EVSEs, connectors and tariffs as partners publish them, in columns that are searched by."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from api.models.columns import document, documents, moment


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
    last_updated: datetime = moment()
