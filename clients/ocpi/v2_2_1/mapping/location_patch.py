"""What a PATCH of 2.2.1 changes of a Location, EVSE or Connector, by our field names (chapter 8)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from clients.ocpi.countries import three_letters, two_letters
from clients.ocpi.fields import Instant, read_as
from clients.ocpi.plain import Change, Changes, changes_of, needed, text_or, text_or_none, whole_or_none
from clients.ocpi.plain import word_or as word
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.mapping.location import business, capabilities, connector, evse, point, status
from clients.ocpi.v2_2_1.quirks import is_time_zone
from clients.ocpi.v2_2_1.wire import location as wire


def _set(field: str, convert: Callable[[Any], object]) -> Change:
    return lambda value: {field: convert(value)}


def _identity(field: str) -> Change:
    return _set(field, lambda value: needed(value, field))


def _zone(value: Any) -> Changes:
    name = text_or(value, "")
    if not is_time_zone(name):
        raise Unreadable("time_zone: not a zone we know")
    return {"time_zone": name, "time_zone_assumed": False}


def _point(value: Any) -> Changes:
    latitude, longitude = point(value)
    return {"latitude": latitude, "longitude": longitude}


_UPDATED = {"last_updated": _set("last_updated", lambda value: value.value)}
_CONNECTOR: dict[str, Change] = {
    "id": _identity("id"),
    **{name: _set(name, lambda value: word(value, "unknown")) for name in ("standard", "format", "power_type")},
    "max_voltage": _set("max_voltage", whole_or_none),
    "max_amperage": _set("max_amperage", whole_or_none),
    "max_electric_power": _set("max_electric_power_w", whole_or_none),
    "tariff_ids": _set("tariff_ids", lambda value: tuple(str(each) for each in value or ())),
    **_UPDATED,
}
_EVSE: dict[str, Change] = {
    "uid": _identity("uid"),
    "status": _set("status", status),
    "evse_id": _set("evse_id", text_or_none),
    "capabilities": _set("capabilities", capabilities),
    "floor_level": _set("floor_level", text_or_none),
    "physical_reference": _set("physical_reference", text_or_none),
    **_UPDATED,
}
_LOCATION: dict[str, Change] = {
    "country_code": _set("country_code", lambda value: two_letters(needed(value, "country_code"))),
    "party_id": _set("party_id", lambda value: needed(value, "party_id").upper()),
    "id": _identity("id"),
    "coordinates": _point,
    "publish": _set("publish", bool),
    "name": _set("name", text_or_none),
    "address": _set("address", lambda value: text_or(value, "")),
    "city": _set("city", lambda value: text_or(value, "")),
    "postal_code": _set("postal_code", text_or_none),
    "country": _set("country", lambda value: three_letters(needed(value, "country"))),
    "time_zone": _zone,
    "operator": _set("operator", business),
    "help_phone": _set("help_phone", text_or_none),
    **_UPDATED,
}
_CONNECTOR_NEEDS = frozenset({"id", "standard", "format", "power_type", "max_voltage", "max_amperage", "last_updated"})
_EVSE_NEEDS = frozenset({"uid", "status", "connectors", "last_updated"})
_LOCATION_NEEDS = frozenset(
    {
        *("country_code", "party_id", "id", "coordinates", "publish", "address", "city", "country", "time_zone"),
        "last_updated",
    }
)


def read_connector_patch(raw: object) -> Changes:
    """Read the changes to a Connector; raises Unreadable."""
    return changes_of(read_as(wire.ConnectorPatch, raw), _CONNECTOR, _CONNECTOR_NEEDS)


def read_evse_patch(raw: object) -> Changes:
    """Read the changes to an EVSE; a list of connectors replaces the one there is. Raises Unreadable."""
    sent = read_as(wire.EvsePatch, raw)
    updated = _updated(sent.last_updated)
    table = _EVSE | {
        "connectors": _set("connectors", lambda value: tuple(connector(each, updated, ()) for each in value))
    }
    return changes_of(sent, table, _EVSE_NEEDS)


def read_location_patch(raw: object) -> Changes:
    """Read the changes to a Location; a list of EVSEs replaces the one there is. Raises Unreadable."""
    sent = read_as(wire.LocationPatch, raw)
    updated = _updated(sent.last_updated)
    table = _LOCATION | {"evses": _set("evses", lambda value: tuple(evse(each, updated) for each in value or ()))}
    return changes_of(sent, table, _LOCATION_NEEDS)


def _updated(sent: object) -> datetime | None:
    return sent.value if isinstance(sent, Instant) else None
