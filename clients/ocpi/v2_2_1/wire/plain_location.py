"""Location, EVSE and Connector as most partners send them: texts as texts, decoded straight from JSON.

The fields are those of ``location.py`` in plain types, which cost a twentieth to read. What does not fit here is read
by the generous shapes there, so this decides how fast an object is read and never what is read of it.
"""

from typing import Any

from msgspec import Struct


class Point(Struct):
    """GeoLocation; how the numbers are spelled is looked at by the mapping."""

    latitude: Any
    longitude: Any


class Business(Struct):
    """BusinessDetails."""

    name: str | None = None
    website: str | None = None


class Connector(Struct):
    """Connector."""

    id: str
    standard: str | None = None
    format: str | None = None
    power_type: str | None = None
    max_voltage: Any = None
    max_amperage: Any = None
    max_electric_power: Any = None
    tariff_ids: list[str] | None = None
    last_updated: str | None = None


class Evse(Struct):
    """EVSE."""

    uid: str
    status: str | None = None
    evse_id: str | None = None
    capabilities: list[str] | None = None
    connectors: list[Connector] | None = None
    floor_level: str | None = None
    floor: str | None = None
    physical_reference: str | None = None
    tariffs: list[Any] | None = None
    last_updated: str | None = None


class Location(Struct):
    """Location."""

    id: str
    coordinates: Point
    last_updated: str
    country_code: str | None = None
    party_id: str | None = None
    publish: bool | None = None
    name: str | None = None
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country: str | None = None
    time_zone: str | None = None
    operator: Business | None = None
    help_phone: str | None = None
    evses: list[Evse] | None = None
