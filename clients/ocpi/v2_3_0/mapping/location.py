"""Location, EVSE and Connector of 2.3.0, whole and as PATCH: those of 2.2.1, with what ``wire/location.py`` adds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from msgspec import UNSET

from api.domain.ids import PartyId
from api.domain.roaming.location import Connector, Evse, Location, ParkingPlace
from clients.ocpi.exact_json import Plain, parse
from clients.ocpi.fields import Text, read_as
from clients.ocpi.plain import Changes, number_or_none, text_or_none, word_or
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.mapping import location as before
from clients.ocpi.v2_2_1.mapping import location_patch as before_patch
from clients.ocpi.v2_3_0.wire import location as wire

Shape = TypeVar("Shape")
_ADDED = Plain(wire.LocationAdded)


def read_location(raw: object, owner: PartyId | None = None) -> Location:
    """Read a Location with everything under it; raises Unreadable."""
    return _with(before.read_location(raw, owner), read_as(wire.LocationAdded, raw))


def read_location_text(text: str, owner: PartyId | None = None) -> Location:
    """Read a Location that is still JSON, as ``read_location`` does; raises Unreadable."""
    location = before.read_location_text(text, owner)
    added = _ADDED.read(text)
    return _with(location, read_as(wire.LocationAdded, parse(text.encode())) if added is None else added)


def _with(location: Location, added: wire.LocationAdded) -> Location:
    return replace(location, evses=_evses(location.evses, added), parking_places=_places(added.parking_places))


def read_evse(raw: object) -> Evse:
    """Read an EVSE that came on its own; raises Unreadable."""
    return _evse(before.read_evse(raw), read_as(wire.EvseAdded, raw))


def read_connector(raw: object) -> Connector:
    """Read a Connector that came on its own; raises Unreadable."""
    return _connector(before.read_connector(raw), read_as(wire.ConnectorAdded, raw))


def read_location_patch(raw: object) -> Changes:
    """Read the changes to a Location; raises Unreadable."""
    changes = before_patch.read_location_patch(raw)
    added = read_as(wire.LocationAdded, raw)
    evses = changes.get("evses")
    if isinstance(evses, tuple):
        changes["evses"] = _evses(evses, added)
    if added.parking_places is not UNSET:
        changes["parking_places"] = _places(added.parking_places)
    return changes


def read_evse_patch(raw: object) -> Changes:
    """Read the changes to an EVSE; raises Unreadable."""
    changes = before_patch.read_evse_patch(raw)
    added = read_as(wire.EvseAdded, raw)
    connectors = changes.get("connectors")
    if isinstance(connectors, tuple):
        changes["connectors"] = _connectors(connectors, added)
    if added.parking is not UNSET:
        changes["parking_ids"] = _parking_ids(added.parking)
    if added.accepted_service_providers is not UNSET:
        changes["accepted_service_providers"] = _names(added.accepted_service_providers)
    return changes


def read_connector_patch(raw: object) -> Changes:
    """Read the changes to a Connector; raises Unreadable."""
    changes = before_patch.read_connector_patch(raw)
    added = read_as(wire.ConnectorAdded, raw)
    if added.capabilities is not UNSET:
        changes["capabilities"] = _words(added.capabilities)
    return changes


def _evses(evses: Sequence[Evse], added: wire.LocationAdded) -> tuple[Evse, ...]:
    return tuple(_evse(evse, sent) for evse, sent in zip(evses, added.evses or (), strict=True))


def _evse(evse: Evse, added: wire.EvseAdded) -> Evse:
    return replace(
        evse,
        connectors=_connectors(evse.connectors, added),
        parking_ids=_parking_ids(added.parking),
        accepted_service_providers=_names(added.accepted_service_providers),
    )


def _connectors(connectors: Sequence[Connector], added: wire.EvseAdded) -> tuple[Connector, ...]:
    return tuple(_connector(each, sent) for each, sent in zip(connectors, added.connectors or (), strict=True))


def _connector(connector: Connector, added: wire.ConnectorAdded) -> Connector:
    words = _words(added.capabilities)
    return replace(connector, capabilities=words) if words else connector


def _places(sent: object) -> tuple[ParkingPlace, ...]:
    return tuple(
        ParkingPlace(
            id=str(place.id),
            physical_reference=text_or_none(place.physical_reference),
            vehicle_types=tuple(word_or(each, "") for each in place.vehicle_types or ()),
            restricted_to_type=bool(place.restricted_to_type),
            reservation_required=bool(place.reservation_required),
            max_vehicle_height_cm=number_or_none(place.max_vehicle_height),
            time_limit_minutes=number_or_none(place.time_limit),
        )
        for place in _readable(wire.Parking, sent)
    )


def _parking_ids(sent: object) -> tuple[str, ...]:
    return tuple(str(each.parking_id) for each in _readable(wire.EvseParking, sent))


def _names(sent: object) -> tuple[str, ...]:
    return tuple(str(each) for each in _readable(Text, sent) if text_or_none(each))


def _words(sent: object) -> frozenset[str]:
    return frozenset(word_or(each, "") for each in _readable(Text, sent)) - {""}


def _readable(shape: type[Shape], sent: object) -> Iterator[Shape]:
    """Yield those of a list that can be read."""
    for each in sent if isinstance(sent, list) else ():
        try:
            yield read_as(shape, each)
        except Unreadable:
            continue
