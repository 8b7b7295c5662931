"""What 2.3.0 adds to Location, EVSE and Connector (chapter 8): parking places, accepted providers, plug and charge.

No charge depends on any of it, so each value is read on its own: a strange one is left out and loses nothing else.
"""

from typing import Any

from msgspec import UNSET, Struct

from clients.ocpi.fields import Number, Text


class Parking(Struct):
    """Parking: a place where a vehicle stands while it charges."""

    id: Text
    physical_reference: Text | None = None
    vehicle_types: list[Text] | None = None
    restricted_to_type: bool | None = None
    reservation_required: bool | None = None
    max_vehicle_height: Number | None = None
    time_limit: Number | None = None


class EvseParking(Struct):
    """EVSEParking: the place from which one can charge at an EVSE."""

    parking_id: Text


class ConnectorAdded(Struct):
    """What is new on a Connector."""

    capabilities: Any = UNSET


class EvseAdded(Struct):
    """What is new on an EVSE."""

    parking: Any = UNSET
    accepted_service_providers: Any = UNSET
    connectors: list[ConnectorAdded] | None = None


class LocationAdded(Struct):
    """What is new on a Location; ``help_phone`` is new too, but senders of 2.2.1 have it already."""

    parking_places: Any = UNSET
    evses: list[EvseAdded] | None = None
