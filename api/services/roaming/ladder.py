"""The ladder Location > EVSE > Connector between rows and domain objects.

Lives here: which field goes to which column. Does not live here: whether a message is new enough to be written
(``locations.py``, ``evses.py``).
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from api.domain.roaming.location import BusinessDetails, Connector, Evse, EvseStatus, Location
from api.domain.visual_id import normalize
from api.models.location import ConnectorRow, EvseRow, LocationRow

_LARGEST = 2**31 - 1
"""What an integer column holds; a larger rating is a slip of the keyboard and is kept as unknown."""


def location_values(location: Location) -> dict[str, Any]:
    """Return the columns of a location's own fields, without its EVSEs."""
    return {
        "id": location.id,
        "country_code": location.country_code.upper(),
        "party_id": location.party_id.upper(),
        "name": location.name,
        "address": location.address,
        "city": location.city,
        "postal_code": location.postal_code,
        "country": location.country,
        "latitude": float(location.latitude),
        "longitude": float(location.longitude),
        "time_zone": location.time_zone,
        "time_zone_assumed": location.time_zone_assumed,
        "operator_name": location.operator.name if location.operator else None,
        "operator_website": location.operator.website if location.operator else None,
        "help_phone": location.help_phone,
        "publish": location.publish,
        "last_updated": location.last_updated,
    }


def evse_values(evse: Evse) -> dict[str, Any]:
    """Return the columns of an EVSE's own fields, without its connectors."""
    return {
        "uid": evse.uid,
        "evse_id": evse.evse_id,
        "evse_id_normal": normalize(evse.evse_id) if evse.evse_id else None,
        "physical_reference": evse.physical_reference,
        "floor_level": evse.floor_level,
        "status": evse.status.value,
        "capabilities": sorted(evse.capabilities),
        "last_updated": evse.last_updated,
    }


def connector_values(connector: Connector) -> dict[str, Any]:
    """Return the columns of a connector's fields."""
    return {
        "id": connector.id,
        "standard": connector.standard,
        "format": connector.format,
        "power_type": connector.power_type,
        "max_voltage": _storable(connector.max_voltage),
        "max_amperage": _storable(connector.max_amperage),
        "max_electric_power_w": _storable(connector.max_electric_power_w),
        "tariff_ids": list(connector.tariff_ids),
        "last_updated": connector.last_updated,
    }


def location_of(row: LocationRow, evses: Iterable[Evse] = ()) -> Location:
    """Return the location that a row and its EVSEs stand for."""
    return Location(
        country_code=row.country_code,
        party_id=row.party_id,
        id=row.id,
        address=row.address,
        city=row.city,
        country=row.country,
        latitude=Decimal(str(row.latitude)),
        longitude=Decimal(str(row.longitude)),
        time_zone=row.time_zone,
        last_updated=row.last_updated,
        name=row.name,
        postal_code=row.postal_code,
        publish=row.publish,
        operator=BusinessDetails(row.operator_name, row.operator_website) if row.operator_name is not None else None,
        help_phone=row.help_phone,
        evses=tuple(evses),
        time_zone_assumed=row.time_zone_assumed,
    )


def evse_of(row: EvseRow, connectors: Iterable[Connector] = ()) -> Evse:
    """Return the EVSE that a row and its connectors stand for."""
    return Evse(
        uid=row.uid,
        status=EvseStatus(row.status),
        last_updated=row.last_updated,
        evse_id=row.evse_id,
        physical_reference=row.physical_reference,
        floor_level=row.floor_level,
        capabilities=frozenset(row.capabilities),
        connectors=tuple(connectors),
    )


def connector_of(row: ConnectorRow) -> Connector:
    """Return the connector that a row stands for."""
    return Connector(
        id=row.id,
        standard=row.standard,
        format=row.format,
        power_type=row.power_type,
        last_updated=row.last_updated,
        max_voltage=row.max_voltage,
        max_amperage=row.max_amperage,
        max_electric_power_w=row.max_electric_power_w,
        tariff_ids=tuple(row.tariff_ids),
    )


def _storable(number: int | None) -> int | None:
    """Return a rating that fits its column, or None."""
    return number if number is None or 0 <= number <= _LARGEST else None
