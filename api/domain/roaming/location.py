"""Locations, EVSEs and connectors as the market describes them (OCPI 2.2.1 chapter 8).

Answering "can the driver start here" and "which connector is number 13" is done from these; see ``visual_id.py``.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class EvseStatus(StrEnum):
    """What the operator last said of an EVSE; values we do not know are read as ``unknown``."""

    AVAILABLE = "available"
    BLOCKED = "blocked"
    CHARGING = "charging"
    INOPERATIVE = "inoperative"
    OUT_OF_ORDER = "out_of_order"
    PLANNED = "planned"
    REMOVED = "removed"
    RESERVED = "reserved"
    UNKNOWN = "unknown"


class Capability(StrEnum):
    """The EVSE capabilities that change what we do; all others are kept as the partner spelled them, in lower case."""

    REMOTE_START_STOP = "remote_start_stop_capable"
    CONNECTOR_REQUIRED = "start_session_connector_required"
    UNLOCK = "unlock_capable"


@dataclass(frozen=True, slots=True)
class BusinessDetails:
    """Who runs the site, for the driver: name and web address; the phone comes from the location."""

    name: str
    website: str | None = None


@dataclass(frozen=True, slots=True)
class Connector:
    """One socket or cable; ``id`` is unique only within its EVSE. Power in watts, amperes, volts."""

    id: str
    standard: str
    format: str
    power_type: str
    last_updated: datetime
    max_voltage: int | None = None
    max_amperage: int | None = None
    max_electric_power_w: int | None = None
    tariff_ids: tuple[str, ...] = ()
    capabilities: frozenset[str] = frozenset()
    """What a driver can do here beyond what the EVSE offers, such as starting by plugging in; only 2.3.0 says so."""

    @property
    def power_w(self) -> int | None:
        """Return the most this connector can give in watts, derived from volts and amperes where not stated."""
        if self.max_electric_power_w:
            return self.max_electric_power_w
        if not self.max_voltage or not self.max_amperage:
            return None
        phases = 3 if self.power_type == "ac_3_phase" and self.max_voltage < 300 else 1
        return self.max_voltage * self.max_amperage * phases


@dataclass(frozen=True, slots=True)
class Evse:
    """One place where one car can charge at a time."""

    uid: str
    status: EvseStatus
    last_updated: datetime
    evse_id: str | None = None
    physical_reference: str | None = None
    floor_level: str | None = None
    capabilities: frozenset[str] = frozenset()
    connectors: tuple[Connector, ...] = ()
    parking_ids: tuple[str, ...] = ()
    """The parking places of the location from which one can charge here; only 2.3.0 says so."""
    accepted_service_providers: tuple[str, ...] = ()
    """The names of the providers whose contracts are accepted here; only 2.3.0 says so."""

    @property
    def can_remote_start(self) -> bool:
        """Say whether the operator lets us start a charge here."""
        return Capability.REMOTE_START_STOP in self.capabilities and self.status is not EvseStatus.REMOVED


@dataclass(frozen=True, slots=True)
class ParkingPlace:
    """A place to park while charging (OCPI 2.3.0 chapter 8); ``physical_reference`` is what is painted on it."""

    id: str
    physical_reference: str | None = None
    vehicle_types: tuple[str, ...] = ()
    restricted_to_type: bool = False
    reservation_required: bool = False
    max_vehicle_height_cm: Decimal | None = None
    time_limit_minutes: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """One site of one operator. Coordinates in decimal degrees (WGS 84)."""

    country_code: str
    party_id: str
    id: str
    address: str
    city: str
    country: str
    latitude: Decimal
    longitude: Decimal
    time_zone: str
    last_updated: datetime
    name: str | None = None
    postal_code: str | None = None
    publish: bool = True
    operator: BusinessDetails | None = None
    help_phone: str | None = None
    evses: tuple[Evse, ...] = ()
    parking_places: tuple[ParkingPlace, ...] = ()
    time_zone_assumed: bool = False
    """True when the partner sent no usable zone and we inferred it."""
