"""Location, EVSE and Connector on the wire (2.2.1 chapter 8), and their PATCH forms."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from clients.ocpi.fields import Instant, Number, Text

EVSE_STATUS_WORDS = {"OUTOFORDER": "OUT_OF_ORDER"}
"""EVSE statuses that the specification writes as one word."""


class Coordinates(Struct):
    """GeoLocation, decimal degrees in WGS 84."""

    latitude: Number
    longitude: Number


class BusinessDetails(Struct):
    """Who runs a site."""

    name: Text | None = None
    website: Text | None = None


class Connector(Struct):
    """Connector; only the id is indispensable."""

    id: Text
    standard: Text | None = None
    format: Text | None = None
    power_type: Text | None = None
    max_voltage: Number | None = None
    max_amperage: Number | None = None
    max_electric_power: Number | None = None
    tariff_ids: list[Text] | None = None
    last_updated: Instant | None = None


class Evse(Struct):
    """EVSE; ``floor`` and ``tariffs`` are not in the specification but in feeds."""

    uid: Text
    status: Text | None = None
    evse_id: Text | None = None
    capabilities: list[Text] | None = None
    connectors: list[Connector] | None = None
    floor_level: Text | None = None
    floor: Text | None = None
    physical_reference: Text | None = None
    tariffs: list[Any] | None = None
    last_updated: Instant | None = None


class Location(Struct):
    """Location."""

    id: Text
    coordinates: Coordinates
    last_updated: Instant
    country_code: Text | None = None
    party_id: Text | None = None
    publish: bool | None = None
    name: Text | None = None
    address: Text | None = None
    city: Text | None = None
    postal_code: Text | None = None
    country: Text | None = None
    time_zone: Text | None = None
    operator: BusinessDetails | None = None
    help_phone: Text | None = None
    evses: list[Evse] | None = None


class ConnectorPatch(Struct):
    """What a PATCH may change of a Connector."""

    id: Text | UnsetType | None = UNSET
    standard: Text | UnsetType | None = UNSET
    format: Text | UnsetType | None = UNSET
    power_type: Text | UnsetType | None = UNSET
    max_voltage: Number | UnsetType | None = UNSET
    max_amperage: Number | UnsetType | None = UNSET
    max_electric_power: Number | UnsetType | None = UNSET
    tariff_ids: list[Text] | UnsetType | None = UNSET
    last_updated: Instant | UnsetType | None = UNSET


class EvsePatch(Struct):
    """What a PATCH may change of an EVSE."""

    uid: Text | UnsetType | None = UNSET
    status: Text | UnsetType | None = UNSET
    evse_id: Text | UnsetType | None = UNSET
    capabilities: list[Text] | UnsetType | None = UNSET
    connectors: list[Connector] | UnsetType | None = UNSET
    floor_level: Text | UnsetType | None = UNSET
    physical_reference: Text | UnsetType | None = UNSET
    last_updated: Instant | UnsetType | None = UNSET


class LocationPatch(Struct):
    """What a PATCH may change of a Location."""

    country_code: Text | UnsetType | None = UNSET
    party_id: Text | UnsetType | None = UNSET
    id: Text | UnsetType | None = UNSET
    coordinates: Coordinates | UnsetType | None = UNSET
    publish: bool | UnsetType | None = UNSET
    name: Text | UnsetType | None = UNSET
    address: Text | UnsetType | None = UNSET
    city: Text | UnsetType | None = UNSET
    postal_code: Text | UnsetType | None = UNSET
    country: Text | UnsetType | None = UNSET
    time_zone: Text | UnsetType | None = UNSET
    operator: BusinessDetails | UnsetType | None = UNSET
    help_phone: Text | UnsetType | None = UNSET
    evses: list[Evse] | UnsetType | None = UNSET
    last_updated: Instant | UnsetType | None = UNSET
